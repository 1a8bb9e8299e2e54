"""What a node is called in code: by its title, where that can be an identifier, else by its id."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable

from engine.document.records import Node

LONGEST = 40
TAKEN = frozenset({"torch", "np", "base64"})


def variables(nodes: Iterable[Node]) -> dict[str, str]:
    """A variable of its own for each of these nodes, by id. Of several that have one title the first gets it, the
    others get it with a number."""
    nodes = list(nodes)
    given = {node.id: node.title.strip() for node in nodes}
    titles = {id: name for id, title in given.items() if title.isidentifier() and _fits(name := _typeable(title))}
    found: dict[str, str] = {}
    taken = set(TAKEN)
    for id, title in titles.items():
        if title not in taken:
            found[id] = title
            taken.add(title)
    for node in sorted(nodes, key=lambda node: node.id not in titles):
        if node.id not in found:
            found[node.id] = _free(titles.get(node.id) or _identifier(node.id), taken)
            taken.add(found[node.id])
    return {node.id: found[node.id] for node in nodes}


def _typeable(title: str) -> str:
    """As Python reads identifiers; the dot of `x·1`, which it takes for a letter, is on no keyboard."""
    return unicodedata.normalize("NFKC", title).replace("\N{MIDDLE DOT}", "_")


def _fits(name: str) -> bool:
    return name.isidentifier() and len(name) <= LONGEST and not keyword.iskeyword(name) and not name.startswith("__")


def _identifier(id: str) -> str:
    """An identifier made of an id."""
    name = re.sub(r"\W", "_", _typeable(id))[:LONGEST].lstrip("_")
    name = name if _fits(name) else f"node_{name}"
    return name if _fits(name) else "node"


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken."""
    if name not in taken:
        return name
    number = next(number for number in range(2, len(taken) + 3) if f"{name}_{number}" not in taken)
    return f"{name}_{number}"
