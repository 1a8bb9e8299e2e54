"""The bends between the layers of a network."""
