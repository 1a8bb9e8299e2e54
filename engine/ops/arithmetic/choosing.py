"""Every element of the result is one of the inputs': the gradient goes to the one that was chosen."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes, shapes
from engine.autograd.tensor import Tensor
from engine.op import op, spelled
from engine.ops.arithmetic.operators import only_tensors
from engine.ops.several import called


@op("greater of input and other", aliases=("max", "larger", "greater of two"), promote="common")
def maximum(input: Any, other: Any) -> Any:
    """The greater of two elements. In a tie each gets half of the gradient."""
    return np.maximum(input, other)


@maximum.gradient("input", "g if input > other, g / 2 in a tie, else 0")
def _(g: Any, input: Any, other: Any) -> Any:
    return np.where(input < other, 0, _halved_in_ties(g, input, other))


@maximum.gradient("other", "g if other > input, g / 2 in a tie, else 0")
def _(g: Any, input: Any, other: Any) -> Any:
    return np.where(other < input, 0, _halved_in_ties(g, input, other))


@op("less of input and other", aliases=("min", "smaller", "less of two"), promote="common")
def minimum(input: Any, other: Any) -> Any:
    """The less of two elements. In a tie each gets half of the gradient."""
    return np.minimum(input, other)


@minimum.gradient("input", "g if input < other, g / 2 in a tie, else 0")
def _(g: Any, input: Any, other: Any) -> Any:
    return np.where(input > other, 0, _halved_in_ties(g, input, other))


@minimum.gradient("other", "g if other < input, g / 2 in a tie, else 0")
def _(g: Any, input: Any, other: Any) -> Any:
    return np.where(other > input, 0, _halved_in_ties(g, input, other))


def _halved_in_ties(g: Any, input: Any, other: Any) -> Any:
    return np.where(input == other, g / 2, g)


@op("greater of input and other, not nan", aliases=("max", "larger", "ignore nan"), promote="common")
def fmax(input: Any, other: Any) -> Any:
    """The greater of two elements, of which nan is never chosen. In a tie the first gets the whole gradient."""
    return np.fmax(input, other)


@fmax.gradient("input", "g if input >= other else 0")
def _(g: Any, input: Any, other: Any) -> Any:
    return np.where((input >= other) | np.isnan(other), g, 0)


@fmax.gradient("other", "0 if input >= other else g")
def _(g: Any, input: Any, other: Any) -> Any:
    return np.where((input >= other) | np.isnan(other), 0, g)


@op("less of input and other, not nan", aliases=("min", "smaller", "ignore nan"), promote="common")
def fmin(input: Any, other: Any) -> Any:
    """The less of two elements, of which nan is never chosen. In a tie the first gets the whole gradient."""
    return np.fmin(input, other)


@fmin.gradient("input", "g if input <= other else 0")
def _(g: Any, input: Any, other: Any) -> Any:
    return np.where((input <= other) | np.isnan(other), g, 0)


@fmin.gradient("other", "0 if input <= other else g")
def _(g: Any, input: Any, other: Any) -> Any:
    return np.where((input <= other) | np.isnan(other), 0, g)


@op(
    "input kept between min and max",
    torch="torch.clamp({input}, {min}, {max})",
    also=("torch.clip",),
    aliases=("clip", "limit", "bounds", "between"),
    promote="common",
    overloads={"min": "ClampBackward1", "max": "ClampBackward1"},
)
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """Keeps every element between two bounds. What is outside becomes the bound, and lets no gradient through."""
    result = input if min is None else np.maximum(input, min)
    return result if max is None else np.minimum(result, max)


@clamp.check
def _(input: Any, min: Any, max: Any) -> None:
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    tensors = [isinstance(bound, (np.ndarray, np.generic)) for bound in (min, max) if bound is not None]
    if any(tensors) and not all(tensors):
        given = ", ".join("Tensor" if isinstance(v, (np.ndarray, np.generic)) else type(v).__name__ for v in (min, max))
        raise TypeError(
            f"clamp() received an invalid combination of arguments - got (Tensor, {given}), but expected one of: "
            "(Tensor input, Tensor min, Tensor max) or (Tensor input, Number min, Number max)"
        )


@clamp.gradient("input", "g if min <= input <= max else 0")
def _(g: Any, input: Any, min: Any, max: Any) -> Any:
    if min is None:
        return np.where(input <= max, g, 0)
    if max is None:
        return np.where(input >= min, g, 0)
    return np.where((input >= min) & (input <= max), g, 0)


@clamp.gradient("min", "g if input < min < max else 0")
def _(g: Any, input: Any, min: Any, max: Any) -> Any:
    return np.where(input < min if max is None else (input < min) & (min < max), g, 0)


@clamp.gradient("max", "g if input > max or max < min else 0")
def _(g: Any, input: Any, min: Any, max: Any) -> Any:
    return np.where(input > max if min is None else (input > max) | (max < min), g, 0)


@op(
    "input, at least min",
    torch="torch.clamp_min({input}, {min})",
    aliases=("clip", "limit", "lower bound", "at least"),
    promote="common",
    grad_fn="ClampMinBackward1",
    overloads={"min": "ClampMinBackward0"},
)
def clamp_min(input: Any, min: Any) -> Any:
    """Raises to the bound what is below it. There no gradient goes through."""
    return np.maximum(input, min)


@clamp_min.gradient("input", "g if input >= min else 0")
def _(g: Any, input: Any, min: Any) -> Any:
    return np.where(input >= min, g, 0)


@clamp_min.gradient("min", "g if input < min else 0")
def _(g: Any, input: Any, min: Any) -> Any:
    return np.where(input < min, g, 0)


@op(
    "input, at most max",
    torch="torch.clamp_max({input}, {max})",
    aliases=("clip", "limit", "upper bound", "at most"),
    promote="common",
    grad_fn="ClampMaxBackward1",
    overloads={"max": "ClampMaxBackward0"},
)
def clamp_max(input: Any, max: Any) -> Any:
    """Lowers to the bound what is above it. There no gradient goes through."""
    return np.minimum(input, max)


@clamp_max.gradient("input", "g if input <= max else 0")
def _(g: Any, input: Any, max: Any) -> Any:
    return np.where(input <= max, g, 0)


@clamp_max.gradient("max", "g if input > max else 0")
def _(g: Any, input: Any, max: Any) -> Any:
    return np.where(input > max, g, 0)


@op(
    "input if condition else other",
    torch="torch.where({condition}, {input}, {other})",
    aliases=("if", "choose", "select", "condition"),
    promote="common",
    apart=("condition",),
)
def where(condition: Any, input: Any, other: Any) -> Any:
    """Takes the first where the condition is true, and the second where it is not. So does the gradient."""
    return np.where(condition, input, other)


@where.check
def _(condition: Any, input: Any, other: Any) -> None:
    if condition.dtype not in (np.bool_, np.uint8):
        kind = dtypes.scalar_type(condition.dtype)
        raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {kind}")


@where.gradient("input", "g if condition else 0")
def _(g: Any, condition: Any) -> Any:
    return np.where(condition, g, 0)


@where.gradient("other", "0 if condition else g")
def _(g: Any, condition: Any) -> Any:
    return np.where(condition, 0, g)


@spelled("torch.where")
@called("where")
def torch_where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """One tensor or the other; of a condition alone, the places where it is true."""
    if input is None and other is None:
        return tuple(Tensor(places) for places in np.nonzero(np.atleast_1d(condition.array)))
    return where(condition, input, other)


@spelled("Tensor.where")
@called("where")
def tensor_where(self: Tensor, condition: Any, other: Any) -> Tensor:
    """The tensor itself where the condition is true."""
    return where(condition, self, other)


@op(
    "value if mask else input",
    torch="{input}.masked_fill({mask}, {value})",
    also=("torch.masked_fill",),
    aliases=("mask", "replace", "attention"),
    promote="common",
    apart=("mask", "value"),
    grad_fn="MaskedFillBackward1",
    overloads={"value": "MaskedFillBackward0"},
)
def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """Puts one number wherever the mask is true. There no gradient goes through."""
    return np.where(mask, value.astype(input.dtype), input)


@masked_fill.check
def _(input: Any, mask: Any, value: Any) -> None:
    shapes.broadcast(mask.shape, input.shape)
    value = np.asarray(value)
    if value.ndim:
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    if mask.dtype != np.bool_:
        kind = dtypes.type_name(mask.dtype)
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {kind}")
    dtypes.fitting(value.item(), input.dtype, "int" if input.dtype == np.int32 else f"{input.dtype.name}_t")


@masked_fill.gradient("input", "0 if mask else g")
def _(g: Any, mask: Any) -> Any:
    return np.where(mask, 0, g)


@masked_fill.gradient("value", "g if mask else 0")
def _(g: Any, mask: Any) -> Any:
    return np.where(mask, g, 0)


only_tensors(where, "condition")
for each in (maximum, minimum, fmax, fmin):
    only_tensors(each)
for each in (clamp, clamp_min, clamp_max):
    only_tensors(each, "input")
only_tensors(masked_fill, "input", "mask")


@op(
    "numbers for nan and infinities",
    aliases=("not a number", "infinity", "clean", "replace"),
)
def nan_to_num(input: Any, *, nan: float | None = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """Replaces what is no number: nan by 0, infinities by the largest numbers, unless others are given."""
    if input.dtype.kind != "f":
        return input.copy()
    limits = np.finfo(input.dtype)
    return np.nan_to_num(
        input,
        nan=0.0 if nan is None else nan,
        posinf=limits.max if posinf is None else posinf,
        neginf=limits.min if neginf is None else neginf,
    )


@nan_to_num.gradient("input", "g if isfinite(input) else 0")
def _(g: Any, input: Any) -> Any:
    return np.where(np.isfinite(input), g, 0)
