"""Finding an op or a kind of frame by what one types: its name, its symbol, another word for it, its name in torch, or
its category."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeAlias

from engine.ops.calling import names_of

from .catalogue import OPS, Op
from .kinds import KINDS, FrameKind

Entry: TypeAlias = Op | FrameKind
"""What can be put on a canvas."""

_NOWHERE = 99
_SHORTHANDS = (("f.", "torch.nn.functional."), ("functional.", "torch.nn.functional."), ("nn.", "torch.nn."),
               ("x.", "tensor."), ("linalg.", "torch.linalg."), ("special.", "torch.special."))  # fmt: skip
"""How programs begin the names of torch."""
_WORD = 4  # letters from which on the help is searched as well


def entries() -> list[Entry]:
    """All kinds of frames and all ops, in the order in which they are declared."""
    return [*KINDS.values(), *OPS.values()]


def search(text: str, among: Iterable[Entry] | None = None, accepts: Callable[[Op], bool] | None = None) -> list[Entry]:
    """The ops and frames that `text` may mean, best first; an empty text gives all of them in their own order.

    Exact before prefix before substring, and at each of them the name before the symbol and the aliases; last come
    the ops of a category that begins with `text`, and those whose help speaks of it. Ops that `accepts` refuses are
    left out, and so are all frames if it is given: it asks what can be wired.
    """
    typed = text.strip()
    known = entries() if among is None else among
    found = [each for each in known if accepts is None or (isinstance(each, Op) and accepts(each))]
    if not typed:
        return found
    ranks = {each.name: rank(typed, each) for each in found}
    return sorted((each for each in found if ranks[each.name] < _NOWHERE), key=lambda each: ranks[each.name])


def rank(typed: str, op: Entry) -> int:
    """How well an op fits a text: 0 is its very name, 99 not at all."""
    wanted = _folded(typed.removesuffix("()").removesuffix("("))
    if "." in wanted and wanted != ".":
        return _rank_dotted(wanted, op)
    name, aliases, last = _words(op)
    tests = (
        name == wanted,
        typed in op.aliases,  # Σ is no σ
        wanted in aliases,
        wanted in last,
        name.startswith(wanted),
        any(alias.startswith(wanted) for alias in (*aliases, *last)),
        any(f" {wanted}" in word for word in (name, *aliases)),
        wanted in name,
        any(wanted in alias for alias in (*aliases, *last)),
        op.category.startswith(wanted),
        len(wanted) >= _WORD and f" {wanted}" in f" {_folded(op.doc)}",
    )
    return next((place for place, fits in enumerate(tests) if fits), _NOWHERE)


def _rank_dotted(wanted: str, op: Entry) -> int:
    """By a name as programs write it: `F.gelu`, `torch.linalg.norm`, `x.sum`."""
    begun = next((long + wanted[len(short) :] for short, long in _SHORTHANDS if wanted.startswith(short)), wanted)
    names, last = [_folded(name) for name in _names(op)], wanted.rpartition(".")[2]
    tests = (
        begun in names,
        any(name.startswith(begun) for name in names),
        any(wanted in name for name in (*names, *map(_folded, op.aliases))),
        bool(last) and _folded(op.name).startswith(last),  # as numpy or another library calls it
    )
    return next((place for place, fits in enumerate(tests) if fits), _NOWHERE)


def _names(op: Entry) -> tuple[str, ...]:
    """Its names in torch; a kind of frame has them among its aliases."""
    return names_of(op) if isinstance(op, Op) else tuple(alias for alias in op.aliases if "." in alias)


@cache
def _words(op: Entry) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Its name, its aliases, and the last part of each of its names in torch."""
    last = (name.rpartition(".")[2] for name in _names(op))
    return _folded(op.name), tuple(map(_folded, op.aliases)), tuple(map(_folded, last))


def _folded(text: str) -> str:
    """As it is compared: without capitals, and `log_softmax` like `log softmax`."""
    return " ".join(text.casefold().replace("_", " ").split())


@cache
def symbol(op: Entry) -> str:
    """The sign an op is written with (`×`, `@`, `√`), or nothing: a short alias that is not a word.

    First comes the one in its formula, then one from beyond ASCII: it is how one writes on paper. A sign that several
    ops of as many inputs could be called by (`@`) stands for the first of them only.
    """
    if not isinstance(op, Op):
        return ""
    short = [alias for alias in op.aliases if len(alias) <= 3]
    signs = [alias for alias in short if not (alias.isascii() and alias.isalnum())]
    written = [alias for alias in short if op.formula.startswith(f"{alias}(") and alias not in OPS]  # ln(…)
    written += [sign for sign in signs if sign in op.formula]
    best = [*written, *(sign for sign in signs if not sign.isascii()), *signs, ""][0]
    rivals = (other for other in OPS.values() if best in other.aliases and len(other.ports) == len(op.ports))
    return best if next(rivals, op).name == op.name else ""
