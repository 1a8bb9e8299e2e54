"""The verbs: each looks at a graph and returns the Command that would edit it, or raises Refused.

    history.do(connect(graph, "y", "mul1", "other"))

They are pure: none of them changes the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.sentence import says

from .asking import (
    both,
    contents,
    counted,
    frame_of,
    name_of,
    node_of,
    refuse,
    refuse_changes,
    refuse_illegal,
    refuse_param,
)
from .catalogue import find, ports
from .clipboard import copy, duplicate, paste
from .command import Command, Refused
from .framing import add_frame, dissolve, rename_frame, wrap
from .graph import Graph
from .legal import bad_id, bad_position, bad_title
from .naming import fresh_ids
from .params import plain, same, starting_params
from .placing import KEEP, move, move_frame, set_rect
from .records import Change, Edge, EdgeKey, Frame, Json, Node, Record, natural

__all__ = [
    "KEEP",
    "Command",
    "Refused",
    "add_connected",
    "add_frame",
    "add_node",
    "connect",
    "copy",
    "delete",
    "disconnect",
    "dissolve",
    "duplicate",
    "move",
    "move_frame",
    "paste",
    "reconnect",
    "rename",
    "rename_frame",
    "set_params",
    "set_rect",
    "wrap",
]


def add_node(
    graph: Graph,
    op: str,
    position: tuple[float, float],
    *,
    params: Mapping[str, Json] | None = None,
    title: str = "",
    id: str | None = None,
    inside: str | None = None,
) -> Command:
    """Add a node. Without ``params`` it starts with what its op needs to be seen (``ones`` with a size)."""
    if id is None:
        id = fresh_ids(graph)(op)
    elif id in graph.nodes:
        raise Refused(says("There is already a node {id}.", id=id))
    if inside is not None:
        frame_of(graph, inside)
    node = replace(_new_node(id, op, position, params, title), frame=inside)
    refuse_changes(graph, (Change(None, node),))
    return Command(says("Add {name}", name=title or op), (Change(None, node),), select=(id,))


def add_connected(
    graph: Graph,
    op: str,
    position: tuple[float, float],
    *,
    source: str | None = None,
    port: str | None = None,
    target: str | None = None,
    target_port: str | None = None,
    params: Mapping[str, Json] | None = None,
    title: str = "",
    inside: str | None = None,
) -> Command:
    """Add a node and its wire in one go: a wire was dropped in empty space.

    From an output: ``source`` goes into ``port`` of the new node, by default its first. From an input: the
    new node goes into ``target_port`` of ``target``. With both, the new node comes between the two.
    """
    added = add_node(graph, op, position, params=params, title=title, inside=inside)
    node = added.changes[0].after
    assert isinstance(node, Node)
    wanted = []
    if source is not None:
        names = ports(op)
        if not names:
            raise Refused(says("{op} has no inputs: it makes its own values.", op=op))
        wanted.append(Edge(source, node.id, port or names[0]))
    if target is not None and target_port is not None:
        wanted.append(Edge(node.id, target, target_port))
    changes = list(added.changes)
    for edge in wanted:
        refuse(graph.refusal(edge, changes))
        changes.append(Change(graph.edges.get(edge.key), edge))
    return replace(added, changes=tuple(changes))


def connect(graph: Graph, source: str, target: str, port: str) -> Command:
    """Wire the value of ``source`` into a port. An edge that is there already is replaced by this one.

    The inline number of the port stays in the params: cutting the wire brings it back.
    """
    edge = Edge(source, target, port)
    before = graph.edges.get(edge.key)
    text = says(
        "Connect {source} to {target}.{port}", source=name_of(graph, source), target=name_of(graph, target), port=port
    )
    if before is not None and before.source == source:
        return Command(text, ())
    refusal = graph.refusal(edge)
    if refusal:
        raise Refused(refusal)
    return Command(text, (Change(before, edge),))


def disconnect(graph: Graph, target: str, port: str) -> Command:
    """Cut the wire that goes into a port."""
    edge = graph.edges.get((target, port))
    if edge is None:
        raise Refused(says("Nothing is connected to {target}.{port}.", target=name_of(graph, target), port=port))
    text = says(
        "Disconnect {source} from {target}.{port}",
        source=name_of(graph, edge.source),
        target=name_of(graph, target),
        port=port,
    )
    return Command(text, (Change(edge, None),))


def reconnect(graph: Graph, key: EdgeKey, target: str, port: str) -> Command:
    """Take the end of a wire out of one port and put it into another, as one step."""
    edge = graph.edges.get(key)
    if edge is None:
        raise Refused(says("Nothing is connected to {target}.{port}.", target=key[0], port=key[1]))
    moved = replace(edge, target=target, port=port)
    text = says(
        "Move the wire from {source} to {target}.{port}",
        source=name_of(graph, edge.source),
        target=name_of(graph, target),
        port=port,
    )
    if moved.key == key:
        return Command(text, ())
    away = Change(edge, None)
    refuse(graph.refusal(moved, (away,)))
    return Command(text, (away, Change(graph.edges.get(moved.key), moved)))


def delete(
    graph: Graph, node_ids: Iterable[str], edge_keys: Iterable[EdgeKey] = (), frame_ids: Iterable[str] = ()
) -> Command:
    """Delete nodes with all their wires, single wires, and frames with all that stands in them."""
    roots = [frame_of(graph, id) for id in dict.fromkeys(frame_ids)]
    inside = {id for frame in roots for id in contents(graph, frame.id)}
    named = [node_of(graph, id) for id in dict.fromkeys(node_ids) if id not in inside]
    nodes = [*named, *(graph.nodes[id] for id in sorted(inside, key=natural) if id in graph.nodes)]
    frames = [*(graph.frames[id] for id in sorted(inside, key=natural) if id in graph.frames)]
    frames += [frame for frame in roots if frame.id not in inside]
    edges: dict[EdgeKey, Edge] = {edge.key: edge for edge in graph.incident(node.id for node in nodes)}
    alone = 0
    for key in edge_keys:
        if key not in graph.edges:
            raise Refused(says("Nothing is connected to {target}.{port}.", target=key[0], port=key[1]))
        alone += key not in edges
        edges[key] = graph.edges[key]
    things: list[Node | Frame] = [*named, *(frame for frame in roots if frame.id not in inside)]
    if not things and not edges:
        raise Refused(says("Nothing is selected to delete."))
    parts = [counted(things)] if things else []
    parts += [says("1 wire") if alone == 1 else says("{count} wires", count=alone)] if alone else []
    gone: list[Record] = [*edges.values(), *nodes, *frames]
    changes = tuple(Change(record, None) for record in gone)
    return Command(says("Delete {what}", what=both(*parts) if len(parts) == 2 else parts[0]), changes, select=())


def set_params(graph: Graph, id: str, values: Mapping[str, Json]) -> Command:
    """Set params of a node, or the inline numbers of its ports; None takes one away (back to the default).

    Runs of edits of the same params of a node become one step: a slider, or typing.
    """
    node = node_of(graph, id)
    op = find(node.op)
    if op is None:
        raise Refused(
            says("{name} is an unknown op ({op}): its params cannot be changed here.", name=node.name, op=node.op)
        )
    params = dict(node.params)
    for name, value in values.items():
        if value is None:
            params.pop(name, None)
            continue
        params[name] = plain(value)
        refuse_param(op, node.name, name, params[name])
    text = says("Set {names}", names=", ".join(f"{node.name}.{name}" for name in values))
    if same(params, node.params):
        return Command(text, ())
    merge = f"params {id} {' '.join(sorted(values))}"
    return Command(text, (Change(node, replace(node, params=params)),), merge)


def rename(graph: Graph, id: str, title: str) -> Command:
    """Give a node a title; an empty one shows its formula again."""
    node = node_of(graph, id)
    refuse_illegal(bad_title(title))
    text = (
        says("Rename {name} to {title}", name=node.name, title=title)
        if title
        else says("Remove the title of {name}", name=node.name)
    )
    if title == node.title:
        return Command(text, ())
    return Command(text, (Change(node, replace(node, title=title)),))


def _new_node(id: str, op: str, position: tuple[float, float], params: Mapping[str, Json] | None, title: str) -> Node:
    known = find(op)
    if known is None:
        raise Refused(says("There is no op {op}.", op=op))
    refuse_illegal(bad_id(id) or bad_position(position) or bad_title(title))
    given = starting_params(known) if params is None else params
    chosen = {name: plain(value) for name, value in given.items()}
    for name, value in chosen.items():
        refuse_param(known, op, name, value)
    return Node(id, op, chosen, position, title=title)
