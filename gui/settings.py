"""What the program remembers between runs: theme, recent files, the window's place."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from gui.theme import DARK, THEMES, Theme

RECENT = 10


class Settings:
    """A typed face on QSettings. Tests give it an ini file of their own."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store if store is not None else QSettings("Autograd Canvas", "Autograd Canvas")

    @property
    def theme(self) -> Theme:
        return THEMES.get(str(self._store.value("theme", DARK.name)), DARK)

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self._store.setValue("theme", theme.name)

    @property
    def reduced_motion(self) -> bool:
        return str(self._store.value("reduced_motion", "false")).lower() == "true"

    @reduced_motion.setter
    def reduced_motion(self, on: bool) -> None:
        self._store.setValue("reduced_motion", "true" if on else "false")

    @property
    def closed_categories(self) -> frozenset[str] | None:
        """The categories of the palette that were closed; None if none was ever opened or closed."""
        value = self._store.value("closed_categories")
        return None if value is None else frozenset(str(value).split())

    @closed_categories.setter
    def closed_categories(self, categories: frozenset[str]) -> None:
        self._store.setValue("closed_categories", " ".join(sorted(categories)))

    @property
    def recent(self) -> list[Path]:
        """The files opened or saved last, newest first, that still exist."""
        value = self._store.value("recent")
        texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [path for text in texts if (path := Path(str(text))).is_file()]

    def remember(self, path: Path) -> None:
        """Put a file at the head of the recent ones."""
        path = path.resolve()
        rest = [each for each in self.recent if each != path]
        self._store.setValue("recent", [str(each) for each in (path, *rest)][:RECENT])

    def is_empty(self) -> bool:
        """Whether nothing has been remembered yet."""
        return not self._store.allKeys()

    def bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_bytes(self, key: str, value: QByteArray) -> None:
        self._store.setValue(key, value)
