"""Ops as rows of a list: the model and the painting that the palette and quick-add share."""

from __future__ import annotations

from collections.abc import Sequence

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

from engine.document.search import symbol
from engine.op import Op
from gui.spoken import spoken
from gui.theme import DARK, Theme, font, icon_pixmap

Index = QModelIndex | QPersistentModelIndex

CATEGORIES = (
    "source", "control", "elementwise", "activation", "reduction", "linalg", "norm", "loss", "conv", "shape",
    "indexing", "compare",
)  # fmt: skip
_ICONS = {"indexing": "shape", "compare": "elementwise", "conv": "linalg"}
_KNOWN = frozenset({"source", "elementwise", "activation", "reduction", "linalg", "norm", "loss", "shape", "control"})


def category_name(category: str) -> str:
    """What a category is called on the screen."""
    names = {
        "source": QCoreApplication.translate("Category", "Tensors"),
        "elementwise": QCoreApplication.translate("Category", "Elementwise"),
        "activation": QCoreApplication.translate("Category", "Activation"),
        "reduction": QCoreApplication.translate("Category", "Reduction"),
        "linalg": QCoreApplication.translate("Category", "Matrices"),
        "norm": QCoreApplication.translate("Category", "Norms"),
        "loss": QCoreApplication.translate("Category", "Loss"),
        "conv": QCoreApplication.translate("Category", "Convolution"),
        "shape": QCoreApplication.translate("Category", "Shape"),
        "indexing": QCoreApplication.translate("Category", "Indexing"),
        "compare": QCoreApplication.translate("Category", "Comparison"),
        "control": QCoreApplication.translate("Category", "Autograd"),
    }
    return names.get(category, category.capitalize())


def category_icon(category: str) -> str:
    """The icon that stands for a category; related ones share it."""
    name = _ICONS.get(category, category)
    return name if name in _KNOWN else "elementwise"


LEFT = 16  # px, in line with the captions


class OpRows(QAbstractListModel):
    """Ops in a list. A row is an op, or the name of a category, which heads the rows below it."""

    OP = Qt.ItemDataRole.UserRole

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix  # of the accessible names: "palette.item"
        self.rows: tuple[Op | str, ...] = ()

    def show(self, ops: Sequence[Op], grouped: bool) -> None:
        """Show `ops` in their order, or under the names of their categories."""
        self.beginResetModel()
        self.rows = tuple(ops)
        if grouped:
            rest = sorted({op.category for op in ops} - set(CATEGORIES))
            rows: list[Op | str] = []
            for category in (*CATEGORIES, *rest):
                members = [op for op in ops if op.category == category]
                rows += [category, *members] if members else []
            self.rows = tuple(rows)
        self.endResetModel()

    def op_at(self, index: Index) -> Op | None:
        """The op of a row; None for the name of a category, and beyond the end."""
        row = self.rows[index.row()] if 0 <= index.row() < len(self.rows) else None
        return row if isinstance(row, Op) else None

    def index_of(self, op_name: str) -> QModelIndex:
        """The row of an op; invalid if it is not shown."""
        for place, row in enumerate(self.rows):
            if isinstance(row, Op) and row.name == op_name:
                return self.index(place)
        return QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default argument
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.op_at(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        op = self.op_at(index)
        if op is None:
            shown = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
            return category_name(str(self.rows[index.row()])) if shown else None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return op.name
            case self.OP:
                return op
            case Qt.ItemDataRole.ToolTipRole:
                return f"<qt>{_escaped(spoken(one_line(op.doc)))}</qt>"  # rich text, so that Qt wraps it
            case Qt.ItemDataRole.StatusTipRole | Qt.ItemDataRole.AccessibleDescriptionRole:
                return spoken(one_line(op.doc))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._prefix}.{op.name}"
        return None


class OpPainter(QStyledItemDelegate):
    """Paints a row: icon, name, symbol at the right; with `docs` the help beneath, in one line."""

    def __init__(self, docs: bool) -> None:
        super().__init__()
        self._docs = docs
        self.theme: Theme = DARK

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        base = _base(option)
        if not isinstance(index.data(OpRows.OP), Op):
            return QSize(0, round(base * (1.9 if index.row() == 0 else 2.6)))
        return QSize(0, round(base * (3.7 if self._docs else 2.15)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            rect: QRect = option.rect
            op = index.data(OpRows.OP)
            if isinstance(op, Op):
                self._paint_op(painter, option, rect, op)
            else:
                self._paint_category(painter, rect, str(index.data()), _base(option))
        finally:
            painter.restore()

    def _paint_category(self, painter: QPainter, rect: QRect, name: str, base: float) -> None:
        painter.setFont(font(base * 11 / 12, 500))
        painter.setPen(self.theme.color("muted"))
        area = rect.adjusted(16, 0, -12, -5)
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, name)

    def _paint_op(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, op: Op) -> None:
        base, theme = _base(option), self.theme
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
        line = rect.adjusted(0, 5, 0, -rect.height() // 2 + 3) if self._docs else rect
        side = round(base * 4 / 3)
        color = theme.category(op.category)
        ratio = painter.device().devicePixelRatio()
        pixmap = icon_pixmap(category_icon(op.category), color, side, ratio)
        painter.drawPixmap(rect.left() + LEFT, line.center().y() - side // 2 + 1, pixmap)
        text = line.adjusted(LEFT + side + 10, 0, -14, 0)
        painter.setPen(theme.color("text"))
        painter.setFont(font(base * 13 / 12 if self._docs else base, 500 if self._docs else 400))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, op.name)
        painter.setPen(theme.color("text2" if chosen else "muted"))
        painter.setFont(font(base * 13 / 12, mono=True))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, symbol(op))
        if self._docs:
            painter.setFont(font(base * 11 / 12))
            below = rect.adjusted(LEFT + side + 10, rect.height() // 2, -14, -5)
            doc = painter.fontMetrics().elidedText(spoken(one_line(op.doc)), Qt.TextElideMode.ElideRight, below.width())
            painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, doc)


def one_line(doc: str) -> str:
    """An op's help without the line breaks and the backquotes of its source."""
    return " ".join(doc.replace("`", "").split())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _base(option: QStyleOptionViewItem) -> float:
    size: int = option.font.pixelSize()
    return float(size) if size > 0 else 12.0
