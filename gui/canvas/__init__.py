"""The canvas, from the view down to the geometry; the order of its modules is a contract in pyproject.toml."""
