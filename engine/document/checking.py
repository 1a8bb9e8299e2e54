"""Whether the records of a file fit together: ids, frames and edges, each error with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import networkx as nx

from .legal import MOST_NESTED
from .loops import lifted, links, looped
from .params import cut, quoted
from .problems import Problems
from .proposal import late, misfit
from .records import Edge, Frame, Json, Node


def ids_of(values: list[Json]) -> set[str]:
    """All ids that are given, those of bad records included, so that their edges are not called loose."""
    found = (value.get("id") for value in values if isinstance(value, dict))
    return {id for id in found if isinstance(id, str)}


def check_ids(values: Mapping[str, list[Json]], problems: Problems) -> None:
    """No id twice: nodes and frames have them in common."""
    first: dict[str, str] = {}
    for name in ("nodes", "frames"):
        for i, value in enumerate(values[name]):
            id = value.get("id") if isinstance(value, dict) else None
            place = f"{name}[{i}]"
            if isinstance(id, str) and first.setdefault(id, place) != place:
                problems.add(f"{place}.id", f"{quoted(id)} is the id of {first[id]} already")


def check_frames(nodes: dict[int, Node], frames: dict[int, Frame], known: set[str], problems: Problems) -> bool:
    """Every frame that is named exists, and none stands inside itself or too deep; whether that is so."""
    nesting: nx.DiGraph[str] = nx.DiGraph()
    nesting.add_edges_from((frame.frame, frame.id) for frame in frames.values() if frame.frame is not None)
    depth: dict[str, int] = {}
    try:
        for id in nx.topological_sort(nesting):
            depth[id] = 1 + max((depth[outer] for outer in nesting.pred[id]), default=0)
    except nx.NetworkXUnfeasible:
        depth = {}
    inside_itself = {
        id
        for group in nx.strongly_connected_components(nesting)
        for id in group
        if len(group) > 1 or nesting.has_edge(id, id)
    }
    before = problems.count
    for name, records in (("nodes", nodes), ("frames", frames)):
        for i, record in records.items():
            if record.frame is not None and record.frame not in known:
                problems.add(f"{name}[{i}].frame", f"there is no frame {quoted(record.frame)}")
            elif isinstance(record, Frame) and record.id in inside_itself:
                problems.add(f"{name}[{i}].frame", "a frame cannot stand inside itself")
            elif isinstance(record, Frame) and depth.get(record.id, 0) > MOST_NESTED:
                problems.add(f"{name}[{i}].frame", f"frames stand in each other {MOST_NESTED} deep at most")
    return problems.count == before


def check_edges(
    nodes: dict[int, Node], edges: dict[int, Edge], frames: dict[int, Frame] | None, known: set[str], problems: Problems
) -> None:
    """Every edge joins two nodes, goes into a free port that exists, and closes no cycle but a loop's.

    Without frames, because something is wrong with them, nobody knows which edges go back: the order of what stands
    in a frame is not judged then.
    """
    by_id = {node.id: node for node in nodes.values()}
    by_frame = {frame.id: frame for frame in (frames or {}).values()}
    placed = by_id if frames is not None else {id: node for id, node in by_id.items() if node.frame is None}
    loops = looped(by_id.values(), by_frame)
    taken: dict[tuple[str, str], int] = {}
    for i, edge in edges.items():
        ends = {"from": edge.source, "to": edge.target}
        missing = [(name, id) for name, id in ends.items() if id not in known]
        for name, id in missing:
            problems.add(f"edges[{i}].{name}", f"there is no node {quoted(id)}")
        if taken.setdefault(edge.key, i) != i:
            problems.add(
                f"edges[{i}]",
                f"edges[{taken[edge.key]}] goes into port {cut(edge.port)} of {cut(edge.target)} already",
            )
        if edge.source in by_id and edge.target in by_id:
            shown = replace(edge, port=cut(edge.port))
            source, target = _shown(by_id[edge.source]), _shown(by_id[edge.target])
            wrong = misfit(shown, source, target) or late(edge, source, target, loops[source.id], loops[target.id])
            problems.add_if(f"edges[{i}]", wrong)
    for group in nx.strongly_connected_components(links(placed, edges.values(), by_frame)):
        if len(group) > 1:
            i = next(i for i, edge in edges.items() if _joins(edge, placed, by_frame, group))
            names = sorted(map(cut, group))
            more = f" and {len(names) - 4} more" if len(names) > 4 else ""
            problems.add(f"edges[{i}]", f"a cycle: {', '.join(names[:4])}{more} depend on each other")


def _joins(edge: Edge, nodes: dict[str, Node], frames: dict[str, Frame], group: set[str]) -> bool:
    """Whether the edge joins two things of a group."""
    link = lifted(edge, nodes, frames) if edge.source in nodes and edge.target in nodes else None
    return link is not None and link[0] in group and link[1] in group


def _shown(node: Node) -> Node:
    """The node as a sentence about a file may quote it: short and ASCII."""
    return replace(node, title=cut(node.name))
