"""Tensors that come from nowhere: the values a graph starts with."""
