"""Asking for files and about unsaved changes. All questions open without blocking and answer by a callback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton, QWidget

SUFFIX = ".autograd"


class FileQuestions(QObject):
    """One question at a time; `native` is off in tests, where a dialog of the system could not be driven."""

    def __init__(self, window: QWidget, native: bool = True) -> None:
        super().__init__(window)
        self._window = window
        self._native = native
        self._then: Callable[[Path], None] | None = None
        self._answers: dict[QPushButton, Callable[[], None]] = {}

    def ask_open(self, folder: Path, then: Callable[[Path], None]) -> None:
        """Which file to open."""
        self._ask(self._dialog(self.tr("Open a graph"), folder, QFileDialog.AcceptMode.AcceptOpen), then)

    def ask_save(self, suggestion: Path, then: Callable[[Path], None]) -> None:
        """Where to save; the suffix is added if it is missing."""
        dialog = self._dialog(self.tr("Save the graph"), suggestion.parent, QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        dialog.selectFile(suggestion.name)
        self._ask(dialog, then)

    def _dialog(self, title: str, folder: Path, mode: QFileDialog.AcceptMode) -> QFileDialog:
        dialog = QFileDialog(self._window, title, str(folder))
        dialog.setObjectName("dialog.file")
        dialog.setAcceptMode(mode)
        if mode == QFileDialog.AcceptMode.AcceptOpen:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Graphs (*{suffix})").format(suffix=SUFFIX), self.tr("All files (*)")])
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog, not self._native)
        return dialog

    def _ask(self, dialog: QFileDialog, then: Callable[[Path], None]) -> None:
        self._then = then
        dialog.fileSelected.connect(self._chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _chosen(self, path: str) -> None:
        then, self._then = self._then, None
        if then is not None and path:
            then(Path(path))

    def ask_unsaved(self, name: str, save: Callable[[], None], discard: Callable[[], None]) -> None:
        """Save, discard or go back. Going back does nothing."""
        box = self._box(self.tr("Save the changes to {name}?").format(name=name), QMessageBox.Icon.NoIcon)
        box.setInformativeText(self.tr("They are lost otherwise."))
        keep = box.addButton(self.tr("Save"), QMessageBox.ButtonRole.AcceptRole)
        drop = box.addButton(self.tr("Discard"), QMessageBox.ButtonRole.DestructiveRole)
        back = box.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        for button, part in ((keep, "save"), (drop, "discard"), (back, "cancel")):
            button.setObjectName(f"dialog.unsaved.{part}")
        keep.setProperty("role", "primary")
        box.setDefaultButton(keep)
        box.setEscapeButton(back)
        self._answers = {keep: save, drop: discard}
        box.buttonClicked.connect(self._answered)
        box.open()

    def tell(self, text: str, detail: str) -> None:
        """Something failed: one sentence, and what exactly."""
        box = self._box(text, QMessageBox.Icon.NoIcon)
        box.setInformativeText(detail)
        box.addButton(self.tr("OK"), QMessageBox.ButtonRole.AcceptRole).setObjectName("dialog.tell.ok")
        box.open()

    def _box(self, text: str, face: QMessageBox.Icon) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setObjectName("dialog.message")
        box.setIcon(face)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text)
        box.finished.connect(box.deleteLater)
        return box

    @Slot("QAbstractButton*")
    def _answered(self, button: QPushButton) -> None:
        answers, self._answers = self._answers, {}
        for each, answer in answers.items():
            if each is button:
                answer()
