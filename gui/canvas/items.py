"""Thin scene items: they are there to be found, never to be painted (the view paints)."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.document.records import EdgeKey
from gui.canvas.faces import Face, Wire
from gui.canvas.frames import FrameFace
from gui.canvas.geometry import PORT_REACH, wire_path


class NodeItem(QGraphicsItem):
    """The place of a node: its body, its ports and its inline numbers."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self.id = face.id
        self.setZValue(1)
        self._rect = QRectF()
        self.follow(face)

    def follow(self, face: Face) -> None:
        rect = face.layout.body().adjusted(-max(PORT_REACH, face.layout.left), 0, PORT_REACH, 0)
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
        if self.pos() != face.position:
            self.setPos(face.position)

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Nothing: the view paints."""


class WireItem(QGraphicsItem):
    """The place of a wire: a band around its curve, wide enough to be hit."""

    REACH = 12.0
    _stroker = QPainterPathStroker()
    _stroker.setWidth(REACH)
    _stroker.setCapStyle(Qt.PenCapStyle.FlatCap)

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.key: EdgeKey = wire.key
        self._rect = QRectF()
        self._shape: QPainterPath | None = None
        self._wire = wire
        self.follow(wire)

    def follow(self, wire: Wire) -> None:
        rect, old = wire.rect(), self._wire
        if rect != self._rect or (wire.start, wire.end, wire.back) != (old.start, old.end, old.back):
            self.prepareGeometryChange()
            self._rect, self._shape = rect, None
        self._wire = wire

    def boundingRect(self) -> QRectF:
        return self._rect

    def shape(self) -> QPainterPath:
        if self._shape is None:
            self._shape = self._stroker.createStroke(wire_path(self._wire.start, self._wire.end, self._wire.back))
        return self._shape

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Nothing: the view paints."""


class FrameItem(QGraphicsItem):
    """The place of a frame, beneath the wires; one in another lies above it."""

    def __init__(self, face: FrameFace) -> None:
        super().__init__()
        self.id = face.id
        self._rect = QRectF()
        self.follow(face)

    def follow(self, face: FrameFace) -> None:
        self.setZValue(face.depth / 1000 - 1)
        rect = face.bounds()
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect

    def boundingRect(self) -> QRectF:
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Nothing: the view paints."""
