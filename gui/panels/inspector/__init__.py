"""The inspector: everything about the selected node, and where its params are edited."""

from gui.panels.inspector.panel import Inspector
from gui.panels.inspector.table import ArrayEditor

__all__ = ["ArrayEditor", "Inspector"]
