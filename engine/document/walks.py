"""Walks through a graph that may be deep and wide: no recursion, and each node once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping


def reached(ids: Iterable[str], neighbours: Mapping[str, Iterable[str]]) -> set[str]:
    """The nodes at the end of every way from any of these, one step or more: O(V + E) for all together."""
    found: set[str] = set()
    ahead = list(ids)
    while ahead:
        new = set(neighbours[ahead.pop()]) - found
        found |= new
        ahead.extend(new)
    return found


def cycle(start: str, successors: Callable[[str], Iterable[str]], done: set[str]) -> list[str] | None:
    """The first cycle, walking depth first from ``start``, in the order of the walk; fills ``done``."""
    if start in done:
        return None
    path, ahead = {start: None}, [(start, iter(successors(start)))]
    while ahead:
        id, targets = ahead[-1]
        for target in targets:
            if target in path:
                walked = list(path)
                return walked[walked.index(target) :]
            if target not in done:
                path[target] = None
                ahead.append((target, iter(successors(target))))
                break
        else:
            ahead.pop()
            del path[id]
            done.add(id)
    return None
