"""What is shown, kept in step with the session: faces, wires and frames are made anew where something changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice

import numpy as np
from PySide6.QtCore import QObject, QRectF, Signal, SignalInstance

from engine.autograd import Tensor
from engine.document.formulas import NAME_DEPTH
from engine.document.kinds import WHILE
from engine.document.loops import CARRY, Turn, chain
from engine.document.records import Change, Edge, EdgeKey, Frame, Node
from engine.run.evaluate import Run
from engine.run.log import Accumulate, Deliver, Seed
from engine.run.replay import State
from gui.canvas.faces import Wire, face
from gui.canvas.frames import FrameFace, frame_title, own
from gui.canvas.look import Look
from gui.canvas.nesting import Nested
from gui.canvas.preview import Preview
from gui.canvas.wires import stop
from gui.scale import GradScale, InkScale
from gui.session import Session
from gui.spoken import spoken
from gui.theme import DARK, Theme

MANY_STEPS = 500  # from here on everything is made anew, not what the steps touched


class Shown(Nested):
    """`repaint` names the parts of the picture that changed; None means all of it."""

    repaint = Signal(object)  # list[QRectF] | None
    preview_changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(session, parent)
        self.look = Look(DARK)
        self.shows_gradients = False
        self.preview = Preview()
        self._selection: frozenset[str | EdgeKey] = frozenset()
        self._shown_step = 0
        self._shown_run: Run | None = None
        self._links: tuple[tuple[SignalInstance, Callable[..., None]], ...] = (
            (session.opened, self._rebuild),
            (session.changed, self._follow_changes),
            (session.evaluated, self._follow_run),
            (session.selection_changed, self._follow_selection),
            (session.turns.changed, self._follow_turn),
            (session.player.loaded, self._follow_log),
            (session.player.moved, self._follow_player),
        )
        for signal, slot in self._links:
            signal.connect(slot)

    def dispose(self) -> None:
        """Cut every connection; called once, before the scene goes."""
        for signal, slot in self._links:
            signal.disconnect(slot)
        self._links = ()

    # Following the session ---------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self.look = Look(theme, self.look.inks, self.look.grads)
        self.repaint.emit(None)

    def _rebuild(self) -> None:
        self.drop_all()
        self._shown_run = None
        self._refresh(self.session.graph.nodes, self.session.graph.frames)
        self.repaint.emit(None)

    def _follow_changes(self, changes: tuple[Change, ...]) -> None:
        touched: set[str] = set()
        frames: set[str] = set()
        rects: list[QRectF] = []
        graph = self.session.graph
        for change in changes:
            before, after = change.before, change.after
            record = after or before
            frames |= {each.frame for each in (before, after) if isinstance(each, Node | Frame) and each.frame}
            if isinstance(record, Node):
                touched.add(record.id)
                if isinstance(before, Node) and isinstance(after, Node) and _renamed(before, after):
                    touched |= self._named_after(record.id)
                if after is None:
                    rects += self.drop_node(record.id)
            elif isinstance(record, Edge):
                touched |= {record.target, *self._named_after(record.target)}
                if isinstance(before, Edge) and (after is None):
                    rects += self.drop_wire(before.key)
            elif isinstance(record, Frame):
                if after is None:
                    rects += self.drop_frame(record.id)
                else:
                    frames |= self.within(record.id)[1]
        frames |= {frame for id in touched if id in graph.nodes and (frame := graph.nodes[id].frame)}
        rects += self._refresh((id for id in touched if id in graph.nodes), (id for id in frames if id in graph.frames))
        self.repaint.emit(rects)

    def _named_after(self, id: str) -> set[str]:
        """The nodes whose formulas may spell out what `id` computes."""
        graph = self.session.graph
        named, front = set[str](), {id} & graph.nodes.keys()
        for _ in range(NAME_DEPTH + 1):
            front = {edge.target for each in front for edge in graph.consumers(each)}
            named |= front
        return named

    def _follow_run(self) -> None:
        """Show a new run: only nodes whose result is another object have anything new to show."""
        run, before = self.session.run, self._shown_run
        self._shown_run = run
        old_inks = self.look.inks
        self._rescale_inks()
        nodes, frames = self.session.graph.nodes, self.session.graph.frames
        if run is None or before is None:
            rects = self._refresh(nodes, frames)
        else:
            rects = self._refresh(
                (id for id in run.results if id in nodes and _came_anew(id, run, before)),
                frames,
            )
        self.repaint.emit(rects if self.look.inks == old_inks else None)

    def _follow_turn(self, frame: str) -> None:
        """Another turn of a loop is looked at: all that stands in it shows that one. Where the player has leapt to it,
        everything is about to be made anew."""
        leapt = abs(self.session.player.done - self._shown_step) > MANY_STEPS
        if frame in self.session.graph.frames and not leapt:
            nodes, frames = self.within(frame)
            self.repaint.emit(self._refresh(nodes, frames))

    def _follow_log(self) -> None:
        gradients = [
            event.value if isinstance(event, Seed) else event.delta if isinstance(event, Accumulate) else event.grad
            for event in self.session.player.log
            if isinstance(event, Seed | Deliver | Accumulate)
        ]
        self.look = Look(self.look.theme, self.look.inks, GradScale.of(gradients))
        self.shows_gradients = bool(gradients)
        self._shown_step = self.session.player.done
        self._refresh(self.session.graph.nodes, self.session.graph.frames)
        self.repaint.emit(None)

    def _follow_player(self) -> None:
        player = self.session.player
        if player.done == self._shown_step:
            self.preview_changed.emit()  # only the packets moved
            return
        first, last = sorted((max(0, self._shown_step), player.done))
        self._shown_step = player.done
        nodes = self.session.graph.nodes
        if last - first > MANY_STEPS:
            self._refresh(nodes, self.session.graph.frames)
            self.repaint.emit(None)
        else:
            self.repaint.emit(self._refresh(id for id in self._touched(first, last) if id in nodes))
        self.preview_changed.emit()

    def _touched(self, first: int, last: int) -> set[str]:
        """The nodes that something happened at between two steps."""
        player = self.session.player
        touched: set[str] = set()
        for step in player.steps[first:last]:
            for event in player.log[step.start : step.stop]:
                touched.add(getattr(event, "node", ""))
                edge = getattr(event, "edge", None)
                if edge is not None:
                    touched.add(edge[0])
        return touched

    def _follow_selection(self) -> None:
        changed = self._selection ^ self.session.selection
        self._selection = self.session.selection
        rects = [self.faces[key].rect() for key in changed if key in self.faces]
        rects += [self.wires[key].rect() for key in changed if key in self.wires]
        rects += [self.frames[key].bounds() for key in changed if key in self.frames]
        self.repaint.emit(rects)

    def _rescale_inks(self) -> None:
        run = self.session.run
        if run is None:
            return
        tensors = (result.tensor for result in islice(run.results.values(), 512))
        inks = InkScale.of([np.asarray(tensor.array) for tensor in tensors if tensor is not None])
        self.look = Look(self.look.theme, inks, self.look.grads)

    # Making anew -------------------------------------------------------------------------------------------------

    def _refresh(self, ids: Iterable[str], frames: Iterable[str] = ()) -> list[QRectF]:
        """Make the faces of these nodes and frames and the wires at them anew; return what must be painted."""
        graph, run = self.session.graph, self.session.run
        player, turns = self.session.player, self.session.turns
        state = player.state() if player.count else None
        rects: list[QRectF] = []
        moved: dict[EdgeKey, None] = {}  # in order: what is made first lies lowest
        outgrown = set(frames)
        for id in list(ids):
            node, before = graph.nodes[id], self.faces.get(id)
            edges = graph.inputs(id)
            turn = turns.shown(id)
            result = run.at(id, turn) if run is not None and _same_op(run, node) else None
            new = face(graph, id, result, state, turn)
            rects += self.put_node(new)
            moved.update(dict.fromkeys(edge.key for edge in (*edges.values(), *graph.consumers(id))))
            if node.frame is not None and (before is None or before.rect() != new.rect()):
                outgrown.add(node.frame)
        rects += self._refresh_frames(outgrown, moved)
        for key in moved:
            rects += self._refresh_wire(graph.edges[key])
        return rects

    def _refresh_frames(self, ids: Iterable[str], moved: dict[EdgeKey, None]) -> list[QRectF]:
        """Make frames and those around them anew, from the inside out. Wires that go back in them are `moved`."""
        graph = self.session.graph
        rects: list[QRectF] = []
        depths = {frame.id: depth for id in ids for depth, frame in enumerate(chain(id, graph.frames))}
        for id in sorted(depths, key=lambda id: -depths[id]):
            rects += self.put_frame(self._frame_face(graph.frames[id], depths[id]))
            moved.update({(carry, "next"): None for carry in own(graph, id, CARRY) if (carry, "next") in graph.edges})
        return rects

    def _frame_face(self, frame: Frame, depth: int) -> FrameFace:
        rect = QRectF(*frame.rect).united(self.least_rect(frame.id))
        shown = FrameFace(frame.id, frame.kind, frame_title(self.session.graph, frame), rect, depth)
        run, turns = self.session.run, self.session.turns
        if frame.kind != WHILE or run is None or frame.id not in run.snapshot.frames:
            return shown
        loop = run.loops.get((frame.id, turns.around(frame.id)))
        stopped, tried = (spoken(loop.stopped or ""), loop.tried) if loop is not None else ("", False)
        return replace(
            shown,
            turns=turns.count(frame.id),
            shown=turns.turn(frame.id),
            needs=stopped if tried else "",
            note=spoken(loop.note or "") if loop is not None else "",
            error="" if tried else stopped,
        )

    def _refresh_wire(self, edge: Edge) -> list[QRectF]:
        if edge.source not in self.faces or edge.target not in self.faces:
            return []
        player = self.session.player
        state = player.state() if player.count else None
        turn = self._turn_along(edge, state)
        tensor = self._carried(edge, turn)
        blocked = state.blocked_at(edge.key, turn) if state else ""
        wire = Wire(
            key=edge.key,
            source=edge.source,
            start=self.faces[edge.source].output_point(),
            end=self.faces[edge.target].input_point(edge.port),
            known=tensor is not None,
            tracked=tensor is not None and tensor.requires_grad,
            gradient=state.edge_at(edge.key, turn) if state else None,
            blocked=blocked,
            stop=stop(self.session.graph.nodes[edge.target].op, blocked),
            back=self.lane_of(edge),
            later=self._leaves_later(edge, turn),
        )
        return self.put_wire(wire)

    def _turn_along(self, edge: Edge, state: State | None) -> Turn:
        """The turn of its target that a wire is shown in. One that goes back looks like the turn of its source, which
        it leads out of; while the gradient for the turn before waits on it, like that one."""
        run, turn = self.session.run, self.session.turns.shown(edge.target)
        if run is None or not turn or edge.key not in run.snapshot.edges or not run.goes_back(edge):
            return turn
        if state and turn[-1] and state.parked_for(edge.key, run.read(edge, turn)):
            return turn
        source = run.clamped(edge.source, turn)
        return (*turn[:-1], source[len(turn) - 1] + 1) if source else turn

    def _leaves_later(self, edge: Edge, turn: Turn) -> bool:
        """Whether a wire leaves a loop, which is over then, while its source shows an earlier turn."""
        run = self.session.run
        if run is None or edge.source not in run.around or edge.key not in run.snapshot.edges:
            return False
        then = run.read(edge, turn)[1]
        shown = self.session.turns.shown(edge.source)
        return then is not None and len(then) > len(turn) and then != shown

    def _carried(self, edge: Edge, turn: Turn) -> Tensor | None:
        """The value on a wire when the node at its end is in `turn`."""
        run = self.session.run
        if run is None or edge.key not in run.snapshot.edges:
            return run.tensor(edge.source) if run is not None else None
        there = turn if run.goes_back(edge) else run.clamped(edge.target, turn)
        return run.tensor_at_or_none(run.read(edge, there)) if there is not None else None


def _renamed(before: Node, after: Node) -> bool:
    """Whether a node's formula or title may read differently."""
    return before.title != after.title or before.params != after.params


def _came_anew(id: str, run: Run, before: Run) -> bool:
    """Whether a node has another result than before, in a loop: whether the loop ran again."""
    if run.results[id] is not before.results.get(id):
        return True
    outermost = run.around.get(id, ())[:1]
    return any(run.loops.get((loop, ())) is not before.loops.get((loop, ())) for loop in outermost)


def _same_op(run: Run, node: Node) -> bool:
    before = run.snapshot.nodes.get(node.id)
    return before is not None and before.op == node.op
