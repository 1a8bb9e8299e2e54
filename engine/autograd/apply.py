"""From a declaration to a callable: takes tensors and numbers, computes, and records the history.

`bind(op)` is called once for every declared op. Two shapes of op are most of what a graph is made of, one or
two ports without params: these get a direct path of their own; everything they do not expect, and all other
ops, go through the general one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.arguments import constant, not_a_tensor, placed, settle, together, why_blocked
from engine.autograd.classes import Plan, classes_of, named_class, named_classes
from engine.autograd.function import Function, edge_of, next_number
from engine.autograd.mode import is_grad_enabled, is_inference_mode_enabled
from engine.autograd.tensor import Outdated, Tensor
from engine.op import Op

ndarray, float32 = np.ndarray, np.float32
new = object.__new__
Apply = Callable[..., Tensor]
NUMBERS = (int, float, np.generic)
"""What may stand in for a tensor where inputs are promoted."""


def bind(op: Op) -> None:
    """Give a declared op its `apply`."""
    if op.composite:
        op.applied[:] = [_composite(op)]
    elif op.variadic:
        op.applied[:] = [_many(op)]
    elif not op.ports:
        op.applied[:] = [_source(op)]
    else:
        general = _general(op)
        if len(op.ports) == 1:
            op.applied[:] = [_unary(op, general)]
        elif len(op.ports) == 2 and op.promote and not op.params:
            op.applied[:] = [_binary(op, general)]
        else:
            op.applied[:] = [general]


def operator(op: Op) -> Callable[[Any, Any], Any]:
    """The op of two ports as a Python operator: NotImplemented for what is neither a tensor nor a number."""
    apply = op.apply

    def checked(x: Any, y: Any = None) -> Any:
        return apply(x, y) if isinstance(y, (Tensor, *(NUMBERS if op.promote else ()))) else NotImplemented

    return _binary(op, checked) if op.promote else checked


def _unary(op: Op, general: Apply) -> Apply:
    """One port, with or without params."""
    compute = op.kernel
    kind, named = classes_of(op)[0], named_classes(op)
    keeps = Plan(op).keeps[1]
    keeps_input, keeps_output = keeps or (False, False)
    saves = keeps is not None
    defaults = {param.name: param.default for param in op.params}
    with_meta = bool(op.params) or any(
        need.endswith("_shape") for gradient in op.gradients.values() for need in (*gradient.needs, *gradient.params)
    )
    as_float, with_params, port = op.promote == "float", bool(op.params), op.ports[0].name
    differentiable, view = bool(op.gradients), op.view

    def apply(x: Any = None, *rest: Any, **params: Any) -> Tensor:
        if (
            (x.__class__ is not Tensor and x.__class__ is not Outdated)
            or rest
            or (params and (not with_params or port in params))
        ):
            return general(*(() if x is None else (x,)), *rest, **params)
        array = x.memory() if view else x.array
        wanted = x._requires_grad
        if as_float and not wanted and array.dtype.kind != "f":
            return general(x, **params)
        settings = settle(op, params) if params else defaults
        output = compute(array) if settings is defaults else compute(array, **settings)
        if view and output is array:
            output = array[...]
        if not (wanted and differentiable and is_grad_enabled()):
            result = _unrecorded(output, wanted and differentiable)
            if view:
                result.show(x, _mode_of_views())
            return result
        f = new(named_class(kind, named, settings, defaults) if params else kind)
        before, blocked = x.grad_fn, None
        if before is None:
            before = edge_of(x)
            if before is None:
                blocked = (why_blocked(x),)
        f.next = (before,)
        f.number = next_number()  # after what it goes on to, which an outdated view makes only now
        if saves:
            f.saved = (array if keeps_input else None, output if keeps_output else None)
        else:
            f.saved = None
        f.meta = None
        if with_meta:
            f.meta = (settings, (array.shape,), None if output.dtype is array.dtype else (array.dtype,))
        f.blocked = blocked
        f.mark = f.hooks = f.tag = None
        result = new(Tensor)
        result.array = output
        result.grad_fn = f
        result._requires_grad = True
        if view:
            result.show(x)
        return result

    return apply


def _binary(op: Op, general: Apply) -> Apply:
    """Two ports that broadcast and promote, no params."""
    compute = op.kernel
    differentiable = len(op.gradients) == 2
    if op.gradients and not differentiable:
        return general
    classes = classes_of(op)
    kind, number_kind = classes[0], classes[2]
    nothing = (False, False, False)
    _, keep_left, keep_right, keep_both = [keep or nothing for keep in Plan(op).keeps]
    as_float, port = op.promote == "float", op.ports[1].name
    composed = port in op.compositions
    takes_numbers = op.kernel is not op.function
    """A C kernel takes a Python number beside a numpy scalar as it is; beside an array, a 0-d array is quicker."""

    def apply(x: Any = None, y: Any = None, **params: Any) -> Tensor:
        if x.__class__ is not Tensor or params:
            given = (x, y) if y is not None else () if x is None else (x,)
            return general(*given, **params)
        a = x.array
        other = y.__class__
        next_y: Function | None = None
        blocked: Any = None
        if other is Tensor:
            b = y.array
            if a.__class__ is not b.__class__ or (
                a.__class__ is ndarray and (a.dtype is not b.dtype or a.shape != b.shape)
            ):
                return general(x, y)
            if not (x._requires_grad or y._requires_grad) or not differentiable or not is_grad_enabled():
                if as_float and a.dtype.kind != "f":
                    return general(x, y)
                return _unrecorded(compute(a, b), differentiable and (x._requires_grad or y._requires_grad))
            output = compute(a, b)
            f = new(kind)
            if y._requires_grad:
                next_y = y.grad_fn
                if next_y is None:
                    next_y = edge_of(y)
                    if next_y is None:
                        blocked = (None, why_blocked(y))
                keep = keep_both if x._requires_grad else keep_right
            else:
                keep = keep_left
                blocked = (None, why_blocked(y, keep[1]))
        elif (other is float or other is int) and not composed and (a.__class__ is float32 or a.dtype.kind == "f"):
            b = y if takes_numbers and a.__class__ is not ndarray else constant(y, a)
            output = compute(a, b)
            if not (x._requires_grad and differentiable and is_grad_enabled()):
                return _unrecorded(output, differentiable and x._requires_grad)
            f = new(number_kind)
            keep = keep_left
        else:
            return general(x, y) if y is not None else general(x)
        if x._requires_grad:
            next_x = x.grad_fn
            if next_x is None:
                next_x = edge_of(x)
                if next_x is None:
                    blocked = (why_blocked(x), blocked and blocked[1])
        else:
            next_x = None
            blocked = (why_blocked(x, keep[0]), blocked and blocked[1])
        f.next = (next_x, next_y)
        if keep is nothing:
            f.saved = None
        else:
            f.saved = (a if keep[0] else None, b if keep[1] else None, output if keep[2] else None)
        f.number = next_number()
        f.blocked = blocked
        f.meta = f.mark = f.hooks = f.tag = None
        result = new(Tensor)
        result.array = output
        result.grad_fn = f
        result._requires_grad = True
        return result

    return apply


def _mode_of_views() -> str | None:
    """The note on a view that is made here and now: where nothing is recorded it may not be changed later where it
    is."""
    return "inference" if is_inference_mode_enabled() else None if is_grad_enabled() else "no_grad"


def _unrecorded(array: Any, might_have: bool) -> Tensor:
    """A result without history; might_have: only the grad mode kept it from having one."""
    result = new(Tensor)
    result.array = array
    result.grad_fn = None
    result._requires_grad = False
    if is_inference_mode_enabled():
        result.origin = "inference"
    elif might_have:
        result.origin = "no_grad"
    return result


def _general(op: Op) -> Apply:
    """Any number of ports and params, numbers, promotion, broadcasting."""
    compute, count = op.function, len(op.ports)
    classes = classes_of(op)
    plan = Plan(op)
    defaults = {param.name: param.default for param in op.params}
    named = named_classes(op)
    as_float, promotes, checks = op.promote == "float", op.promote is not None, op.checks
    apart = frozenset(i for i, port in enumerate(op.ports) if port.name in op.apart)
    differentiable = bool(op.gradients)
    with_gradient = tuple(port is not None for port in plan.ports)
    optional = tuple(port.optional for port in op.ports)
    has_shape_needs = any(shape for port in plan.ports if port for shape, _ in port[1])
    with_meta = count > 1 or bool(op.params) or has_shape_needs

    def apply(*inputs: Any, **params: Any) -> Tensor:
        if len(inputs) != count:
            inputs = placed(op, inputs, params)
        settings = settle(op, params) if params else defaults
        arrays: list[Any] = []
        mask = numbers = 0
        bit = 1
        for x in inputs:
            if x.__class__ is Tensor or isinstance(x, Tensor):
                arrays.append(x.array)
                if x._requires_grad:
                    mask |= bit
            elif x is None and optional[len(arrays)]:
                arrays.append(None)
            elif promotes and isinstance(x, NUMBERS):
                arrays.append(x.item() if isinstance(x, np.generic) else x)
                numbers |= bit
            else:
                raise not_a_tensor(op, len(arrays), x)
            bit += bit
        if numbers:
            if numbers == bit - 1:
                raise not_a_tensor(op, 0, inputs[0])
            for i in range(count):
                if numbers >> i & 1 and op.ports[i].name in op.compositions:
                    return op.compositions[op.ports[i].name](*inputs)
        for check in checks:
            check(*arrays)
        before = arrays
        if promotes:
            arrays = together(arrays, numbers, as_float, apart)
        output = compute(*arrays, **settings)
        if not mask or not differentiable or not is_grad_enabled():
            return _unrecorded(output, bool(mask) and differentiable)
        result = new(Tensor)
        result.array = output
        f = new(named_class(classes[numbers], named, settings, defaults) if named else classes[numbers])
        keep = plan.keeps[mask]
        edges: list[Any] = []
        sizes: list[Any] = []
        blocked: list[str | None] | None = None
        kind, cast = output.dtype, False
        for i, x in enumerate(inputs):
            edge = None
            if x.__class__ is Tensor or isinstance(x, Tensor):
                if x._requires_grad:
                    if before[i].dtype is not kind:
                        cast = True
                    if with_gradient[i]:
                        edge = x.grad_fn
                        if edge is None:
                            edge = edge_of(x)
                if edge is None:
                    if blocked is None:
                        blocked = [None] * count
                    blocked[i] = why_blocked(x, keep is not None and keep[i])
            edges.append(edge)
            if with_meta:
                sizes.append(None if x is None else arrays[i].shape)
        f.next = tuple(edges)
        f.number = next_number()  # after what it goes on to, which an outdated view makes only now
        f.blocked = None if blocked is None else tuple(blocked)
        f.saved = None
        if keep is not None:
            arrays.append(output)
            f.saved = tuple([v if k else None for v, k in zip(arrays, keep)])  # noqa: B905  # as long by their making
        f.meta = None
        if with_meta:
            kinds = tuple([v.dtype if mask >> i & 1 else None for i, v in enumerate(before[:count])]) if cast else None
            f.meta = (settings, tuple(sizes), kinds)
        f.mark = f.hooks = f.tag = None
        result.grad_fn = f
        result._requires_grad = True
        return result

    return apply


def _many(op: Op) -> Apply:
    """Any number of tensors, which meet in one dtype if the op says so."""
    compute, differentiable = op.function, bool(op.gradients)
    kind = classes_of(op)[0]
    as_float, name = op.promote == "float", op.order[0]

    def apply(*inputs: Any, **params: Any) -> Tensor:
        if not inputs and name in params:
            inputs = tuple(params.pop(name))
        given = tuple([x for x in inputs if x is not None])
        for i, x in enumerate(given):
            if not isinstance(x, Tensor):
                raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
        settings = settle(op, params)
        arrays = [x.array for x in given]
        for check in op.checks:
            check(*arrays)
        before = arrays
        if op.promote is not None and arrays:
            wanted = dtypes.promoted(tuple(arrays))
            if as_float and wanted.kind != "f":
                wanted = dtypes.numpy_dtype(None)
            arrays = [a if a.dtype == wanted else a.astype(wanted) for a in arrays]
        output = compute(*arrays, **settings)
        tracked = any(x._requires_grad for x in given)
        if not tracked or not differentiable or not is_grad_enabled():
            return _unrecorded(output, tracked and differentiable)
        f = new(kind)
        f.next = tuple([edge_of(x) if x._requires_grad else None for x in given])
        f.number = next_number()
        f.saved = None
        sizes = tuple([a.shape for a in arrays])
        cast = any(a.dtype is not output.dtype for a in before)
        f.meta = (settings, sizes, tuple([a.dtype for a in before]) if cast else None)
        f.blocked = None
        if not all(f.next):
            f.blocked = tuple([None if edge else why_blocked(x) for x, edge in zip(given, f.next, strict=True)])
        f.mark = f.hooks = f.tag = None
        result = new(Tensor)
        result.array = output
        result.grad_fn = f
        result._requires_grad = True
        return result

    return apply


def _source(op: Op) -> Apply:
    """No ports: a leaf."""
    defaults = {param.name: param.default for param in op.params}

    def apply(*inputs: Any, **params: Any) -> Tensor:
        if inputs:
            raise TypeError(f"{op.name}() takes 0 positional arguments but {len(inputs)} was given")
        settings = settle(op, params) if params else defaults
        wanted = settings.get("requires_grad", False)
        if not isinstance(wanted, bool):
            raise TypeError(f"{op.name}(): argument 'requires_grad' must be bool, not {type(wanted).__name__}")
        if "size" in settings and min(settings["size"], default=0) < 0:
            size = list(settings["size"])
            raise RuntimeError(f"Trying to create tensor with negative dimension {min(size)}: {size}")
        return Tensor(op.function(**settings), wanted)

    return apply


def _composite(op: Op) -> Apply:
    """Written in other ops: they record, this only places the arguments."""
    count, function, variadic = len(op.ports), op.function, op.variadic

    def apply(*inputs: Any, **params: Any) -> Any:
        if variadic:
            inputs = tuple([x for x in (inputs or params.pop(op.order[0], ())) if x is not None])
        elif len(inputs) != count:
            inputs = placed(op, inputs, params)
        for i, x in enumerate(inputs):
            if not isinstance(x, Tensor) and (variadic or x is not None or not op.ports[i].optional):
                raise not_a_tensor(op, min(i, count - 1), x)
        return function(*inputs, **settle(op, params)) if params else function(*inputs)

    return apply
