"""Where the history of a value comes from, or what ended it: what one reads while hovering over a wire.

A wire is solid exactly if the value that it carries has history. `history` follows it back through the run: to the
leaves that brought it, and the inputs that they came in through; or to what cut it off.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.document.kinds import NO_GRAD
from engine.document.loops import CARRY, Place, Turn, chain
from engine.document.records import Edge, EdgeKey
from engine.op import OPS
from engine.run.result import Run
from engine.sentence import Sentence, says

Name = Callable[[str], str]
"""What a node or a frame is called, by its id; a frame that has no title is called nothing."""
Kind = Literal["detach", "data", "no_grad", "constant", "integer", "boolean", "number", "new"]
CUTS: tuple[Kind, ...] = ("detach", "data", "no_grad")
"""What keeps history from a value although something with history went in."""

MOST_PLACES = 1000
"""After so many places the walk goes no further round a loop: it looks at the first turn of the rest."""
MOST_NAMES = 2


@dataclass(frozen=True, slots=True)
class End:
    """One reason why there is no history: the node where it ended, and the fence around that, if it was one."""

    kind: Kind
    node: str
    fence: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one value's history.

    `ways` are the inputs of the node that made it through which history came, each with the leaves it came from; a leaf
    has none. `trail` are all wires it came along, nearest first. `ends` say why there is none, a cut before all else.
    `cut` says what takes it off where the wire goes.
    """

    node: str
    carried: bool
    ways: tuple[tuple[str, tuple[str, ...]], ...] = ()
    trail: tuple[EdgeKey, ...] = ()
    ends: tuple[End, ...] = ()
    cut: Kind | None = None

    @property
    def stop(self) -> Kind | None:
        """What ended it, or ends it here; None if it goes on."""
        return self.ends[0].kind if self.ends else self.cut


def history(run: Run, edge: Edge, turn: Turn = ()) -> History | None:
    """The history of the value that an edge carries while its target is in `turn` (by default the last); None if it
    carries none, as that into a carry's `next` in the first turn."""
    at = run.clamped(edge.target, turn)
    place = _place(*run.read(edge, at)) if at is not None else None
    tensor = run.tensor_at(*place) if place is not None else None
    if place is None or tensor is None:
        return None
    if not tensor.requires_grad:
        return History(edge.source, False, ends=_ends(run, place))
    trail: dict[EdgeKey, None] = {}
    ways: dict[str, tuple[str, ...]] = {}
    for key, giver in _givers(run, place):
        trail[key] = None
        ways[key[1]] = _leaves(run, giver, trail)
    return History(edge.source, True, tuple(ways.items()), tuple(trail), cut=_cut(run.snapshot.nodes[edge.target].op))


def _leaves(run: Run, start: Place, trail: dict[EdgeKey, None]) -> tuple[str, ...]:
    """The leaves from which history came to a place, nearest first; `trail` takes in the wires on the way."""
    found: dict[str, None] = {}

    def beyond(place: Place) -> list[Place]:
        givers = _givers(run, place)
        if not givers:
            found[place[0]] = None
        trail.update(dict.fromkeys(key for key, _ in givers))
        return [giver for _, giver in givers]

    _walk(run, start, beyond)
    return tuple(found)


def _ends(run: Run, start: Place) -> tuple[End, ...]:
    """Why a value has no history: what is nearest, but a cut before all else."""
    found: dict[End, None] = {}

    def beyond(place: Place) -> list[Place]:
        givers = [giver for _, giver in _inputs(run, place)]
        end = _end(run, place, givers)
        if end is None:
            return givers
        found[end] = None
        return []

    _walk(run, start, beyond)
    cuts = tuple(end for end in found if end.kind in CUTS)
    return cuts or tuple(found)


def _walk(run: Run, start: Place, beyond: Callable[[Place], list[Place]]) -> None:
    """Visit places, nearest first; `beyond` says where to go on from one. What is much too far away in a loop is
    visited in its first turn only, where it came in."""
    seen, front = {start}, deque([start])
    while front:
        for place in beyond(front.popleft()):
            if len(seen) >= MOST_PLACES and place[1]:
                place = _place(place[0], run.clamped(place[0], (0,) * len(place[1]))) or place
            if place not in seen:
                seen.add(place)
                front.append(place)


def _end(run: Run, place: Place, givers: Sequence[Place]) -> End | None:
    """Why history ends at a place. None if there was none to lose there: that is for its inputs to say."""
    node = place[0]
    record, tensor = run.snapshot.nodes[node], run.tensor_at(*place)
    op = OPS[record.op]
    lost = any(_tracked(run, giver) for giver in givers)
    if tensor is None or (givers and not lost):
        return None
    if lost and (cut := _cut(op.name)) is not None:
        return End(cut, node)
    if not tensor.is_floating_point():
        return End("boolean" if tensor.array.dtype.kind == "b" else "integer", node)
    fence = next((frame for frame in reversed(chain(record.frame, run.snapshot.frames)) if frame.kind == NO_GRAD), None)
    if lost and fence is not None:
        return End("no_grad", node, fence.id)
    if op.ports and not lost:
        return End("number", node)
    return End("constant" if any(param.name == "requires_grad" for param in op.params) else "new", node)


