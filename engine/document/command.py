"""A Command: what a user does in one go, as a sentence and the changes that do it."""

from __future__ import annotations

from dataclasses import dataclass

from .records import Change


@dataclass(frozen=True, slots=True)
class Command:
    """``History.do`` performs it; making one changes nothing.

    Commands that follow each other with the same ``merge`` become one step of the history. ``select`` are
    the ids to select afterwards, None to leave the selection. No changes: the graph is already like that.
    """

    text: str
    changes: tuple[Change, ...]
    merge: str | None = None
    select: tuple[str, ...] | None = None


class Refused(Exception):
    """An edit that cannot be; its text is one sentence for the user."""

    @property
    def sentence(self) -> str:
        """The text as it was made: `str(refusal)` forgets a Sentence's template."""
        return self.args[0]
