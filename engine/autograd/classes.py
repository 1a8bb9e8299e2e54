"""The Function classes of an op, made from its declaration."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from engine.autograd.function import Function, Pull
from engine.op import Gradient, Op


class Plan:
    """How the gradients of an op find what they need among (*inputs, output), params and shapes."""

    __slots__ = ("keeps", "keywords", "names", "ports")

    def __init__(self, op: Op) -> None:
        self.names = [port.name for port in op.ports]
        self.ports: list[tuple[Gradient, tuple[tuple[bool, int], ...]] | None] = []
        self.keywords: list[tuple[tuple[str, int | None], ...]] = []
        """For each port: the keywords of its gradient function, with the port whose shape they are, if they are one."""
        self.keeps: list[tuple[bool, ...] | None] = []
        """By the bit mask of the ports that need a gradient: which of (*inputs, output) to save."""
        if op.variadic:
            return
        names = [port.name for port in op.ports]
        places = {name: i for i, name in enumerate([*names, "output"])}
        wanted: list[set[int]] = []
        for name in names:
            gradient = op.gradients.get(name)
            if gradient is None:
                self.ports.append(None)
                self.keywords.append(())
                wanted.append(set())
                continue
            sources = []
            for need in gradient.needs:
                shape = need not in places
                place = names.index(need.removesuffix("_shape")) if shape else places[need]
                sources.append((shape, place))
            self.ports.append((gradient, tuple(sources)))
            self.keywords.append(tuple((key, shape_of(key, names)) for key in gradient.params))
            wanted.append({place for shape, place in sources if not shape})
        holds = {param.name for param in op.params if param.kind == "numbers"}  # places are tensors to torch
        for mask in range(1 << len(names)):
            asked = [i for i in range(len(names)) if mask >> i & 1]
            kept = set().union(*(wanted[i] for i in asked))
            held = any(key in holds for i in asked for key, _ in self.keywords[i])
            self.keeps.append(tuple(i in kept for i in range(len(names) + 1)) if kept or held else None)


def shape_of(key: str, names: list[str]) -> int | None:
    """The place of the port whose shape is asked for, as in `input_shape`."""
    port = key.removesuffix("_shape")
    return names.index(port) if port != key and port in names else None


def function_class(name: str, op: Op, pull: Pull, scalars: frozenset[int] = frozenset()) -> type[Function]:
    """The Function subclass that torch would print as `name`."""
    return type(
        name, (Function,), {"__slots__": (), "__module__": "builtins", "op": op, "pull": pull, "scalars": scalars}
    )


def classes_of(op: Op) -> list[type[Function]]:
    """By the bit mask of the ports that hold numbers: the class that records."""
    plan = Plan(op)
    pull = pull_of(plan)
    if op.variadic:
        return [function_class(op.grad_fn, op, _pull_of_many(op))]
    usual = function_class(op.grad_fn, op, pull)
    classes = []
    for numbers in range(1 << len(op.ports)):
        kind = usual
        for i, port in enumerate(op.ports):
            if numbers >> i & 1 and port.name in op.overloads:
                name = op.overloads[port.name]
                alike = frozenset(j for j, other in enumerate(op.ports) if op.overloads.get(other.name) == name)
                kind = function_class(name, op, pull, alike)
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


def pull_of(plan: Plan) -> Pull:
    """The `pull` of a Function class: a straight line for what most of a graph is made of, else a loop."""
    straight = [_straight(port, keys) for port, keys in zip(plan.ports, plan.keywords, strict=True)]
    if len(straight) == 1 and straight[0] is not None:
        return _pull_of_one(*straight[0])
    if len(straight) == 2 and straight[0] is not None and straight[1] is not None:
        return _pull_of_two(straight[0], straight[1])
    return _pull_of_any(plan)


Straight = tuple[Callable[..., Any] | None, tuple[int, ...]]
"""A gradient function, None for one that passes on what comes, and the places of what it takes."""


def _straight(port: Any, keys: tuple[Any, ...]) -> Straight | None:
    """The gradient function of a port and the places of the saved values that it takes, if it takes nothing else."""
    if port is None or keys:
        return None
    gradient, sources = port
    if len(sources) > 2 or any(shape for shape, _ in sources):
        return None
    function = gradient.function
    if gradient.formula in _IN_C and len(sources) == 1:
        function = _IN_C[gradient.formula]
    elif gradient.formula == "g" and not sources:
        function = None
    return function, tuple(place for _, place in sources)


_IN_C: dict[str, Callable[..., Any]] = {
    f"g {sign} {name}": compute
    for sign, compute in (("×", operator.mul), ("/", operator.truediv))
    for name in ("input", "other", "output")
}
"""Gradients that Python computes without a call of a function of ours; a test holds them equal to the declared ones."""


def _pull_of_one(function: Callable[..., Any] | None, places: tuple[int, ...]) -> Pull:
    if function is None:
        return lambda self, g: (g,)
    if not places:
        return lambda self, g: (function(g),)
    if len(places) == 1:
        (i,) = places
        return lambda self, g: (function(g, self.saved[i]),)
    i, j = places
    return lambda self, g: (function(g, self.saved[i], self.saved[j]),)


def _pull_of_two(first: Straight, second: Straight) -> Pull:
    f, left_places = first
    h, right_places = second
    if f is None and not right_places:  # a sum, a difference

        def neither(self: Function, g: Any) -> Any:
            left, right = self.next
            return None if left is None else g, None if right is None else g if h is None else h(g)

        return neither
    if f is not None and h is not None and len(left_places) == len(right_places) == 1:  # a product
        (i,), (j,) = left_places, right_places

        def each(self: Function, g: Any) -> Any:
            left, right = self.next
            saved = self.saved
            if right is None:
                return f(g, saved[i]), None
            return None if left is None else f(g, saved[i]), h(g, saved[j])

        return each

    def both(self: Function, g: Any) -> Any:
        left, right = self.next
        saved = self.saved
        return (
            None if left is None else g if f is None else f(g, *[saved[place] for place in left_places]),
            None if right is None else g if h is None else h(g, *[saved[place] for place in right_places]),
        )

    return both


def _pull_of_any(plan: Plan) -> Pull:
    ports, keywords = plan.ports, plan.keywords

    def pull(self: Function, g: Any) -> Any:
        saved, meta = self.saved, self.meta
        grads: list[Any] = []
        for target, port, keys in zip(self.next, ports, keywords, strict=True):
            if target is None or port is None:
                grads.append(None)
                continue
            gradient, sources = port
            values = [meta[1][i] if shape else saved[i] for shape, i in sources]  # type: ignore[index]
            if keys:
                grads.append(gradient.function(g, *values, **keyword_values(meta, keys)))
            else:
                grads.append(gradient.function(g, *values))
        return grads

    return pull


def keyword_values(meta: Any, keys: tuple[tuple[str, int | None], ...]) -> dict[str, Any]:
    """What a gradient function asks for by keyword."""
    settings, sizes, _ = meta
    return {key: settings[key] if place is None else sizes[place] for key, place in keys}


def _pull_of_many(op: Op) -> Pull:
    """The `pull` of an op of any number of tensors."""
    gradient = op.gradients.get(op.order[0])

    def pull(self: Function, g: Any) -> Any:
        grads: list[Any] = []
        for place, target in enumerate(self.next):
            if target is None or gradient is None:
                grads.append(None)
            else:
                grads.append(gradient.function(g, **many_values(self.meta, gradient, place)))
        return grads

    return pull


def many_values(meta: Any, gradient: Gradient, place: int) -> dict[str, Any]:
    """What the gradient function of an op of any number of tensors asks for."""
    settings, sizes, _ = meta
    known = {**settings, "place": place, "sizes": sizes}
    return {key: known[key] for key in gradient.params}
