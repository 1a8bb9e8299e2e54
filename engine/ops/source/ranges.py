"""Numbers in order, evenly spaced or by powers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.tensor import Tensor
from engine.op import Dtype, op, spelled
from engine.ops.calling import make
from engine.ops.source.arguments import number


@op("start … end", torch="torch.arange({start}, {end}, {step})", aliases=("range", "count", "sequence"))
def arange(
    *,
    start: int | float = 0,
    end: int | float = 5,
    step: int | float = 1,
    dtype: Dtype = None,
    requires_grad: bool = False,
) -> Any:
    """Evenly spaced numbers from start up to, but without, end."""
    if not (step > 0 or step < 0):
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(number, int) for number in (start, end, step))
    kind = (np.dtype(np.int64) if whole else dtypes.numpy_dtype(None)) if dtype is None else dtypes.numpy_dtype(dtype)
    if kind.kind in "iu" and not whole:  # torch counts in whole bounds, and for the smaller integers does not
        bounds = (start, end, step)
        start, end, step = (int(bound) for bound in bounds)
        if kind != np.int64:
            steps = np.arange(math.ceil((bounds[1] - bounds[0]) / bounds[2]))
            return (start + steps * step).astype(kind)
        if step == 0:
            raise ValueError("step must be nonzero")
        whole = True
    steps = np.arange(int(-((start - end) // step)) if whole else math.ceil((end - start) / step))
    return (start + steps * step).astype(kind)


@spelled("torch.arange")
def arange_between(*bounds: Any, **params: Any) -> Tensor:
    """`arange(end)`, `arange(start, end)`, `arange(start, end, step)`."""
    if len(bounds) > 3 or not (bounds or params):
        given = ", ".join(type(bound).__name__ for bound in bounds)
        raise TypeError(
            f"arange() received an invalid combination of arguments - got ({given}), but expected one of:\n"
            " * (Number end)\n * (Number start, Number end)\n * (Number start, Number end, Number step = 1)\n"
        )
    names = ("end",) if len(bounds) == 1 and "end" not in params else ("start", "end", "step")
    params |= dict(zip(names, bounds, strict=False))
    if "end" not in params:
        raise TypeError('arange() missing 1 required positional arguments: "end"')
    for place, name in enumerate(names, 1):
        if name in params:
            params[name] = number("arange", name, place, params[name])
    return make(arange, params)


def _spaced(start: float, end: float, steps: int, inner: np.dtype[Any]) -> Any:
    """torch counts from both ends to the middle, with one rounding for each number."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    first, last = inner.type(start), inner.type(end)
    step = np.float64((last - first) / inner.type(max(steps - 1, 1)))
    places = np.arange(steps)
    from_end = np.float64(last) - step * (steps - 1 - places)
    return np.where((places < steps // 2) | (steps == 1), np.float64(first) + step * places, from_end).astype(inner)


def _inner(kind: np.dtype[Any]) -> np.dtype[Any]:
    return kind if kind == np.float64 else np.dtype(np.float32)


@op(
    "start … end",
    torch="torch.linspace({start}, {end}, {steps})",
    aliases=("range", "interval", "grid", "evenly spaced"),
    required=("start", "end", "steps"),
)
def linspace(
    *, start: float = 0.0, end: float = 1.0, steps: int = 5, dtype: Dtype = None, requires_grad: bool = False
) -> Any:
    """As many evenly spaced numbers as you want from start to end, both included."""
    kind = dtypes.numpy_dtype(dtype)
    if kind.kind in "iu":
        start, end = int(start), int(end)
    return _spaced(start, end, steps, _inner(kind)).astype(kind)


@op(
    "base ^ (start … end)",
    torch="torch.logspace({start}, {end}, {steps}, {base})",
    aliases=("logarithmic", "powers", "grid"),
    required=("start", "end", "steps", "base"),
)
def logspace(
    *,
    start: float = 0.0,
    end: float = 2.0,
    steps: int = 3,
    base: float = 10.0,
    dtype: Dtype = None,
    requires_grad: bool = False,
) -> Any:
    """Powers of a base with evenly spaced exponents: each is the same multiple of the one before."""
    kind = dtypes.numpy_dtype(dtype)
    inner = _inner(kind)
    return np.power(inner.type(base), _spaced(start, end, steps, inner)).astype(kind)


def _interval(op_: Any, names: tuple[str, ...], bounds: tuple[Any, ...], params: dict[str, Any]) -> Tensor:
    params |= dict(zip(names, bounds, strict=False))
    missing = [f'"{name}"' for name in names[:3] if name not in params]
    if missing or not isinstance(params["steps"], int):
        given = ", ".join(type(bound).__name__ for bound in bounds)
        raise TypeError(
            f"{op_.name}() received an invalid combination of arguments - got ({given}), but expected one of:\n"
            f" * (Number start, Number end, int steps{', float base = 10.0' if 'base' in names else ''})\n"
        )
    ends = [params[name] for name in ("start", "end")]
    if any(isinstance(end, Tensor) and end.ndim for end in ends):
        sizes = [end.ndim if isinstance(end, Tensor) else 0 for end in ends]
        raise RuntimeError(
            f"{op_.name} only supports 0-dimensional start and end tensors, but got start with {sizes[0]} "
            f"dimension(s) and end with {sizes[1]} dimension(s)."
        )
    for place, name in enumerate(("start", "end"), 1):
        params[name] = float(number(op_.name, name, place, params[name]))
    return make(op_, params)


@spelled("torch.linspace")
def linspace_between(*bounds: Any, **params: Any) -> Tensor:
    """`linspace(start, end, steps)`."""
    return _interval(linspace, ("start", "end", "steps"), bounds, params)


@spelled("torch.logspace")
def logspace_between(*bounds: Any, **params: Any) -> Tensor:
    """`logspace(start, end, steps, base=10.0)`."""
    return _interval(logspace, ("start", "end", "steps", "base"), bounds, {"base": 10.0, **params})
