"""Render the real window, with the player at a step, into a picture."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QBuffer, QMessageLogContext, QSettings, QSize, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QPixmap

from engine.run.backward import written_passes
from gui.session import Session


def take(source: Path, target: Path, step: str | None, theme: str, size: tuple[int, int], ratio: float = 1.0) -> None:
    """Open `source`, run its backward passes if `step` is given, and write the window to `target`.

    `step` is a number of steps, "start", "end", or None for the graph as it opens. Raises FileErrors for a file that
    cannot be read, ValueError for a step that is not there, OSError if the picture cannot be written.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if ratio != 1.0:
        os.environ["QT_SCALE_FACTOR"] = str(ratio)
    from gui.app import dispose, make_app
    from gui.main_window import MainWindow
    from gui.settings import Settings
    from gui.theme import THEMES

    before = qInstallMessageHandler(_only_what_matters)
    app = make_app()
    try:
        with TemporaryDirectory() as folder:  # settings of its own: a picture depends on nobody's
            settings = Settings(QSettings(f"{folder}/settings.ini", QSettings.Format.IniFormat))
            window = MainWindow(settings, native_dialogs=False)
            try:
                window.set_theme(THEMES[theme])
                window.setFixedSize(QSize(*size))  # also where a hand could not make the window so small
                session = window.session
                session.open(source)
                window.show()
                app.processEvents()
                session.settle()
                if step is not None:
                    _stand_at(step, session)
                app.processEvents()
                window.arrange_docks()  # in a small window their sizes would tell in which order texts have come
                app.processEvents()
                window.view.fit_all()
                app.processEvents()
                target.write_bytes(_png(window.grab()))
            finally:
                window.session.history.mark_clean()
                dispose(window)
    finally:
        qInstallMessageHandler(before)


def _stand_at(step: str, session: Session) -> None:
    """Run the passes that the document asks for, and stand at `step`. Without any there is only the start."""
    session.player.duration_scale = 0.0
    if session.run is not None and written_passes(session.run):
        session.backward()
        session.settle()
    count = session.player.count
    done = {"start": 0, "end": count}.get(step)
    done = int(step) if done is None else done
    if done > count:
        there = f"there are {count}" if count else "no backward node asks for a pass"
        raise ValueError(f"there is no step {done}: {there}")
    session.player.seek(done)


def _png(picture: QPixmap) -> bytes:
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return bytes(buffer.data().data())


def _only_what_matters(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Qt's messages on stderr, without what the offscreen platform says about itself."""
    if not text.startswith("This plugin does not support"):
        print(text, file=sys.stderr)
