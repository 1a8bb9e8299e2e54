"""A window for each test, taken apart completely afterwards."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QSettings, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.app import dispose, make_app
from gui.main_window import MainWindow
from gui.settings import Settings
from tests.gui.driver import EXAMPLES, Driver


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    app = make_app()
    app.setCursorFlashTime(0)
    gc.collect()
    gc.freeze()  # the modules stay: collections between tests need not walk them
    return app


@pytest.fixture(autouse=True)
def _nothing_is_left(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[None]:
    """After every GUI test: no window, no running timer, no thread more than before."""
    before = {id(widget) for widget in qapp.topLevelWidgets()}
    threads = set(threading.enumerate())
    yield
    for _ in range(3):
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        qapp.processEvents()
        gc.collect()
    left = [widget for widget in qapp.topLevelWidgets() if id(widget) not in before]
    assert not left, f"left over: {[widget.objectName() or type(widget).__name__ for widget in left]}"
    running = [thread.name for thread in threading.enumerate() if thread not in threads]
    assert not running, f"still running: {running}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def driver(qtbot: QtBot, settings: Settings) -> Iterator[Driver]:
    """An empty document in a window of 1600×900, with the clock standing still."""
    window = MainWindow(settings, native_dialogs=False)
    window.resize(1600, 900)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    window.view.setFocus()
    window.session.player.duration_scale = 0.0
    hands = Driver(window)
    hands.settle()
    yield hands
    errors = window.view.paint_errors
    window.session.history.mark_clean()
    window.session.player.pause()
    ticking = [timer for timer in window.findChildren(QTimer) if timer.isActive() and not timer.isSingleShot()]
    dispose(window)
    del hands, window
    assert errors == 0
    assert not ticking


@pytest.fixture
def mean(driver: Driver) -> Driver:
    """The tutorial's example, opened."""
    driver.open(EXAMPLES / "blitz_mean.autograd")
    return driver
