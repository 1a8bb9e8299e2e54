"""What ids, titles and positions may be. A Graph refuses the rest, and so does a file."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.sentence import says

LONGEST_ID = 100
LONGEST_TITLE = 1000
FARTHEST = 1e9
MOST_NESTED = 64
"""How deep frames may stand in each other."""


def bad_id(text: str) -> str | None:
    """Why this cannot be an id or the name of an op or a port; None if it can."""
    if not text:
        return says("an id cannot be empty")
    if len(text) > LONGEST_ID:
        return says("an id has at most {most} characters", most=LONGEST_ID)
    if not text.isprintable():  # line breaks, NUL, writing direction, lone surrogates
        return says("an id holds printable characters only")
    return None


def bad_title(text: str) -> str | None:
    """Why this cannot be a title; None if it can."""
    if len(text) > LONGEST_TITLE:
        return says("a title has at most {most} characters", most=LONGEST_TITLE)
    return bad_text(text)


def bad_text(text: str) -> str | None:
    """Why this text cannot stand in a file; None if it can."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return says("half of a surrogate pair is not a character")
    return None


def bad_position(position: Sequence[float]) -> str | None:
    """Why this cannot be a position; None if it can."""
    if all(math.isfinite(x) and abs(x) <= FARTHEST for x in position):
        return None
    return says("a position is finite and within {most:.0e}", most=FARTHEST)


def bad_rect(rect: Sequence[float]) -> str | None:
    """Why this cannot be the rectangle of a frame; None if it can."""
    return bad_position(rect) or ("a rectangle has no negative size" if min(rect[2:]) < 0 else None)
