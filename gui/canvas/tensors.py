"""Paint the numbers of a tensor in small space: values in ink, gradients in colour."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen

from gui.canvas import geometry
from gui.canvas.blocks import Block
from gui.canvas.look import CENTER, Look
from gui.scale import short_number
from gui.theme import font, text_on


def paint_block(painter: QPainter, block: Block, room: QRectF, look: Look, gradient: bool) -> None:
    width, height = block.size
    rect = QRectF(room.left(), room.top(), min(width, room.width()), height)
    if block.kind == "scalar":
        _cell(painter, rect, block.array.item(), look, gradient, 15)
    elif block.kind == "cells":
        rows = np.atleast_2d(block.array)
        for i, row in enumerate(rows):
            for j, value in enumerate(row.tolist()):
                cell = _cell_rect(rect, i, j)
                _cell(painter, cell, value, look, gradient, 10)
    elif block.kind == "bars":
        _bars(painter, rect, block.array, look, gradient)
    else:
        painter.drawImage(rect, _heat(block.array, look, gradient))
        painter.setPen(look.theme.color("border"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect)


def _cell_rect(rect: QRectF, row: int, column: int) -> QRectF:
    return QRectF(
        rect.left() + column * (geometry.CELL_WIDTH + geometry.CELL_GAP),
        rect.top() + row * (geometry.CELL_HEIGHT + geometry.CELL_GAP),
        geometry.CELL_WIDTH,
        geometry.CELL_HEIGHT,
    )


def _cell(painter: QPainter, rect: QRectF, value: float | bool, look: Look, gradient: bool, px: int) -> None:
    number = float(value)
    color = look.grads.color(number, look.theme) if gradient else look.inks.color(number, look.theme)
    painter.setPen(Qt.PenStyle.NoPen)
    if gradient and number == 0.0:  # sent, and zero: hollow, unlike "nothing arrived"
        painter.setPen(QPen(look.theme.color("muted"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        color = look.theme.color("node")
    else:
        painter.setBrush(color)
        painter.drawRoundedRect(rect, 3, 3)
        if not math.isfinite(number):
            painter.setBrush(QBrush(look.theme.color("node", 0.35), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(rect, 3, 3)
    painter.setFont(font(px, 600, mono=True))
    painter.setPen(text_on(color))
    painter.drawText(rect, CENTER, short_number(value, signed=gradient))


def paint_empty(painter: QPainter, block: Block, room: QRectF, look: Look) -> None:
    """Dashed cells where a gradient will stand: nothing has arrived yet, which is not the same as zero."""
    pen = QPen(look.theme.color("edge_untracked"), 1)
    pen.setDashPattern([3, 3])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    width, height = block.size
    rect = QRectF(room.left(), room.top(), min(width, room.width()), height)
    if block.kind == "cells":
        shape = np.atleast_2d(block.array).shape
        cells = [_cell_rect(rect, i, j) for i in range(shape[0]) for j in range(shape[1])]
    else:
        cells = [rect]
    for cell in cells:
        painter.drawRoundedRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


def _bars(painter: QPainter, rect: QRectF, values: np.ndarray, look: Look, gradient: bool) -> None:
    """A long vector as a sparkline of bars from the zero line."""
    finite = np.where(np.isfinite(values), values, 0.0)
    top, bottom = max(0.0, float(finite.max(initial=0.0))), min(0.0, float(finite.min(initial=0.0)))
    span = (top - bottom) or 1.0
    step = rect.width() / max(1, values.size)
    zero = rect.top() + rect.height() * top / span
    painter.setPen(Qt.PenStyle.NoPen)
    for index, value in enumerate(finite.tolist()):
        if not math.isfinite(values[index]):  # as high as there is room: it has no height of its own
            place = QRectF(rect.left() + index * step, rect.top(), max(1.0, step - 1), rect.height())
            painter.fillRect(place, look.theme.color("nan"))
            painter.fillRect(place, QBrush(look.theme.color("node", 0.35), Qt.BrushStyle.BDiagPattern))
            continue
        color = look.grads.color(value, look.theme) if gradient else look.theme.color("text2")
        painter.setBrush(color)
        y = rect.top() + rect.height() * (top - value) / span
        painter.drawRect(QRectF(rect.left() + index * step, min(y, zero), max(1.0, step - 1), max(1.0, abs(zero - y))))
    painter.setPen(look.theme.color("border"))
    painter.drawLine(QPointF(rect.left(), zero), QPointF(rect.right(), zero))


def _heat(values: np.ndarray, look: Look, gradient: bool) -> QImage:
    """A matrix as an image of one pixel per element."""
    paint = look.grads.color if gradient else look.inks.color
    rows, columns = values.shape
    image = QImage(columns, rows, QImage.Format.Format_RGB32)
    for i in range(rows):
        for j in range(columns):
            image.setPixelColor(j, i, paint(float(values[i, j]), look.theme))
    return image


def block_color(block: Block, look: Look, gradient: bool) -> QColor:
    """One colour for a whole array: its element of largest magnitude."""
    flat = block.array.reshape(-1)
    value = float(flat[int(np.argmax(np.abs(flat)))]) if flat.size else 0.0
    return look.grads.color(value, look.theme) if gradient else look.inks.color(value, look.theme)
