"""Finding an op by what one types: its name, its symbol, another word for it, or its category."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .catalogue import OPS, Op

_NOWHERE = 9


def search(text: str, ops: Iterable[Op] | None = None, accepts: Callable[[Op], bool] | None = None) -> list[Op]:
    """The ops that `text` may mean, best first; an empty text gives all of them in their own order.

    Exact before prefix before substring, and at each of them the name before the symbol and the aliases; last come
    the ops of a category that begins with `text`. Ops that `accepts` refuses are left out.
    """
    wanted = " ".join(text.casefold().split())
    found = [op for op in (OPS.values() if ops is None else ops) if accepts is None or accepts(op)]
    if not wanted:
        return found
    ranks = {op.name: rank(wanted, op) for op in found}
    return sorted((op for op in found if ranks[op.name] < _NOWHERE), key=lambda op: ranks[op.name])


def rank(wanted: str, op: Op) -> int:
    """How well an op fits casefolded text: 0 is its very name, 9 not at all."""
    name = op.name.casefold()
    aliases = [alias.casefold() for alias in op.aliases]
    tests = (
        name == wanted,
        wanted in aliases,
        name.startswith(wanted),
        any(alias.startswith(wanted) for alias in aliases),
        any(f" {wanted}" in alias for alias in aliases),
        wanted in name,
        any(wanted in alias for alias in aliases),
        op.category.casefold().startswith(wanted),
    )
    return next((place for place, fits in enumerate(tests) if fits), _NOWHERE)


def symbol(op: Op) -> str:
    """The sign an op is written with (`×`, `@`, `√`), or nothing: a short alias that is not a word.

    First comes the one in its formula, then one from beyond ASCII: it is how one writes on paper. A sign that several
    ops of as many inputs could be called by (`@`) stands for the first of them only.
    """
    short = [alias for alias in op.aliases if len(alias) <= 3]
    signs = [alias for alias in short if not (alias.isascii() and alias.isalnum())]
    written = [alias for alias in short if op.formula.startswith(f"{alias}(")]  # ln(…)
    written += [sign for sign in signs if sign in op.formula]
    best = [*written, *(sign for sign in signs if not sign.isascii()), *signs, ""][0]
    rivals = (other for other in OPS.values() if best in other.aliases and len(other.ports) == len(op.ports))
    return best if next(rivals, op).name == op.name else ""
