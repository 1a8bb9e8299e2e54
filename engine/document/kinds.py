"""The kinds of frames: what a rectangle around nodes means. A file may hold others: they are kept, and mean nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.sentence import says

WHILE = "while"
NO_GRAD = "no_grad"
COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class FrameKind:
    """One kind of frames, as a palette shows it beside the ops."""

    name: str
    doc: str
    aliases: tuple[str, ...]
    category: str = "control"


KINDS: Mapping[str, FrameKind] = {
    kind.name: kind
    for kind in (
        FrameKind(
            WHILE,
            says(
                "A loop: what stands in it runs again and again while the condition of its repeat_while is true. "
                "Its carry nodes are the variables that change from turn to turn."
            ),
            ("loop", "repeat", "iterate", "define by run", "for"),
        ),
        FrameKind(
            NO_GRAD,
            says(
                "torch.no_grad(): what stands in it computes without history. No gradient passes it, and leaves keep "
                "their own flag."
            ),
            ("torch.no_grad", "without gradient", "inference", "fence", "region"),
        ),
        FrameKind(
            COMMENT,
            says("A heading around some nodes. It changes nothing."),
            ("group", "note", "region", "heading"),
        ),
    )
}


def find_kind(name: str) -> FrameKind | None:
    """The kind of that name, or None."""
    return KINDS.get(name)
