"""The one table of commands: menus and shortcuts come from it.

A row says what the command is called, its keys, its icon and what it calls, as a path of attributes from the main
window. `where` is "window" for keys that work everywhere and "canvas" for keys that must not fire while one types.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from gui.theme import Theme, icon


@dataclass(frozen=True, slots=True)
class Row:
    """One command."""

    id: str
    text: str
    calls: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    where: str = "window"
    shown_key: str = ""  # a key that something else listens to
    needs_selection: bool = False


def _(text: str) -> str:
    return str(QT_TRANSLATE_NOOP("Actions", text))


FILE = (
    Row("file.new", _("New"), "documents.new", ("Ctrl+N",), "new"),
    Row("file.open", _("Open…"), "documents.ask_open", ("Ctrl+O",), "open"),
    Row("file.save", _("Save"), "documents.save", ("Ctrl+S",), "save"),
    Row("file.save_as", _("Save as…"), "documents.ask_save", ("Ctrl+Shift+S",)),
    Row("file.quit", _("Quit"), "close", ("Ctrl+Q",)),
)
EDIT = (
    Row("edit.undo", _("Undo"), "session.undo", ("Ctrl+Z",), "undo"),
    Row("edit.redo", _("Redo"), "session.redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    Row("edit.cut", _("Cut"), "editing.cut", ("Ctrl+X",), "", "canvas", needs_selection=True),
    Row("edit.copy", _("Copy"), "editing.copy", ("Ctrl+C",), "copy", "canvas", needs_selection=True),
    Row("edit.paste", _("Paste"), "editing.paste", ("Ctrl+V",), "paste", "canvas"),
    Row("edit.duplicate", _("Duplicate"), "editing.duplicate", ("Ctrl+D",), "", "canvas", needs_selection=True),
    Row("edit.delete", _("Delete"), "editing.delete", ("Del", "Backspace"), "delete", "canvas", needs_selection=True),
    Row("edit.select_all", _("Select all"), "editing.select_all", ("Ctrl+A",), "", "canvas"),
    Row("edit.nudge_left", _("Nudge left"), "editing.nudge_left", ("Alt+Left",), "", "canvas", needs_selection=True),
    Row(
        "edit.nudge_right", _("Nudge right"), "editing.nudge_right", ("Alt+Right",), "", "canvas", needs_selection=True
    ),
    Row("edit.nudge_up", _("Nudge up"), "editing.nudge_up", ("Alt+Up", "Up"), "", "canvas", needs_selection=True),
    Row(
        "edit.nudge_down",
        _("Nudge down"),
        "editing.nudge_down",
        ("Alt+Down", "Down"),
        "",
        "canvas",
        needs_selection=True,
    ),
    Row("edit.add", _("Add a node…"), "adding.search_at_cursor", ("Tab",), "add", "canvas"),
)
VIEW = (
    Row("view.zoom_in", _("Zoom in"), "view.zoom_in", ("Ctrl++", "Ctrl+="), "zoom-in"),
    Row("view.zoom_out", _("Zoom out"), "view.zoom_out", ("Ctrl+-",), "zoom-out"),
    Row("view.zoom_reset", _("Zoom to 100 %"), "zoom_reset", ("Ctrl+0",)),
    Row("view.fit", _("Fit the selection"), "view.fit_selection", ("F",), "fit", "canvas"),
    Row("view.fit_all", _("Fit all"), "view.fit_all", ("Shift+F",), "", "canvas"),
    Row("view.theme", _("Switch theme"), "toggle_theme", ("Ctrl+Shift+T",), "theme-dark"),
    Row("view.motion", _("Reduced motion"), "toggle_motion"),
)
RUN = (
    Row("run.evaluate", _("Evaluate"), "session.evaluate", ("F5", "Ctrl+Return"), "run"),
    Row("run.backward", _("Backward"), "running.backward", ("B",), "backward", "canvas"),
    Row("run.zero_grad", _("Zero the gradients"), "session.zero_grad", ("Z",), "zero-grad", "canvas"),
    Row("play.toggle", _("Play or pause"), "running.play_or_pause", (), "play", "canvas", _("Space")),
    Row("play.forward", _("Step"), "running.step_forward", ("Right",), "step-forward", "canvas"),
    Row("play.back", _("Step back"), "running.step_back", ("Left",), "step-back", "canvas"),
    Row("play.level_forward", _("Step a level"), "running.level_forward", ("Shift+Right",), "", "canvas"),
    Row("play.level_back", _("Step back a level"), "running.level_back", ("Shift+Left",), "", "canvas"),
    Row("play.start", _("To the start"), "session.player.to_start", ("Home",), "jump-start", "canvas"),
    Row("play.end", _("To the end"), "session.player.to_end", ("End",), "jump-end", "canvas"),
    Row("play.slower", _("Slower"), "session.player.slower", (",",), "", "canvas"),
    Row("play.faster", _("Faster"), "session.player.faster", (".",), "", "canvas"),
)
HELP = (Row("help.about", _("About Autograd Canvas"), "about"),)
TABLE = (*FILE, *EDIT, *VIEW, *RUN, *HELP)


def make_actions(window: QWidget, canvas: QWidget, theme: Theme) -> dict[str, QAction]:
    """One QAction for each row, wired to what the row calls."""
    actions: dict[str, QAction] = {}
    for row in TABLE:
        on_canvas = row.where == "canvas"
        owner: QWidget = canvas if on_canvas else window
        text = QCoreApplication.translate("Actions", row.text)
        key = QCoreApplication.translate("Actions", row.shown_key)
        action = QAction(f"{text}\t{key}" if key else text, owner)
        action.setObjectName(f"action.{row.id}")
        action.setShortcuts([QKeySequence(key) for key in row.keys])
        action.setShortcutContext(
            Qt.ShortcutContext.WidgetWithChildrenShortcut if on_canvas else Qt.ShortcutContext.WindowShortcut
        )
        target: Callable[[], object] = attrgetter(row.calls)(window)
        action.triggered.connect(target)
        owner.addAction(action)
        actions[row.id] = action
    dress(actions, theme)
    return actions


def enable(actions: dict[str, QAction], selection: bool) -> None:
    """Offer what works on a selection only while there is one."""
    for row in TABLE:
        if row.needs_selection:
            actions[row.id].setEnabled(selection)


def dress(actions: dict[str, QAction], theme: Theme) -> None:
    """Give the actions their icons in the theme's colours."""
    for row in TABLE:
        if row.icon:
            actions[row.id].setIcon(icon(row.icon, theme, "text2"))
