"""What happens to an exception that nobody caught."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QMessageBox

from gui import app
from tests.gui.driver import Driver


def fail() -> None:
    raise ValueError("a fault of the program")


def report() -> None:
    try:
        fail()
    except ValueError:
        app._report(*sys.exc_info())  # type: ignore[arg-type]


def test_a_fault_is_told_once_with_details_to_copy(driver: Driver, capsys: pytest.CaptureFixture[str]) -> None:
    app._reported.clear()
    report()
    (box,) = driver.window.findChildren(QMessageBox, "dialog.report")
    assert "a fault of the program" in box.detailedText()
    box.close()
    report()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not driver.window.findChildren(QMessageBox, "dialog.report")
    assert capsys.readouterr().err.count("ValueError: a fault of the program") == 2


def test_a_fault_in_painting_draws_a_mark_and_leaves_the_window_alive(
    mean: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: told.append(error))
    with monkeypatch.context() as broken:
        broken.setattr("gui.canvas.view.paint_overlay", lambda *_: fail())
        mean.picture()
    assert told
    assert mean.view.paint_errors == len(told)
    mean.view.paint_errors = 0
    mean.select("y")
    assert mean.session.selected_nodes == ["y"]
