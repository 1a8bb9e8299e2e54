"""What is wrong with a file: every error with its place, reported together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class FileError:
    """One thing that is wrong. ``place`` is ``nodes[3].params.dim`` or so, empty for the whole file."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class FileErrors(Exception):
    """A file that cannot be read or written. ``errors`` are the first 20, ``count`` is their number."""

    def __init__(self, errors: list[FileError], count: int | None = None) -> None:
        super().__init__(errors, count)
        self.errors = errors
        self.count = len(errors) if count is None else count

    def __str__(self) -> str:
        lines = [str(error) for error in self.errors]
        if self.count > len(lines):
            lines.append(f"and {self.count - len(lines)} more errors")
        return "\n".join(lines)


class Problems:
    """Collects errors while a file is being checked."""

    def __init__(self) -> None:
        self.errors: list[FileError] = []
        self.count = 0

    def add(self, place: str, message: str) -> None:
        self.count += 1
        if len(self.errors) < MOST_LISTED:
            self.errors.append(FileError(place, message))

    def add_if(self, place: str, message: str | None) -> None:
        if message:
            self.add(place, message)

    def stop(self, place: str, message: str) -> NoReturn:
        """An error after which nothing more can be read."""
        self.add(place, message)
        raise FileErrors(self.errors, self.count)

    def raise_any(self) -> None:
        """Raise FileErrors if there were any."""
        if self.count:
            raise FileErrors(self.errors, self.count)