def _cut(op: str) -> Kind | None:
    """What a node of `op` does to the history of its input, if it is there to end it."""
    return "detach" if op == "detach" else "data" if op == "data" else None


# The run, place by place ---------------------------------------------------------------------------------------------


def _inputs(run: Run, place: Place) -> list[tuple[EdgeKey, Place]]:
    """The wires that bring the inputs of a place, and where they come from: one of a carry, which is only a name."""
    read = ((edge.key, _place(*run.read(edge, place[1]))) for edge in run.ports(*place).values())
    return [(key, giver) for key, giver in read if giver is not None]


def _givers(run: Run, place: Place) -> list[tuple[EdgeKey, Place]]:
    """The inputs through which history came to a place. A leaf has none: it begins there."""
    tensor = run.tensor_at(*place)
    if tensor is None or (tensor.is_leaf and run.snapshot.nodes[place[0]].op != CARRY):
        return []
    return [(key, giver) for key, giver in _inputs(run, place) if _tracked(run, giver)]


def _place(node: str, turn: Turn | None) -> Place | None:
    return None if turn is None else (node, turn)


def _tracked(run: Run, place: Place) -> bool:
    tensor = run.tensor_at(*place)
    return tensor is not None and tensor.requires_grad


# In words ------------------------------------------------------------------------------------------------------------


def sentence(of: History, called: Name) -> Sentence:
    """What a history is, for the learner; `called` gives the names."""
    if not of.carried:
        reasons = [_reason(end, called) for end in _distinct(of.ends)[:MOST_NAMES]]
        return says("No history: {reasons}.", reasons=_joined(reasons)) if reasons else says("No history.")
    ways = _ways(of, called)
    match of.cut:
        case "detach":
            return says("Carries history: {ways}. It ends here: detach cuts it off.", ways=ways)
        case "data":
            return says(
                "Carries history: {ways}. It ends here: .data hands on bare numbers, unseen by autograd.", ways=ways
            )
    return says("Carries history: {ways}.", ways=ways)


def _ways(of: History, called: Name) -> Sentence:
    """How history came; of a leaf, why it begins there."""
    if not of.ways:
        return says("requires_grad is on at {leaf}", leaf=called(of.node))
    ports: dict[tuple[str, ...], list[str]] = {}
    for port, leaves in of.ways:
        ports.setdefault(leaves, []).append(port)
    first, *rest = ports.items()
    return _joined(
        [
            says("{leaves} brought it through {ports}", leaves=_names(first[0], called), ports=_and(first[1])),
            *(says("{leaves} through {ports}", leaves=_names(each, called), ports=_and(by)) for each, by in rest),
        ]
    )


def _distinct(ends: Sequence[End]) -> list[End]:
    """One fence is one reason, however many nodes in it end a history."""
    return list({(end.kind, end.fence or end.node): end for end in reversed(ends)}.values())[::-1]


def _reason(end: End, called: Name) -> Sentence:
    match end.kind:
        case "detach":
            return says("{node} cut it off", node=called(end.node))
        case "data":
            return says("{node} is the bare data, unseen by autograd", node=called(end.node))
        case "no_grad":
            frame = called(end.fence)
            return says("computed under no_grad in {frame}", frame=frame) if frame else says("computed under no_grad")
        case "constant":
            return says("requires_grad is off at {leaf}", leaf=called(end.node))
        case "integer":
            return says("{node} holds integers, which have no gradient", node=called(end.node))
        case "boolean":
            return says("{node} is true or false, which has no gradient", node=called(end.node))
        case "number":
            return says("{node} is made of plain numbers", node=called(end.node))
    return says("{node} is made anew, whatever goes in", node=called(end.node))


def _names(leaves: Sequence[str], called: Name) -> str:
    names = [called(leaf) for leaf in leaves[:MOST_NAMES]]
    more = len(leaves) - len(names)
    return says("{names} and {count} more", names=", ".join(names), count=more) if more else _and(names)


def _and(names: Sequence[str]) -> str:
    return says("{one} and {other}", one=names[0], other=names[1]) if len(names) == 2 else ", ".join(names)


def _joined(parts: Sequence[Sentence]) -> Sentence:
    """Clauses one after the other, each still a sentence of its own to the translator."""
    whole = parts[0]
    for part in parts[1:]:
        whole = says("{before}, {after}", before=whole, after=part)
    return whole
