"""Autograd Canvas without its window: tensors, ops, documents, runs. Nothing here knows of Qt."""
