"""The runs panel: the same document run several times with other random numbers, a line for each run.

One reads how many turns each loop took and what came of it; Enter or a double-click takes the numbers of a run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.autograd.tensor import Tensor
from engine.run.again import Outcome
from gui.scale import short_number
from gui.spoken import spoken
from gui.theme import DARK, Theme

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 28
MOST_NUMBERS = 3
SHARE = Qt.ItemDataRole.UserRole
"""How long the bar of a count is, 0 to 1."""


class RunsModel(QAbstractTableModel):
    """Outcomes as rows: the number of the run, the turns of each loop, the values at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: list[Outcome] = []
        self._loops: dict[str, str] = {}  # names by id
        self._ends: dict[str, str] = {}
        self.standing: int | None = None  # the run whose numbers the document has

    def begin(self, loops: Mapping[str, str], ends: Mapping[str, str]) -> None:
        self.beginResetModel()
        self.outcomes, self.standing = [], None
        self._loops, self._ends = dict(loops), dict(ends)
        self.endResetModel()

    def add(self, outcome: Outcome) -> None:
        at = len(self.outcomes)
        self.beginInsertRows(QModelIndex(), at, at)
        self.outcomes.append(outcome)
        self.endInsertRows()
        self._all_changed()  # the longest bar may be another

    def stand(self, row: int | None) -> None:
        if row != self.standing:
            self.standing = row
            self._all_changed()

    def _all_changed(self) -> None:
        if self.outcomes:
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default argument
        return 0 if parent.isValid() else len(self.outcomes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default argument
        return 0 if parent.isValid() else 1 + len(self._loops) + len(self._ends)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Vertical:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return (self.tr("run"), *self._loops.values(), *self._ends.values())[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._whole(index.row(), index.column())
        if role == SHARE and 0 < index.column() <= len(self._loops):
            loop = list(self._loops)[index.column() - 1]
            most = max(outcome.turns.get(loop, 0) for outcome in self.outcomes)
            return self.outcomes[index.row()].turns.get(loop, 0) / most if most else 0.0
        return None

    def text(self, row: int, column: int) -> str:
        outcome = self.outcomes[row]
        if column == 0:
            return f"● {row + 1}" if row == self.standing else str(row + 1)
        key = (*self._loops, *self._ends)[column - 1]
        if column <= len(self._loops):
            stopped = " !" if outcome.error else ""
            return f"×{outcome.turns[key]}{stopped}" if key in outcome.turns else "–"
        if key not in outcome.values:
            return "–"
        array = outcome.values[key]
        if array.ndim > 1:
            return " × ".join(map(str, array.shape))
        numbers = [short_number(number) for number in array.reshape(-1)[:MOST_NUMBERS].tolist()]
        more = ["…"] if array.size > MOST_NUMBERS else []
        return ", ".join((*numbers, *more)) if array.ndim == 0 else f"[{', '.join((*numbers, *more))}]"

    def _whole(self, row: int, column: int) -> str | None:
        """All of a value, as torch prints it; why a run has none."""
        outcome = self.outcomes[row]
        key = (*self._loops, *self._ends)[column - 1] if column else ""
        if key in outcome.values:
            return repr(Tensor(outcome.values[key]))
        return spoken(outcome.error) if outcome.error else None


class Runs(QWidget):
    """`wanted`: run the document several times. `chosen`: the row whose numbers are to be taken."""

    wanted = Signal()
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Runs"))
        self.model = RunsModel()
        self.table = _Table()
        self.table.setModel(self.model)
        self.bars = _Bars()
        self.table.setItemDelegate(self.bars)
        self.note = _label("runs.note", "meta")
        self._sentence = ""  # of all the runs
        self.button = QPushButton(self.tr("Evaluate ten times"))
        self.button.setObjectName("runs.again")
        self.button.setAccessibleName(self.button.text())
        self.button.clicked.connect(self.wanted)
        advice = self.tr("Every run is another graph: with other random numbers a loop takes another number of turns.")
        keys = self.tr("R on the canvas gives new numbers, Shift+R ten runs of them.")
        self._before = (
            _label("runs.empty.title", "title", self.tr("No runs yet")),
            _label("runs.empty.advice", "meta", advice),
            _label("runs.empty.keys", "meta", keys),
        )
        self._after = (self.table, self.note)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 16)
        column.setSpacing(8)
        for widget in (*self._before, *self._after):
            column.addWidget(widget)
        column.addSpacing(4)
        column.addWidget(self.button)
        column.addStretch(1)
        self._show_table(False)
        self.table.entered_row.connect(self.chosen)
        self.table.selectionModel().currentRowChanged.connect(self._show_note)

    def sizeHint(self) -> QSize:
        return QSize(332, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, 160)

    def set_theme(self, theme: Theme) -> None:
        self.bars.theme = theme
        self.table.viewport().update()

    def begin(self, loops: Mapping[str, str], ends: Mapping[str, str]) -> None:
        """Forget the runs that are shown; columns for these loops and values, names by id."""
        self.model.begin(loops, ends)
        self._say(self.tr("Enter or a double-click takes the numbers of a run."))
        self._show_table(True)
        self.table.share_width(len(loops))

    def add(self, outcome: Outcome) -> None:
        """One more run."""
        self.model.add(outcome)
        self.table.fit()

    def clear(self) -> None:
        """Another document: there are no runs of it yet."""
        self.model.begin({}, {})
        self._show_table(False)

    def say_outdated(self) -> None:
        """Something else than the random numbers has changed since."""
        self._say(self.tr("The graph has changed since these runs."))

    def say_stopped(self) -> None:
        """An edit came between."""
        self._say(self.tr("An edit came between: these are the runs until then."))

    def _say(self, sentence: str) -> None:
        self._sentence = sentence
        self._show_note()

    def _show_note(self) -> None:
        """What holds for all runs; of a run that failed, why."""
        row = self.table.currentIndex().row()
        error = self.outcomes[row].error if 0 <= row < len(self.outcomes) else None
        self.note.setText(spoken(error) if error else self._sentence)

    @property
    def outcomes(self) -> Sequence[Outcome]:
        return self.model.outcomes

    def stand(self, row: int | None) -> None:
        """Mark the run whose numbers the document has."""
        self.model.stand(row)

    def _show_table(self, there: bool) -> None:
        for widgets, wanted in ((self._before, not there), (self._after, there)):
            for widget in widgets:
                widget.setVisible(wanted)


class _Table(QTableView):
    """Rows are chosen as a whole."""

    entered_row = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs.table")
        self.setAccessibleName(self.tr("Runs"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.horizontalHeader().setFixedHeight(24)
        self.horizontalHeader().setMinimumSectionSize(48)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        self.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
        self.doubleClicked.connect(self._double_clicked)

    def share_width(self, loops: int) -> None:
        """Counts as narrow as their heads allow; the last value takes what is left."""
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.resizeSection(0, 48)
        for column in range(1, header.count()):
            width = min(max(76, header.sectionSizeHint(column)), 114) if column <= loops else 128
            header.resizeSection(column, width)

    def fit(self) -> None:
        """As high as its rows."""
        bar = self.horizontalScrollBar().sizeHint().height() if self.horizontalHeader().length() > self.width() else 0
        self.setFixedHeight(24 + self.model().rowCount() * ROW_HEIGHT + 4 + bar)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.entered_row.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def _double_clicked(self, index: QModelIndex) -> None:
        self.entered_row.emit(index.row())


class _Bars(QStyledItemDelegate):
    """Behind a number of turns a bar, as long as the number is large: ten runs are compared at a glance."""

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = DARK

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        share = index.data(SHARE)
        if not isinstance(share, float):
            super().paint(painter, option, index)
            return
        ground = QStyleOptionViewItem(option)
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, ground, painter, option.widget)
        room = QRectF(option.rect).adjusted(4, 5, -8, -5)
        room.setWidth(max(4.0, room.width() * share))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("control", 0.28))
        painter.drawRoundedRect(room, 4, 4)
        painter.restore()
        on = QStyle.StateFlag
        ground.state &= ~(on.State_Selected | on.State_MouseOver | on.State_HasFocus)  # the ground is there already
        super().paint(painter, ground, index)


def _label(name: str, role: str, text: str = "") -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setWordWrap(True)
    return label
