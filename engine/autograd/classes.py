"""The Function classes of an op, made from its declaration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.autograd.function import Function, Pull
from engine.op import Gradient, Op


class Plan:
    """How the gradients of an op find what they need among (*inputs, output), params and shapes."""

    __slots__ = ("keeps", "ports")

    def __init__(self, op: Op) -> None:
        names = [port.name for port in op.ports]
        places = {name: i for i, name in enumerate([*names, "output"])}
        self.ports: list[tuple[Gradient, tuple[tuple[bool, int], ...]] | None] = []
        wanted: list[set[int]] = []
        for name in names:
            gradient = op.gradients.get(name)
            if gradient is None:
                self.ports.append(None)
                wanted.append(set())
                continue
            sources = []
            for need in gradient.needs:
                shape = need not in places
                place = names.index(need.removesuffix("_shape")) if shape else places[need]
                sources.append((shape, place))
            self.ports.append((gradient, tuple(sources)))
            wanted.append({place for shape, place in sources if not shape})
        self.keeps: list[tuple[bool, ...] | None] = []
        """By the bit mask of the ports that need a gradient: which of (*inputs, output) to save."""
        for mask in range(1 << len(names)):
            places_kept = set().union(*(wanted[i] for i in range(len(names)) if mask >> i & 1))
            self.keeps.append(tuple(i in places_kept for i in range(len(names) + 1)) if places_kept else None)


def function_class(name: str, op: Op, pull: Pull, scalars: frozenset[int] = frozenset()) -> type[Function]:
    """The Function subclass that torch would print as `name`."""
    return type(name, (Function,), {"__slots__": (), "op": op, "pull": pull, "scalars": scalars})


def classes_of(op: Op) -> list[type[Function]]:
    """By the bit mask of the ports that hold numbers: the class that records."""
    plan = Plan(op)
    pull = pull_of(plan)
    usual = function_class(op.grad_fn, op, pull)
    classes = []
    for numbers in range(1 << len(op.ports)):
        kind = usual
        for i, port in enumerate(op.ports):
            if numbers >> i & 1 and port.name in op.overloads:
                kind = function_class(op.overloads[port.name], op, pull, frozenset((i,)))
        classes.append(kind)
    return classes


def named_classes(op: Op) -> dict[str, type[Function]]:
    """By a param whose being given changes the printed name: the class that records."""
    pull = pull_of(Plan(op))
    return {
        param.name: function_class(op.overloads[param.name], op, pull)
        for param in op.params
        if param.name in op.overloads
    }


def named_class(
    kind: type[Function], named: dict[str, type[Function]], settings: dict[str, Any], defaults: dict[str, Any]
) -> type[Function]:
    for name, other in named.items():
        if settings[name] != defaults[name]:
            return other
    return kind


def pull_of(plan: Plan) -> Callable[[Function, Any], Any]:
    """The `pull` of a Function class: a straight line for one or two ports without params, else a loop."""
    ports = plan.ports
    straight = [None if port is None or port[0].params else _straight(port[0].function, port[1]) for port in ports]
    if len(ports) == 1 and straight[0] is not None:
        only = straight[0]
        return lambda self, g: (only(g, self.saved),)
    if len(ports) == 2 and straight[0] is not None and straight[1] is not None:
        first, second = straight[0], straight[1]

        def both(self: Function, g: Any) -> Any:
            left, right = self.next
            if right is None:
                return first(g, self.saved), None
            return (None if left is None else first(g, self.saved)), second(g, self.saved)

        return both

    def pull(self: Function, g: Any) -> Any:
        saved, meta = self.saved, self.meta
        grads: list[Any] = []
        for target, port in zip(self.next, ports, strict=True):
            if target is None or port is None:
                grads.append(None)
                continue
            gradient, sources = port
            values = [meta[1][i] if shape else saved[i] for shape, i in sources]  # type: ignore[index]
            if gradient.params:
                settings = meta[0]  # type: ignore[index]
                grads.append(gradient.function(g, *values, **{name: settings[name] for name in gradient.params}))
            else:
                grads.append(gradient.function(g, *values))
        return grads

    return pull


def _straight(function: Callable[..., Any], sources: tuple[tuple[bool, int], ...]) -> Callable[..., Any] | None:
    """`function` over (g, saved), unpacked without a loop; None if it needs more than two saved values."""
    if any(shape for shape, _ in sources) or len(sources) > 2:
        return None
    places = [place for _, place in sources]
    if not places:
        return lambda g, saved: function(g)
    if len(places) == 1:
        (i,) = places
        return lambda g, saved: function(g, saved[i])
    i, j = places
    return lambda g, saved: function(g, saved[i], saved[j])
