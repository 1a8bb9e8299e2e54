"""Ops and kinds of frames as rows of a list: the model and the painting that the palette and quick-add share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

import assets
from engine.document.kinds import FrameKind
from engine.document.search import Entry, symbol
from engine.op import Op
from engine.run.reference import by_category, doc, title
from gui.spoken import spoken
from gui.theme import DARK, Theme, font, icon_pixmap

Index = QModelIndex | QPersistentModelIndex


@cache
def category_icon(category: str) -> str:
    """The icon that stands for a category, or one for all that have none."""
    return category if (assets.ROOT / "icons" / f"{category}.svg").is_file() else "arithmetic"


def entry_icon(entry: Entry) -> str:
    """An op bears the icon of its category, a frame one of its own."""
    return FRAME_ICONS[entry.name] if isinstance(entry, FrameKind) else category_icon(entry.category)


FRAME_ICONS = {"while": "loop", "no_grad": "fence", "comment": "comment"}
LEFT = 16  # px, in line with the captions
CHEVRON, MARK = 11, 28  # of a heading: where it is opened, and its icon


@dataclass(frozen=True, slots=True)
class Heading:
    """A category over its ops."""

    category: str
    count: int
    open: bool


class OpRows(QAbstractListModel):
    """Ops in a list. A row is an op, or the heading of a category, whose ops stand below it while it is open."""

    OP = Qt.ItemDataRole.UserRole

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix  # of the accessible names: "palette.item"
        self.rows: tuple[Entry | Heading, ...] = ()
        self._groups: dict[str, list[Entry]] = {}
        self.closed: frozenset[str] = frozenset()  # categories
        self.grouped = False

    def show(self, ops: Sequence[Entry], grouped: bool) -> None:
        """Show `ops` in their order, or under the names of their categories."""
        self.beginResetModel()
        self.grouped = grouped
        self._groups = dict(by_category(ops)) if grouped else {}
        self.rows = tuple(ops)
        if grouped:
            self.rows = tuple(row for category in self._groups for row in self._rows_of(category))
        self.endResetModel()

    def toggle(self, category: str) -> None:
        """Open a category, or close it."""
        at = next(i for i, row in enumerate(self.rows) if isinstance(row, Heading) and row.category == category)
        count = len(self._groups[category])
        opened = category in self.closed
        self.closed ^= {category}
        if opened:
            self.beginInsertRows(QModelIndex(), at + 1, at + count)
        else:
            self.beginRemoveRows(QModelIndex(), at + 1, at + count)
        rest = self.rows[at + 1 if opened else at + 1 + count :]
        self.rows = (*self.rows[:at], *self._rows_of(category), *rest)
        if opened:
            self.endInsertRows()
        else:
            self.endRemoveRows()
        self.dataChanged.emit(self.index(at), self.index(at))

    def _rows_of(self, category: str) -> tuple[Entry | Heading, ...]:
        ops, shown = self._groups[category], category not in self.closed
        return (Heading(category, len(ops), shown), *(ops if shown else ()))

    def entry_at(self, index: Index) -> Entry | None:
        """The op or the frame of a row; None for a heading, and beyond the end."""
        row = self._row(index)
        return None if isinstance(row, Heading) else row

    def heading_at(self, index: Index) -> Heading | None:
        """The heading that a row is."""
        row = self._row(index)
        return row if isinstance(row, Heading) else None

    def _row(self, index: Index) -> Entry | Heading | None:
        return self.rows[index.row()] if 0 <= index.row() < len(self.rows) else None

    def index_of(self, name: str) -> QModelIndex:
        """The row of an op or a frame; invalid if it is not shown."""
        for place, row in enumerate(self.rows):
            if not isinstance(row, Heading) and row.name == name:
                return self.index(place)
        return QModelIndex()

    def heading_index(self, category: str) -> QModelIndex:
        """The row of a category; invalid if it is not shown."""
        for place, row in enumerate(self.rows):
            if isinstance(row, Heading) and row.category == category:
                return self.index(place)
        return QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default argument
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._row(index)
        if isinstance(row, Heading):
            return self._heading_data(row, role)
        if row is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.name
            case self.OP:
                return row
            case Qt.ItemDataRole.ToolTipRole:
                return f"<qt>{_escaped(spoken(doc(row)))}</qt>"  # rich text, so that Qt wraps it
            case Qt.ItemDataRole.StatusTipRole | Qt.ItemDataRole.AccessibleDescriptionRole:
                return spoken(doc(row))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._prefix}.{row.name}"
        return None

    def _heading_data(self, heading: Heading, role: int) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return spoken(title(heading.category))
            case self.OP:
                return heading
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                opened = QCoreApplication.translate("Category", "open, {count} nodes")
                closed = QCoreApplication.translate("Category", "closed, {count} nodes")
                return (opened if heading.open else closed).format(count=heading.count)
        return None


class OpPainter(QStyledItemDelegate):
    """Paints a row: icon, name, symbol at the right; with `docs` the help beneath, in one line."""

    def __init__(self, docs: bool) -> None:
        super().__init__()
        self._docs = docs
        self.grouped = False
        self.theme: Theme = DARK

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        base = _base(option)
        if not isinstance(index.data(OpRows.OP), Op | FrameKind):
            return QSize(0, round(base * 2.4))
        return QSize(0, round(base * (3.7 if self._docs else 2.15)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            rect: QRect = option.rect
            row = index.data(OpRows.OP)
            if isinstance(row, Op | FrameKind | Heading):
                self._ground(painter, option, rect)
            if isinstance(row, Op | FrameKind):
                self._paint_op(painter, option, rect, row)
            elif isinstance(row, Heading):
                self._paint_heading(painter, option, rect, row)
        finally:
            painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect) -> None:
        """Behind a row that is chosen or under the mouse."""
        theme = self.theme
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("hover" if chosen else "raised"))
            painter.drawRoundedRect(rect.adjusted(4, 1, -4, -1), 6, 6)
        if chosen and state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.color("focus"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(4, 1, -5, -2), 6, 6)

    def _paint_heading(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, heading: Heading) -> None:
        base, theme = _base(option), self.theme
        side = round(base)
        ratio = painter.device().devicePixelRatio()
        chevron = "chevron-down" if heading.open else "chevron-right"
        at = rect.center().y() - side // 2 + 1
        painter.drawPixmap(rect.left() + CHEVRON, at, icon_pixmap(chevron, theme.muted, side, ratio))
        mark = round(base * 4 / 3)
        color = theme.category(heading.category)
        pixmap = icon_pixmap(category_icon(heading.category), color, mark, ratio)
        painter.drawPixmap(rect.left() + MARK, rect.center().y() - mark // 2 + 1, pixmap)
        area = rect.adjusted(MARK + mark + 8, 0, -14, 0)
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.setFont(font(base * 10 / 12))
        painter.setPen(theme.color("muted"))
        painter.drawText(area, right, str(heading.count))
        room = area.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(str(heading.count)) - 6, 0)
        painter.setFont(font(base, 600))
        painter.setPen(theme.color("text2"))
        name = spoken(title(heading.category))
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_op(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, op: Entry) -> None:
        base, theme = _base(option), self.theme
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        line = rect.adjusted(0, 5, 0, -rect.height() // 2 + 3) if self._docs else rect
        side = round(base * 4 / 3)
        color = theme.category(op.category)
        ratio = painter.device().devicePixelRatio()
        left = (MARK if self.grouped else LEFT) + side + 8
        if not self.grouped or isinstance(op, FrameKind):  # else the heading bears the icon
            pixmap = icon_pixmap(entry_icon(op), color, side, ratio)
            painter.drawPixmap(
                rect.left() + (MARK if self.grouped else LEFT), line.center().y() - side // 2 + 1, pixmap
            )
        text = line.adjusted(left, 0, -14, 0)
        painter.setPen(theme.color("text"))
        painter.setFont(font(base * 13 / 12 if self._docs else base, 500 if self._docs else 400))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, op.name)
        painter.setPen(theme.color("text2" if chosen else "muted"))
        painter.setFont(font(base * 13 / 12, mono=True))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, symbol(op))
        if self._docs:
            painter.setFont(font(base * 11 / 12))
            below = rect.adjusted(LEFT + side + 10, rect.height() // 2, -14, -5)
            text_of = painter.fontMetrics().elidedText(spoken(doc(op)), Qt.TextElideMode.ElideRight, below.width())
            painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, text_of)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _base(option: QStyleOptionViewItem) -> float:
    size: int = option.font.pixelSize()
    return float(size) if size > 0 else 12.0
