"""Opening and saving: which file, what about unsaved changes, what went wrong. Examples are never overwritten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal

import assets
from engine.document.files import FileErrors
from engine.document.records import Json
from gui.files import SUFFIX, FileQuestions
from gui.session import Session
from gui.settings import Settings


class Documents(QObject):
    """The file commands of a window. `viewpoint` says where one is looking, which files keep."""

    told = Signal(str)

    def __init__(
        self,
        session: Session,
        settings: Settings,
        questions: FileQuestions,
        viewpoint: Callable[[], Mapping[str, Json]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._settings, self._questions = session, settings, questions
        self._viewpoint = viewpoint

    def new(self) -> None:
        """An empty document, after asking about unsaved changes."""
        self.if_saved(self._session.new)

    def ask_open(self) -> None:
        """Ask which file to open, after asking about unsaved changes."""
        self.if_saved(self._ask_open)

    def _ask_open(self) -> None:
        self._questions.ask_open(self._folder(), self._open_now)

    def open(self, path: Path) -> None:
        """Open a file, after asking about unsaved changes."""

        def proceed() -> None:
            self._open_now(path)

        self.if_saved(proceed)

    def _open_now(self, path: Path) -> None:
        try:
            self._session.open(path)
        except (FileErrors, OSError) as error:
            self._questions.tell(self.tr("{name} could not be opened.").format(name=path.name), str(error))
            return
        if not is_example(path):
            self._settings.remember(path)

    def save(self) -> None:
        """Save under its name, or ask for one."""
        self._save_then(_nothing)

    def ask_save(self) -> None:
        """Save under a name to be chosen."""

        def chosen(path: Path) -> None:
            self.save_to(path)

        self._questions.ask_save(self._suggestion(), chosen)

    def save_to(self, path: Path) -> bool:
        """Save to a path; false if it could not be, which is told."""
        try:
            self._session.save(path, self._viewpoint())
        except (FileErrors, OSError) as error:
            self._questions.tell(self.tr("{name} could not be saved.").format(name=path.name), str(error))
            return False
        self._settings.remember(path)
        self.told.emit(self.tr("Saved {name}").format(name=path.name))
        return True

    def _save_then(self, then: Callable[[], None]) -> None:
        path = self._session.path
        if path is not None and not is_example(path):
            if self.save_to(path):
                then()
            return

        def saved(chosen: Path) -> None:
            if self.save_to(chosen):
                then()

        self._questions.ask_save(self._suggestion(), saved)

    def if_saved(self, then: Callable[[], None]) -> None:
        """Go on at once, or ask what to do with unsaved changes first."""
        if not self._session.modified:
            then()
            return
        name = self._session.path.name if self._session.path else self.tr("this graph")

        def save_first() -> None:
            self._save_then(then)

        self._questions.ask_unsaved(name, save_first, then)

    def _folder(self) -> Path:
        if self._session.path is not None and not is_example(self._session.path):
            return self._session.path.parent
        recent = self._settings.recent
        return recent[0].parent if recent else Path.home()

    def _suggestion(self) -> Path:
        name = self._session.path.name if self._session.path else f"{self.tr('untitled')}{SUFFIX}"
        return self._folder() / name


def is_example(path: Path) -> bool:
    """Whether a file is one of the program's own."""
    return assets.ROOT in path.resolve().parents


def _nothing() -> None:
    pass
