"""What a gesture shows and the document does not know: painted over the static layer."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF

from engine.document.records import EdgeKey
from gui.canvas.faces import Face
from gui.canvas.frames import FrameFace


@dataclass(slots=True)
class Draft:
    """A wire being drawn: from a fixed port to the cursor (or the port it has snapped to)."""

    start: QPointF
    end: QPointF
    forward: bool  # drawn from an output
    reason: str = ""  # why it may not end here, or what would go wrong
    refused: bool = False


@dataclass(slots=True)
class Preview:
    """What is dragged, drawn or dropped at this moment."""

    moved: frozenset[str] = frozenset()  # nodes
    frames: frozenset[str] = frozenset()  # that move as a whole
    offset: QPointF = field(default_factory=QPointF)
    band: QRectF | None = None
    draft: Draft | None = None
    fitting: frozenset[tuple[str, str, str]] = frozenset()  # node, "in" | "out", port
    wiring: bool = False
    hidden: EdgeKey | None = None
    ghost: Face | None = None
    fence: FrameFace | None = None  # a frame that is dragged in, or that changes its size
    into: frozenset[str] = frozenset()  # the frames that what is dragged would join
    reason: str = ""  # why it cannot be dropped here
    cursor: QPointF = field(default_factory=QPointF)

    @property
    def empty(self) -> bool:
        return not (self.lifted or self.band or self.draft or self.wiring or self.ghost)

    @property
    def lifted(self) -> frozenset[str]:
        """The nodes and frames that are not to be seen where the document has them."""
        fence = frozenset() if self.fence is None else frozenset({self.fence.id})
        return self.moved | self.frames | fence
