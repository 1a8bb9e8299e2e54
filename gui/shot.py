"""Render the real window, with the player at a step, into a picture."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QSettings, QSize, QtMsgType, qInstallMessageHandler


def take(source: Path, target: Path, step: str | None, theme: str, size: tuple[int, int], ratio: float = 1.0) -> None:
    """Open `source`, run its backward passes if `step` is given, and write the window to `target`.

    `step` is a number of steps, "start", "end", or None for the graph as it opens. Raises FileErrors or OSError for
    a file that cannot be read, ValueError for a step that is not there, OSError if the picture cannot be written.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    qInstallMessageHandler(_only_what_matters)
    if ratio != 1.0:
        os.environ["QT_SCALE_FACTOR"] = str(ratio)
    from gui.app import dispose, make_app
    from gui.main_window import MainWindow
    from gui.settings import Settings
    from gui.theme import THEMES

    app = make_app()
    settings = Settings(QSettings(os.devnull, QSettings.Format.IniFormat))
    window = MainWindow(settings, native_dialogs=False)
    try:
        window.set_theme(THEMES[theme])
        window.resize(QSize(*size))
        session = window.session
        session.open(source)
        window.show()
        app.processEvents()
        session.settle()
        if step is not None:
            session.player.duration_scale = 0.0
            session.backward()
            session.settle()
            count = session.player.count
            done = {"start": 0, "end": count}.get(step)
            done = int(step) if done is None else done
            if not 0 <= done <= count:
                raise ValueError(f"there is no step {done}: the pass has {count} steps")
            session.player.seek(done)
        window.view.fit_all()
        app.processEvents()
        if not window.grab().save(str(target)):
            raise OSError(f"could not write {target}: the folder must exist and the name end in .png or .jpg")
    finally:
        window.session.history.mark_clean()
        dispose(window)


def _only_what_matters(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Qt's messages on stderr, without what the offscreen platform says about itself."""
    if not text.startswith("This plugin does not support"):
        print(text, file=sys.stderr)
