"""Start the window, run the event loop, and take everything apart in order."""

from __future__ import annotations

import faulthandler
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from gui.main_window import MainWindow


def has_display() -> bool:
    """Whether a window can be shown. Qt aborts without a display, so this is asked before it starts."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def make_app() -> QApplication:
    """The one QApplication, dressed the same on every system."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        return app
    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    app.setApplicationName("Autograd Canvas")
    app.setApplicationDisplayName("")
    QGuiApplication.setDesktopFileName("autograd-canvas")
    return app


def show_window(path: Path | None) -> int:
    """Open the window (on `path`, if given) and return the exit status when it closes."""
    app = make_app()
    faulthandler.enable()
    sys.excepthook = _report
    window = MainWindow()
    window.show()
    if path is not None:
        window.open_file(path)
    status = app.exec()
    dispose(window)
    return status


def dispose(window: MainWindow) -> None:
    """Delete a closed window now, not at some later collection."""
    window.dispose()
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


_reported: set[tuple[object, ...]] = set()  # in a paint or a timer, the same fault would come back for ever


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An exception that nobody caught: the work goes on, and the details can be copied. Each is told once."""
    traceback.print_exception(kind, error, trace)
    last = traceback.extract_tb(trace)[-1:]
    where = (kind.__name__, *((frame.filename, frame.lineno or 0) for frame in last))
    if where in _reported or QApplication.activeModalWidget() is not None:
        return
    _reported.add(where)
    box = QMessageBox(QApplication.activeWindow())
    box.setObjectName("dialog.report")
    box.setText(
        QCoreApplication.translate(
            "App", "Something went wrong inside Autograd Canvas. Your graph is still open; save it to be safe."
        )
    )
    box.setDetailedText("".join(traceback.format_exception(kind, error, trace)))
    box.finished.connect(box.deleteLater)
    box.open()
