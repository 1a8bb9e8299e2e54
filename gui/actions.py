"""The one table of commands: menus and shortcuts come from it.

A row says what the command is called, its keys, its icon and what it calls, as a path of attributes from the main
window. `where` is "window" for keys that work everywhere, "canvas" for keys that must not fire while one types, and
"selection" for what works on the canvas and on a selection only.
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
    text: object  # a str; Qt's stubs let QT_TRANSLATE_NOOP return an object
    calls: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    where: str = "window"
    shown_key: object = ""  # a key that something else listens to


# fmt: off
FILE = (
    Row("file.new", QT_TRANSLATE_NOOP("Actions", "New"), "documents.new", ("Ctrl+N",), "new"),
    Row("file.open", QT_TRANSLATE_NOOP("Actions", "Open…"), "documents.ask_open", ("Ctrl+O",), "open"),
    Row("file.save", QT_TRANSLATE_NOOP("Actions", "Save"), "documents.save", ("Ctrl+S",), "save"),
    Row("file.save_as", QT_TRANSLATE_NOOP("Actions", "Save as…"), "documents.ask_save", ("Ctrl+Shift+S",)),
    Row("file.quit", QT_TRANSLATE_NOOP("Actions", "Quit"), "close", ("Ctrl+Q",)),
)
EDIT = (
    Row("edit.undo", QT_TRANSLATE_NOOP("Actions", "Undo"), "session.undo", ("Ctrl+Z",), "undo"),
    Row("edit.redo", QT_TRANSLATE_NOOP("Actions", "Redo"), "session.redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    Row("edit.cut", QT_TRANSLATE_NOOP("Actions", "Cut"), "editing.cut", ("Ctrl+X",), "", "selection"),
    Row("edit.copy", QT_TRANSLATE_NOOP("Actions", "Copy"), "editing.copy", ("Ctrl+C",), "copy", "selection"),
    Row("edit.paste", QT_TRANSLATE_NOOP("Actions", "Paste"), "editing.paste", ("Ctrl+V",), "paste", "canvas"),
    Row("edit.duplicate", QT_TRANSLATE_NOOP("Actions", "Duplicate"), "editing.duplicate", ("Ctrl+D",), "", "selection"),
    Row("edit.delete", QT_TRANSLATE_NOOP("Actions", "Delete"),
        "editing.delete", ("Del", "Backspace"), "delete", "selection"),
    Row("edit.select_all", QT_TRANSLATE_NOOP("Actions", "Select all"), "editing.select_all", ("Ctrl+A",), "", "canvas"),
    Row("edit.nudge_left", QT_TRANSLATE_NOOP("Actions", "Nudge left"),
        "editing.nudge_left", ("Alt+Left",), "", "selection"),
    Row("edit.nudge_right", QT_TRANSLATE_NOOP("Actions", "Nudge right"),
        "editing.nudge_right", ("Alt+Right",), "", "selection"),
    Row("edit.nudge_up", QT_TRANSLATE_NOOP("Actions", "Nudge up"),
        "editing.nudge_up", ("Alt+Up", "Up"), "", "selection"),
    Row("edit.nudge_down", QT_TRANSLATE_NOOP("Actions", "Nudge down"),
        "editing.nudge_down", ("Alt+Down", "Down"), "", "selection"),
    Row("edit.add", QT_TRANSLATE_NOOP("Actions", "Add a node…"), "adding.search_at_cursor", ("Tab",), "add", "canvas"),
    Row("frame.while", QT_TRANSLATE_NOOP("Actions", "Wrap in a while loop"),
        "framing.wrap_while", ("W",), "", "selection"),
    Row("frame.no_grad", QT_TRANSLATE_NOOP("Actions", "Wrap in no_grad"),
        "framing.wrap_no_grad", ("N",), "", "selection"),
    Row("frame.dissolve", QT_TRANSLATE_NOOP("Actions", "Dissolve the frame"),
        "framing.dissolve", ("Ctrl+Shift+G",), "", "selection"),
    Row("frame.unroll", QT_TRANSLATE_NOOP("Actions", "Unroll the loop"), "again.unroll", ("U",), "", "selection"),
)
VIEW = (
    Row("view.zoom_in", QT_TRANSLATE_NOOP("Actions", "Zoom in"), "view.zoom_in", ("Ctrl++", "Ctrl+="), "zoom-in"),
    Row("view.zoom_out", QT_TRANSLATE_NOOP("Actions", "Zoom out"), "view.zoom_out", ("Ctrl+-",), "zoom-out"),
    Row("view.zoom_reset", QT_TRANSLATE_NOOP("Actions", "Zoom to 100 %"), "zoom_reset", ("Ctrl+0",)),
    Row("view.fit", QT_TRANSLATE_NOOP("Actions", "Fit the selection"), "view.fit_selection", ("F",), "fit", "canvas"),
    Row("view.fit_all", QT_TRANSLATE_NOOP("Actions", "Fit all"), "view.fit_all", ("Shift+F",), "", "canvas"),
    Row("view.theme", QT_TRANSLATE_NOOP("Actions", "Switch theme"), "toggle_theme", ("Ctrl+Shift+T",), "theme-dark"),
    Row("view.motion", QT_TRANSLATE_NOOP("Actions", "Reduced motion"), "toggle_motion"),
)
RUN = (
    Row("run.evaluate", QT_TRANSLATE_NOOP("Actions", "Evaluate"), "session.evaluate", ("F5", "Ctrl+Return"), "run"),
    Row("run.backward", QT_TRANSLATE_NOOP("Actions", "Backward"), "running.backward", ("B",), "backward", "canvas"),
    Row("run.zero_grad", QT_TRANSLATE_NOOP("Actions", "Zero the gradients"),
        "session.zero_grad", ("Z",), "zero-grad", "canvas"),
    Row("run.new_numbers", QT_TRANSLATE_NOOP("Actions", "New numbers"), "again.new_numbers", ("R",), "dice", "canvas"),
    Row("run.ten", QT_TRANSLATE_NOOP("Actions", "Evaluate ten times"), "again.ten", ("Shift+R",), "", "canvas"),
    Row("play.toggle", QT_TRANSLATE_NOOP("Actions", "Play or pause"),
        "running.play_or_pause", (), "play", "canvas", QT_TRANSLATE_NOOP("Actions", "Space")),
    Row("play.forward", QT_TRANSLATE_NOOP("Actions", "Step"),
        "running.step_forward", ("Right",), "step-forward", "canvas"),
    Row("play.back", QT_TRANSLATE_NOOP("Actions", "Step back"), "running.step_back", ("Left",), "step-back", "canvas"),
    Row("play.level_forward", QT_TRANSLATE_NOOP("Actions", "Step a level"),
        "running.level_forward", ("Shift+Right",), "", "canvas"),
    Row("play.level_back", QT_TRANSLATE_NOOP("Actions", "Step back a level"),
        "running.level_back", ("Shift+Left",), "", "canvas"),
    Row("play.turn_forward", QT_TRANSLATE_NOOP("Actions", "Step a turn"),
        "running.turn_forward", ("Ctrl+Right",), "", "canvas"),
    Row("play.turn_back", QT_TRANSLATE_NOOP("Actions", "Step back a turn"),
        "running.turn_back", ("Ctrl+Left",), "", "canvas"),
    Row("turn.back", QT_TRANSLATE_NOOP("Actions", "The turn before"), "turning.back", ("[",), "", "canvas"),
    Row("turn.on", QT_TRANSLATE_NOOP("Actions", "The next turn"), "turning.on", ("]",), "", "canvas"),
    Row("play.start", QT_TRANSLATE_NOOP("Actions", "To the start"),
        "session.player.to_start", ("Home",), "jump-start", "canvas"),
    Row("play.end", QT_TRANSLATE_NOOP("Actions", "To the end"),
        "session.player.to_end", ("End",), "jump-end", "canvas"),
    Row("play.slower", QT_TRANSLATE_NOOP("Actions", "Slower"), "session.player.slower", (",",), "", "canvas"),
    Row("play.faster", QT_TRANSLATE_NOOP("Actions", "Faster"), "session.player.faster", (".",), "", "canvas"),
)
HELP = (
    Row("help.op", QT_TRANSLATE_NOOP("Actions", "Help on the node"), "toggle_help", ("F1",)),
    Row("help.about", QT_TRANSLATE_NOOP("Actions", "About Autograd Canvas"), "about"),
)
# fmt: on
TABLE = (*FILE, *EDIT, *VIEW, *RUN, *HELP)


def make_actions(window: QWidget, canvas: QWidget, theme: Theme) -> dict[str, QAction]:
    """One QAction for each row, wired to what the row calls."""
    actions: dict[str, QAction] = {}
    for row in TABLE:
        on_canvas = row.where != "window"
        owner: QWidget = canvas if on_canvas else window
        text = QCoreApplication.translate("Actions", str(row.text))
        key = QCoreApplication.translate("Actions", str(row.shown_key))
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
        if row.where == "selection":
            actions[row.id].setEnabled(selection)


def dress(actions: dict[str, QAction], theme: Theme) -> None:
    """Give the actions their icons in the theme's colours."""
    for row in TABLE:
        if row.icon:
            actions[row.id].setIcon(icon(row.icon, theme, "text2"))
