"""Ids of new nodes and frames: the name of the op or of the kind and a number, ``mul1``."""

from __future__ import annotations

from collections.abc import Callable

from .graph import Graph


def fresh_ids(graph: Graph) -> Callable[[str], str]:
    """A function that gives, for an op, an id that is neither in the graph nor given before."""
    reached: dict[str, int] = {}
    given: set[str] = set()

    def fresh(op: str) -> str:
        number = reached.get(op, 0)
        id = ""
        while not id or id in graph.nodes or id in graph.frames or id in given:
            number += 1
            id = f"{op}{number}"
        reached[op] = number
        given.add(id)
        return id

    return fresh
