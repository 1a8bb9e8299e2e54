"""Where things are: the sizes of a node, its cells, its ports, and the curve of a wire. Scene units are px at 100 %."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

NODE_WIDTH, STATEMENT_WIDTH = 180.0, 168.0
PAD = 12.0
HEADER = 30.0
ICON_GAPS = 28.0  # what an icon and the gaps beside it take of the header
CAPTION = 20.0  # the line with "value" and "grad"
CELL_WIDTH, CELL_HEIGHT = 35.0, 22.0
CELL_GAP = 2.0
BETWEEN = 12.0  # value grid | gradient grid
STRIP = 28.0  # the formula strip at the foot; a leaf's .grad tray
FOOTER = 18.0  # the grad_fn name below the body
PORT_RADIUS = 5.5  # drawn 11 px
PORT_REACH = 12.0  # hit 24 px
PORT_SPACING = 30.0
INLINE_GAP = 12.0  # between an inline number and its port
LANE_BEND = 12.0  # the radius of the bends of a wire that goes back
GRID = 24.0
NEAR = 0.5  # the zoom from which on everything is shown


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a wire goes back to the next turn of a loop: at `y`, and so far out of the output and the input."""

    y: float
    out: float
    into: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of one node, relative to its position (top left of the body)."""

    width: float
    height: float  # of the body
    values: QRectF
    gradients: QRectF
    strip_top: float
    inputs: tuple[tuple[str, float], ...]  # port name, y
    output: float | None  # y
    below: float  # height of what hangs below the body
    left: float  # width of what stands left of the body: inline numbers
    right: float  # what stands out on the right: a wide error text

    def bounds(self) -> QRectF:
        """Everything that is painted, shadow and ports too."""
        left = max(PORT_REACH, self.left) + 6
        right = max(PORT_REACH, self.right) + 6
        return QRectF(-left, -12, self.width + left + right, self.height + self.below + 30)

    def body(self) -> QRectF:
        return QRectF(0, 0, self.width, self.height)

    def input_point(self, port: str) -> QPointF:
        return QPointF(0, next((y for name, y in self.inputs if name == port), HEADER + CAPTION))

    def output_point(self) -> QPointF:
        return QPointF(self.width, self.output if self.output is not None else self.height / 2)

    def inline_rect(self, port: str, width: float) -> QRectF:
        """Where the inline number of an input port stands."""
        at = self.input_point(port)
        return QRectF(at.x() - INLINE_GAP - width, at.y() - 10, width, 20)


def layout(
    ports: tuple[str, ...],
    has_output: bool,
    grid: tuple[float, float],
    grids: int = 2,
    below: float = 0.0,
    left: float = 0.0,
    right: float = 0.0,
) -> Layout:
    """Lay out a node whose value takes `grid` = (width, height), and its gradient as much again if `grids` is 2."""
    grid_width, grid_height = grid
    least = NODE_WIDTH if has_output else STATEMENT_WIDTH
    width = max(least, 2 * PAD + grids * grid_width + (grids - 1) * BETWEEN)
    top = HEADER + CAPTION
    rows = max(grid_height, PORT_SPACING * (len(ports) - 1) + 14, 24.0)
    strip_top = top + rows + 10
    center = top + rows / 2
    first = center - PORT_SPACING * (len(ports) - 1) / 2
    column = (width - 2 * PAD - BETWEEN) / 2
    return Layout(
        width=width,
        height=strip_top + STRIP,
        values=QRectF(PAD, center - grid_height / 2, column if grids == 2 else max(grid_width, column), grid_height),
        gradients=QRectF(width - PAD - column, center - grid_height / 2, column, grid_height),
        strip_top=strip_top,
        inputs=tuple((port, first + PORT_SPACING * index) for index, port in enumerate(ports)),
        output=center if has_output else None,
        below=below,
        left=left,
        right=right,
    )


def place_for_wire(end: QPointF, node: Layout, port: str | None) -> QPointF:
    """Where to put a node so that a port of it (None: its output) comes to lie at the end of a wire."""
    return end - (node.output_point() if port is None else node.input_point(port))


def wire_controls(start: QPointF, end: QPointF) -> tuple[QPointF, QPointF]:
    """The two control points of the cubic from an output to an input: flat at both ports."""
    reach = max(40.0, abs(end.x() - start.x()) * 0.5)
    if end.x() < start.x():
        reach = min(220.0, 60.0 + (start.x() - end.x()) * 0.5)
    return QPointF(start.x() + reach, start.y()), QPointF(end.x() - reach, end.y())


def wire_path(start: QPointF, end: QPointF, back: Lane | None = None) -> QPainterPath:
    """The curve of a wire. A wire that goes back to the next turn of a loop runs along its lane."""
    path = QPainterPath(start)
    if back is None:
        one, two = wire_controls(start, end)
        path.cubicTo(one, two, end)
        return path
    for into, corner, out in _bends(start, end, back):
        path.lineTo(into)
        path.quadTo(corner, out)
    path.lineTo(end)
    return path


def wire_bounds(start: QPointF, end: QPointF, back: Lane | None = None) -> QRectF:
    """A rectangle that holds the curve."""
    corners = wire_controls(start, end) if back is None else [corner for _, corner, _ in _bends(start, end, back)]
    xs = [point.x() for point in (start, end, *corners)]
    ys = [point.y() for point in (start, end, *corners)]
    return QRectF(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def wire_points(start: QPointF, end: QPointF, shares: np.ndarray, back: Lane | None = None) -> np.ndarray:
    """Points at the given shares (0..1) of the arc length of a wire, as an (n, 2) array."""
    curve = _curve(start, end) if back is None else _lane(start, end, back)
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))])
    at = np.asarray(shares, dtype=float) * length[-1]
    return np.stack([np.interp(at, length, curve[:, 0]), np.interp(at, length, curve[:, 1])], axis=1)


def _curve(start: QPointF, end: QPointF) -> np.ndarray:
    """Points along the cubic."""
    one, two = wire_controls(start, end)
    t = np.linspace(0.0, 1.0, 65)[:, None]
    corners = _array(start, one, two, end)
    return (
        (1 - t) ** 3 * corners[0]
        + 3 * (1 - t) ** 2 * t * corners[1]
        + 3 * (1 - t) * t**2 * corners[2]
        + t**3 * corners[3]
    )


def _lane(start: QPointF, end: QPointF, back: Lane) -> np.ndarray:
    """Points along the wire that goes back: enough for its bends to be round."""
    t = np.linspace(0.0, 1.0, 9)[:, None]
    parts = [_array(start)]
    for into, corner, out in _bends(start, end, back):
        one, two, three = _array(into, corner, out)
        parts.append((1 - t) ** 2 * one + 2 * (1 - t) * t * two + t**2 * three)
    return np.concatenate([*parts, _array(end)])


def _bends(start: QPointF, end: QPointF, back: Lane) -> list[tuple[QPointF, QPointF, QPointF]]:
    """The four bends of a wire that goes back: right out of the output, down to the lane, along it, up to the input.

    Each is where it begins, its corner and where it ends.
    """
    right, left = start.x() + back.out, end.x() - back.into
    corners = [QPointF(right, start.y()), QPointF(right, back.y), QPointF(left, back.y), QPointF(left, end.y())]
    around = [start, *corners, end]
    bends = []
    for before, corner, after in zip(around, corners, around[2:], strict=False):
        arrives, leaves = corner - before, after - corner
        bends.append((_short_of(corner, -arrives), corner, _short_of(corner, leaves)))
    return bends


def _short_of(corner: QPointF, away: QPointF) -> QPointF:
    """The point where a bend begins or ends, on the way from its corner; half way where that is short."""
    length = max(abs(away.x()), abs(away.y()))
    return corner + away * (min(LANE_BEND, length / 2) / length) if length else corner


def _array(*points: QPointF) -> np.ndarray:
    return np.array([[point.x(), point.y()] for point in points])
