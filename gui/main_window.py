"""The main window: joins canvas and panels, and owns file names and dialogs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QRect, Qt, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QIcon,
)
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QMainWindow,
    QWidget,
)

import assets
from engine.document import commands
from engine.document.files import Document
from gui import actions, menus
from gui.adding import Adding
from gui.again import Again
from gui.canvas.notice import Notice
from gui.canvas.number_editor import NumberEditor
from gui.canvas.view import CanvasView
from gui.canvas.welcome import Welcome
from gui.documents import Documents, is_example
from gui.editing import Editing
from gui.files import SUFFIX, FileQuestions
from gui.framing import Framing
from gui.menus import Menus, plain
from gui.panels.code import Code
from gui.panels.help import Help
from gui.panels.inspector import Inspector
from gui.panels.palette import Palette
from gui.panels.quick_add import QuickAdd
from gui.panels.runs import Runs
from gui.panels.side import Side
from gui.panels.timeline import Timeline
from gui.running import Running
from gui.session import Session
from gui.settings import Settings
from gui.theme import DARK, LIGHT, Theme, apply_theme, icon_pixmap
from gui.turning import Turning


class MainWindow(QMainWindow):
    """One window on one session."""

    def __init__(self, settings: Settings | None = None, native_dialogs: bool = True) -> None:
        super().__init__()
        self.settings = settings if settings is not None else Settings()
        self.theme: Theme = self.settings.theme
        self.setObjectName("main")
        self.setWindowIcon(QIcon(icon_pixmap("app", "#000000", 256, 1.0)))
        self.setAcceptDrops(True)
        self.session = Session(self)
        self.questions = FileQuestions(self, native_dialogs)
        self._closing = False
        self._build()
        self._connect()
        self.set_theme(self.theme)
        self._set_motion(self.settings.reduced_motion)
        self._show_file()
        self._show_history()
        self._show_counts()
        screen = self.screen().availableSize()
        self.resize(min(1600, screen.width() - 40), min(920, screen.height() - 60))
        if not self.settings.bytes("geometry").isEmpty():
            self.restoreGeometry(self.settings.bytes("geometry"))

    # Building ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.view = CanvasView(self.session, self)
        self.view.setAcceptDrops(False)  # files dropped anywhere are the window's business
        self.view.viewport().setAcceptDrops(False)
        self.setCentralWidget(self.view)
        self.palette_panel = Palette(self.session)
        if self.settings.closed_categories is not None:
            self.palette_panel.closed = self.settings.closed_categories
        self.inspector = Inspector(self.session)
        self.help = Help()
        self.runs = Runs()
        self.code = Code(self.session)
        self.side = Side(
            ("inspector", self.tr("INSPECTOR"), self.inspector),
            ("help", self.tr("HELP"), self.help),
            ("runs", self.tr("RUNS"), self.runs),
            ("code", self.tr("CODE"), self.code),
        )
        self.timeline = Timeline(self.session)
        self.quick_add = QuickAdd(self)
        self.number = NumberEditor(self.view.viewport())
        self.notice = Notice(self.view.viewport())
        self.welcome = Welcome(self.view.viewport())
        for corner, area in (
            (Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
            (Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
        ):
            self.setCorner(corner, area)
        self._docks = [
            self._dock("palette", self.tr("Nodes"), self.palette_panel, Qt.DockWidgetArea.LeftDockWidgetArea),
            self._dock("inspector", self.tr("Inspector and help"), self.side, Qt.DockWidgetArea.RightDockWidgetArea),
            self._dock("timeline", self.tr("Timeline"), self.timeline, Qt.DockWidgetArea.BottomDockWidgetArea),
        ]
        self.arrange_docks()
        self.editing = Editing(self.session, self.view.cursor_scene, self.view.canvas.frame_under, self)
        self.adding = Adding(self.session, self.view, self.palette_panel, self.quick_add, self)
        self.running = Running(self.session, self)
        self.framing = Framing(self.session, self.view, self)
        self.turning = Turning(self.session, self)
        self.again = Again(self.session, self.runs, self)
        self.documents = Documents(self.session, self.settings, self.questions, self.view.viewpoint, self)
        self.actions_by_id = actions.make_actions(self, self.view, self.theme)
        self.actions_by_id["view.motion"].setCheckable(True)
        docks = [dock.toggleViewAction() for dock in self._docks]
        self.menus = Menus(self, self.settings, self.actions_by_id, docks)
        self.statusBar().setObjectName("status")
        self.statusBar().setAccessibleName(self.tr("Status"))
        self.statusBar().setSizeGripEnabled(False)
        self._status = QLabel()
        self._status.setObjectName("status.run")
        self._status.setTextFormat(Qt.TextFormat.PlainText)
        self._zoom = QLabel()
        self._zoom.setObjectName("status.zoom")
        self.statusBar().addWidget(self._status, 1)
        self.statusBar().addPermanentWidget(self._zoom)
        self.view.setFocus()

    def arrange_docks(self) -> None:
        """Give the panels the sizes that they want, as far as there is room."""
        self.resizeDocks(self._docks[:2], [232, 332], Qt.Orientation.Horizontal)
        self.resizeDocks(self._docks[2:], [176], Qt.Orientation.Vertical)

    def _dock(self, name: str, title: str, panel: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock.{name}")
        dock.setAccessibleName(title)
        dock.toggleViewAction().setObjectName(f"action.dock.{name}")
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        bare = QWidget(dock)
        bare.setObjectName(f"dock.{name}.title")
        bare.setFixedHeight(0)
        dock.setTitleBarWidget(bare)  # the panels carry their own captions
        dock.setWidget(panel)
        self.addDockWidget(area, dock)
        return dock

    def _connect(self) -> None:
        session, scene = self.session, self.view.canvas
        session.refused.connect(self.notice.refuse)
        self.documents.told.connect(self.notice.tell)
        session.failed.connect(self.view.reveal)
        session.file_changed.connect(self._show_file)
        session.history_changed.connect(self._show_history)
        session.evaluated.connect(self._show_counts)
        session.changed.connect(self._show_counts)
        session.changed.connect(self._number_follows)
        session.opened.connect(self._show_opened)
        session.selection_changed.connect(self._show_selection)
        self.view.menu_wanted.connect(self._context_menu)
        self.menus.file_wanted.connect(self._open_chosen)
        self.menus.theme_wanted.connect(self.toggle_theme)
        scene.value_wanted.connect(self._edit_value)
        scene.inline_wanted.connect(self._edit_inline)
        self.view.zoom_changed.connect(self._show_zoom)
        for change in (self.view.horizontalScrollBar().valueChanged, self.view.verticalScrollBar().valueChanged):
            change.connect(self._number_follows)
        self.view.space_tapped.connect(self.running.play_or_pause)
        self.timeline.play_wanted.connect(self.running.play_or_pause)
        self.timeline.step_wanted.connect(self.running.step_forward)
        self.number.committed.connect(self._inline_committed)
        self.number.closed.connect(self.notice.hide)
        self.number.refused.connect(self._number_refused)
        self.palette_panel.dismissed.connect(self.view.setFocus)
        self.palette_panel.folded.connect(self._remember_categories)
        for looked_at in (self.palette_panel.looked_at, self.quick_add.looked_at):
            looked_at.connect(self.help.show_op)
        self.welcome.chosen.connect(self._open_example)
        self.again.asked.connect(self._show_runs)
        self.again.told.connect(self.notice.tell)
        self.again.unrolled.connect(self.view.fit_selection)
        self._show_zoom(self.view.zoom)
        self._show_selection()

    # Looks -------------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, theme)
        for part in (
            self.view,
            self.palette_panel,
            self.inspector,
            self.help,
            self.runs,
            self.code,
            self.timeline,
            self.quick_add,
        ):
            part.set_theme(theme)
        actions.dress(self.actions_by_id, theme)
        self.menus.set_theme(theme)
        self.welcome.place()

    def toggle_theme(self) -> None:
        self.set_theme(LIGHT if self.theme.dark else DARK)
        self.settings.theme = self.theme

    def toggle_motion(self) -> None:
        self.settings.reduced_motion = self.actions_by_id["view.motion"].isChecked()
        self._set_motion(self.settings.reduced_motion)

    def _set_motion(self, reduced: bool) -> None:
        self.actions_by_id["view.motion"].setChecked(reduced)
        self.session.player.duration_scale = 0.0 if reduced else 1.0

    def zoom_reset(self) -> None:
        self.view.set_zoom(1.0)

    @Slot(float)
    def _show_zoom(self, zoom: float) -> None:
        self._zoom.setText(f"{zoom:.0%}")

    def _show_file(self) -> None:
        name = self.session.path.name if self.session.path else self.tr("untitled")
        self.setWindowTitle(f"{name}[*] – Autograd Canvas")
        self.setWindowModified(self.session.modified)
        self.menus.show_file(name, self.session.modified)

    def _show_history(self) -> None:
        history = self.session.history
        undo, redo = self.actions_by_id["edit.undo"], self.actions_by_id["edit.redo"]
        undo.setEnabled(history.can_undo)
        redo.setEnabled(history.can_redo)
        undo.setText(self.tr("Undo {what}").format(what=plain(history.undo_text)).strip())
        redo.setText(self.tr("Redo {what}").format(what=plain(history.redo_text)).strip())
        self._show_file()

    def _show_counts(self) -> None:
        graph, run = self.session.graph, self.session.run
        self.welcome.setVisible(not graph.nodes)
        if not graph.nodes or run is None:
            self._status.setText(self.tr("Ready"))
            return
        results = [result for id, result in run.results.items() if id in graph.nodes]
        errors = sum(result.error is not None for result in results)
        open_inputs = sum(bool(result.missing) for result in results)
        count = len(graph.nodes)
        parts = [self.tr("1 node") if count == 1 else self.tr("{count} nodes").format(count=count)]
        if errors:
            parts.append(self.tr("1 error") if errors == 1 else self.tr("{count} errors").format(count=errors))
        if open_inputs:
            one, many = self.tr("1 node needs an input"), self.tr("{count} nodes need an input")
            parts.append(one if open_inputs == 1 else many.format(count=open_inputs))
        if not errors and not open_inputs:
            parts.insert(0, self.tr("✓ forward ok"))
        self._status.setText("  ·  ".join(parts))

    # Files -------------------------------------------------------------------------------------------------------

    def open_file(self, path: Path) -> None:
        """Open a file, after asking about unsaved changes."""
        self.documents.open(path)

    @Slot(str)
    def _open_chosen(self, path: str) -> None:
        self.open_file(Path(path))

    @Slot(str)
    def _open_example(self, name: str) -> None:
        self.open_file(assets.ROOT / "examples" / f"{name}{SUFFIX}")

    def _show_opened(self) -> None:
        self.number.hide()  # what was being typed was for another document
        self.notice.hide()
        self._show_counts()
        if not self._restore_view():
            self.view.fit_all()
        self.view.setFocus()

    def _restore_view(self) -> bool:
        """Look where the file was left, if that shows anything. Examples are fitted into the window instead."""
        path = self.session.path
        if path is None or is_example(path):
            return False
        view = self.session.document.view
        return view != Document().view and self.view.look_at(view)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.open_file(paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.session.modified and not self._closing:
            event.ignore()
            self.documents.if_saved(self._close_now)
            return
        self.settings.set_bytes("geometry", self.saveGeometry())
        self.session.close()
        event.accept()

    def _close_now(self) -> None:
        self._closing = True
        self.close()

    def dispose(self) -> None:
        """Take everything apart in order; called once, after the window was closed."""
        self.session.close()
        self.view.dispose()

    # Editing -----------------------------------------------------------------------------------------------------

    @Slot(str)
    def _edit_value(self, node: str) -> None:
        self._docks[1].show()
        self.side.show_panel(self.inspector)
        self.inspector.focus_value()

    @Slot(str, str)
    def _edit_inline(self, node: str, port: str) -> None:
        number = self.session.graph.nodes[node].params.get(port)
        self.number.edit(node, port, "" if number is None else str(number), self._number_place(node, port))

    def _number_place(self, node: str, port: str) -> QRect:
        zoom = self.view.zoom
        at = self.view.mapFromScene(self.view.canvas.port_point(node, "in", port))
        width, height = max(64, round(64 * zoom)), max(24, round(24 * zoom))
        return QRect(at.x() - round(10 * zoom) - width, at.y() - height // 2, width, height)

    def _number_follows(self) -> None:
        """The field stays at its port when the canvas is scrolled or zoomed."""
        node, port = self.number.place
        if not self.number.isVisible():
            return
        if node not in self.session.graph.nodes or port in self.session.graph.inputs(node):
            self.number.hide()  # nowhere to put a number any more
        elif node in self.view.canvas.faces:
            self.number.setGeometry(self._number_place(node, port))

    @Slot(str)
    def _number_refused(self, sentence: str) -> None:
        self.notice.refuse(sentence, self.number.geometry())

    @Slot(str, str, object)
    def _inline_committed(self, node: str, port: str, value: object) -> None:
        if node in self.session.graph.nodes:
            self.session.history.break_merge()  # each number is a step of its own
            self.session.do(commands.set_params, node, {port: value})

    def _show_selection(self) -> None:
        actions.enable(self.actions_by_id, bool(self.session.selection))
        nodes = self.session.selected_nodes
        if len(nodes) == 1:
            self.help.show_op(self.session.graph.nodes[nodes[0]].op)

    @Slot(QPoint)
    def _context_menu(self, at: QPoint) -> None:
        """On a node, a wire or a frame, what can be done with it; on the empty canvas, the search."""
        pos = self.view.mapToScene(at)
        scene = self.view.canvas
        held = scene.frame_at(pos)
        found = scene.node_at(pos) or scene.wire_at(pos) or (held[0] if held else None)
        if found is None:
            self.adding.search_at(pos)
            return
        if found not in self.session.selection:
            self.session.select([found])
        on_frame = found in self.session.graph.frames
        ids = menus.ON_WIRES if isinstance(found, tuple) else menus.ON_FRAMES if on_frame else menus.ON_NODES
        self.menus.pop_up(ids, self.view.viewport().mapToGlobal(at))

    def toggle_help(self) -> None:
        """What the selected node does, or the op that one looks at in the palette; and back to the inspector."""
        there = self.side.shows(self.help)
        self._docks[1].show()
        self.side.show_panel(self.inspector if there else self.help)

    def _show_runs(self) -> None:
        self._docks[1].show()
        self.side.show_panel(self.runs)

    def _remember_categories(self) -> None:
        self.settings.closed_categories = self.palette_panel.closed

    def about(self) -> None:
        self.questions.tell(
            "Autograd Canvas",
            self.tr("PyTorch's autograd as a graph that you build, run and watch.\nMIT licence."),
        )
