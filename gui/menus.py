"""The menus of a window: the bar, and the one under the right mouse button."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QMenu, QMenuBar, QToolButton, QWidget

import assets
from gui import actions
from gui.files import SUFFIX
from gui.settings import Settings
from gui.spoken import spoken
from gui.theme import Theme, icon

CLIPBOARD = ("edit.cut", "edit.copy", "edit.duplicate", "", "edit.delete")
ON_NODES = ("run.backward", "", "frame.while", "frame.no_grad", "", *CLIPBOARD)
ON_FRAMES = ("frame.unroll", "frame.dissolve", "", *CLIPBOARD)
ON_WIRES = ("edit.delete",)
LAST_OF_A_GROUP = (
    "file.save_as", "edit.redo", "edit.select_all", "edit.add", "view.fit_all", "view.motion", "run.ten", "play.faster",
)  # fmt: skip


class Menus(QObject):
    """`file_wanted`: a recent file or an example was chosen, by its path."""

    file_wanted = Signal(str)
    theme_wanted = Signal()

    def __init__(
        self, window: QMainWindow, settings: Settings, rows: Mapping[str, QAction], docks: Iterable[QAction]
    ) -> None:
        super().__init__(window)
        self._settings, self._rows = settings, rows
        self.recent = self._menu("recent", self.tr("Open recent"), window)
        self.recent.setToolTipsVisible(True)  # two files may have one name
        self.recent.aboutToShow.connect(self._fill_recent)
        self.examples = self._menu("examples", self.tr("Examples"), window)
        for path in sorted((assets.ROOT / "examples").glob(f"*{SUFFIX}")):
            action = self.examples.addAction(path.stem)
            action.setObjectName(f"action.example.{path.stem}")
            action.setData(str(path))
        for menu in (self.recent, self.examples):
            menu.triggered.connect(self._choose)
        self.context = self._menu("node", self.tr("Selection"), window)
        self._fill_bar(window.menuBar(), docks)
        self._add_corners(window.menuBar())

    def _menu(self, name: str, title: str, parent: QWidget) -> QMenu:
        menu = QMenu(title, parent)
        menu.setObjectName(f"menu.{name}")
        menu.setAccessibleName(title.replace("&", ""))
        return menu

    def _fill_bar(self, bar: QMenuBar, docks: Iterable[QAction]) -> None:
        bar.setObjectName("menu")
        bar.setAccessibleName(self.tr("Menu"))
        bar.setNativeMenuBar(False)
        for name, title, rows in (
            ("file", self.tr("&File"), actions.FILE),
            ("edit", self.tr("&Edit"), actions.EDIT),
            ("view", self.tr("&View"), actions.VIEW),
            ("run", self.tr("&Run"), actions.RUN),
            ("help", self.tr("&Help"), actions.HELP),
        ):
            menu = self._menu(name, title, bar)
            bar.addMenu(menu)
            for row in rows:
                menu.addAction(self._rows[row.id])
                if row.id == "file.open":
                    menu.addMenu(self.recent)
                    menu.addMenu(self.examples)
                if row.id in LAST_OF_A_GROUP:
                    menu.addSeparator()
            if name == "view":
                menu.addActions(list(docks))

    def _add_corners(self, bar: QMenuBar) -> None:
        brand = QLabel("Autograd Canvas", bar)
        brand.setObjectName("brand")
        bar.setCornerWidget(brand, Qt.Corner.TopLeftCorner)
        corner = QWidget(bar)
        corner.setObjectName("menu.corner")
        self._file = QLabel()
        self._file.setObjectName("menu.document")
        self._file.setTextFormat(Qt.TextFormat.PlainText)
        self._file.setFixedWidth(320)  # a corner of a menu bar does not grow with its text
        self._file.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._theme = QToolButton()
        self._theme.setObjectName("menu.theme")
        self._theme.setAccessibleName(self.tr("Switch theme"))
        self._theme.setToolTip(self.tr("Switch between dark and light"))
        self._theme.setIconSize(QSize(18, 18))
        self._theme.setFixedSize(28, 26)
        self._theme.clicked.connect(self.theme_wanted)
        row = QHBoxLayout(corner)
        row.setContentsMargins(0, 0, 12, 0)
        row.addWidget(self._file)
        row.addSpacing(8)
        row.addWidget(self._theme)
        bar.setCornerWidget(corner, Qt.Corner.TopRightCorner)

    def set_theme(self, theme: Theme) -> None:
        self._theme.setIcon(icon("theme-light" if theme.dark else "theme-dark", theme, "text2"))

    def show_file(self, name: str, modified: bool) -> None:
        """The name of the document, in the corner."""
        self._file.setText(f"{name} •" if modified else name)

    def pop_up(self, ids: Iterable[str], at: QPoint) -> None:
        """The menu of what is at a point of the screen: commands by id, "" for a line between them."""
        self.context.clear()
        for id in ids:
            if id:
                self.context.addAction(self._rows[id])
            else:
                self.context.addSeparator()
        self.context.popup(at)

    def _fill_recent(self) -> None:
        self.recent.clear()
        for place, path in enumerate(self._settings.recent):
            action = self.recent.addAction(plain(path.name))
            action.setObjectName(f"action.recent.{place}")
            action.setToolTip(str(path))
            action.setData(str(path))
        if self.recent.isEmpty():
            none = self.recent.addAction(self.tr("No recent files"))
            none.setObjectName("action.recent.none")
            none.setEnabled(False)

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        if action.data():
            self.file_wanted.emit(str(action.data()))


def plain(text: str | None) -> str:
    """A text for a menu, where & would underline a letter: a file's name, or what the engine calls a step."""
    return spoken(text).replace("&", "&&") if text else ""
