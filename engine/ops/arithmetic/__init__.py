"""Arithmetic on elements: sums, products, powers, the larger of two."""
