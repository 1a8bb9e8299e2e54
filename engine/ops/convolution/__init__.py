"""Convolutions and pools: what a network does to images."""
