"""What a node is called in code: by its title, where that is a free identifier, else by its id."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable

from engine.document.records import Node

LONGEST = 40
TAKEN = frozenset({"torch", "np", "base64"})


def variables(nodes: Iterable[Node]) -> dict[str, str]:
    """A variable of its own for each of these nodes, by id. Of two that have one title the first gets it."""
    nodes = list(nodes)
    found: dict[str, str] = {}
    taken = set(TAKEN)
    for node in nodes:
        title = node.title.strip()
        if title.isidentifier() and (title := _normal(title)) not in taken and _fits(title):
            found[node.id] = title
            taken.add(title)
    for node in nodes:
        if node.id not in found:
            found[node.id] = _free(_normal(node.id), taken)
            taken.add(found[node.id])
    return {node.id: found[node.id] for node in nodes}


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)  # as Python reads identifiers


def _fits(name: str) -> bool:
    return name.isidentifier() and len(name) <= LONGEST and not keyword.iskeyword(name) and not name.startswith("__")


def _free(id: str, taken: set[str]) -> str:
    """An identifier made of an id, the next with a number where it is taken."""
    name = re.sub(r"\W", "_", id)[:LONGEST].lstrip("_")
    name = name if _fits(name) else f"node_{name}"
    name = name if _fits(name) else "node"
    if name not in taken:
        return name
    number = next(number for number in range(2, len(taken) + 3) if f"{name}_{number}" not in taken)
    return f"{name}_{number}"
