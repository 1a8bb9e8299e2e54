"""Normalization, dropout, embedding, attention: the other layers of a network."""
