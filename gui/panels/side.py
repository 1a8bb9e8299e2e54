"""Panels that share one place at the side of the window: a tab for each, and the one that was chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget


class Side(QWidget):
    """The tabs stand where the caption of a panel stands."""

    def __init__(self, *panels: tuple[str, str, QWidget]) -> None:
        """Each panel with its name and the text of its tab; the first is shown."""
        super().__init__()
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._pages = QStackedWidget()
        self._pages.setObjectName("side.pages")
        self._tabs = QButtonGroup(self)
        row = QHBoxLayout()
        row.setContentsMargins(13, 0, 16, 0)
        row.setSpacing(16)
        for name, text, panel in panels:
            tab = QToolButton()
            tab.setObjectName(f"side.{name}")
            tab.setAccessibleName(panel.accessibleName())
            tab.setText(text)
            tab.setProperty("role", "tab")
            tab.setCheckable(True)
            tab.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._tabs.addButton(tab, self._pages.addWidget(panel))
            row.addWidget(tab)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 9, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self._pages, 1)
        self._tabs.idClicked.connect(self._pages.setCurrentIndex)
        self._tabs.button(0).setChecked(True)

    def show_panel(self, panel: QWidget) -> None:
        """Bring one of the panels to the front."""
        self._pages.setCurrentWidget(panel)
        self._tabs.button(self._pages.currentIndex()).setChecked(True)

    def shows(self, panel: QWidget) -> bool:
        return self.isVisible() and self._pages.currentWidget() is panel
