"""Other random numbers: what draws them has a seed, and another seed is another run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.sentence import says

from .catalogue import find
from .command import Command, Refused
from .graph import Graph
from .records import Change, Node

_SEEDS = 2**63
"""How many there are: 0 and up."""


def seed_param(node: Node) -> str | None:
    """The name of the param that seeds what the node draws; None if it draws nothing."""
    op = find(node.op)
    return next((param.name for param in op.params if param.kind == "seed"), None) if op is not None else None


def seeds(nodes: Mapping[str, Node], later: int = 0) -> dict[str, int]:
    """The seed of each node that draws random numbers, `later` runs from now; no seed counts as 0."""
    found: dict[str, int] = {}
    for id, node in nodes.items():
        name = seed_param(node)
        if name is not None:
            seed = node.params.get(name)
            found[id] = ((seed if isinstance(seed, int) else 0) + later) % _SEEDS
    return found


def seeded(node: Node, seed: int) -> Node:
    """The node with another seed. It must be one that draws random numbers."""
    name = seed_param(node)
    assert name is not None
    return replace(node, params={**node.params, name: seed})


def new_numbers(graph: Graph, ids: Iterable[str] | None = None) -> Command:
    """The next seed for these nodes, or for all if none of them has one. A node without a seed gets 0."""
    chosen = seeds({id: graph.nodes[id] for id in ids or () if id in graph.nodes})
    if not chosen:
        chosen = seeds(graph.nodes)
    if not chosen:
        raise Refused(says("Nothing here draws random numbers: add a rand or a randn."))
    changes = []
    for id, seed in chosen.items():
        before = graph.nodes[id]
        unseeded = before.params.get(seed_param(before) or "") is None
        changes.append(Change(before, seeded(before, 0 if unseeded else (seed + 1) % _SEEDS)))
    return Command(says("New numbers"), tuple(changes))


def set_seeds(graph: Graph, seeds: Mapping[str, int], run: int) -> Command:
    """Give nodes the seeds that they had in a run, which the sentence counts from 1."""
    changes = []
    for id, seed in seeds.items():
        before = graph.nodes.get(id)
        if before is None or seed_param(before) is None:
            raise Refused(says("The graph has changed since these runs: {id} draws no numbers any more.", id=id))
        after = seeded(before, seed)
        if after.params != before.params:
            changes.append(Change(before, after))
    return Command(says("Take the numbers of run {run}", run=run), tuple(changes))
