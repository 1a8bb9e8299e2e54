"""The same numbers in another dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.device import device as Device
from engine.autograd.tensor import Tensor
from engine.op import Dtype, op, spelled


@op(
    "input as dtype",
    torch="{input}.to({dtype})",
    aliases=("dtype", "cast", "astype", "convert", "double", "float", "int"),
    grad_fn="ToCopyBackward0",
    required=("dtype",),
    composite=True,
)
def to(input: Any, *, dtype: Dtype = None) -> Any:
    """The same numbers in another dtype. Only floats pass gradients on."""
    return (cast if dtypes.numpy_dtype(dtype).kind == "f" else cast_to_integers)(input, dtype=dtype)


@to.gradient("input", "g")
def _(g: Any) -> Any:
    return g  # the engine casts it


@op("input as dtype", public=False, grad_fn="ToCopyBackward0")
def cast(input: Any, *, dtype: Dtype = None) -> Any:
    """The same numbers in another dtype of floats."""
    with np.errstate(over="ignore"):
        return input.astype(dtypes.numpy_dtype(dtype))


@cast.gradient("input", "g")
def _(g: Any) -> Any:
    return g  # the engine casts it


@op("input as dtype", public=False)
def cast_to_integers(input: Any, *, dtype: Dtype = None) -> Any:
    """The same numbers as integers or booleans, which have no gradient."""
    with np.errstate(invalid="ignore"):  # nan as an integer is whatever the machine makes of it
        return input.astype(dtypes.numpy_dtype(dtype))


@spelled("Tensor.to")
def converted(
    input: Tensor,
    *args: Any,
    dtype: Any = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """`x.to(torch.float64)`, `x.to(other)`, `x.to("cpu")`: the tensor itself where nothing changes."""
    flags = [arg for arg in args if isinstance(arg, bool)]
    for arg in args:
        if isinstance(arg, Tensor):
            dtype = arg.dtype
        elif isinstance(arg, (dtypes.DType, type)):
            dtype = arg
        elif not isinstance(arg, bool) and arg is not None:
            device = arg
    if device is not None and (kind := Device(device).type) != "cpu":
        raise AssertionError(f"Torch not compiled with {kind.upper()} enabled")
    wanted = input.array.dtype if dtype is None else dtypes.numpy_dtype(dtype)
    if wanted == input.array.dtype and not (copy or flags[1:] == [True]):
        return input
    return to(input, dtype=wanted.name)


@spelled("Tensor.type_as")
def type_as(input: Tensor, other: Tensor) -> Tensor:
    """In the dtype of another tensor."""
    return converted(input, other.dtype)


@spelled("Tensor.type")
def typed(input: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """In another dtype; without one, the old name of the kind of tensor: "torch.FloatTensor"."""
    if dtype is None:
        return f"torch.{input.dtype.scalar_type}Tensor"
    if isinstance(dtype, str):
        names = {f"torch.{known.scalar_type}Tensor": known for known in dtypes.DTYPES.values()}
        if dtype not in names:
            raise ValueError(f"invalid type: '{dtype}'")
        dtype = names[dtype]
    return converted(input, dtype)


def _method(dtype: dtypes.DType) -> Callable[..., Tensor]:
    def method(input: Tensor, memory_format: Any = None) -> Tensor:
        return converted(input, dtype)

    return method


METHODS = {
    "bool": dtypes.bool_,
    "byte": dtypes.uint8,
    "char": dtypes.int8,
    "short": dtypes.int16,
    "int": dtypes.int32,
    "long": dtypes.int64,
    "half": dtypes.float16,
    "float": dtypes.float32,
    "double": dtypes.float64,
}
"""`x.double()` and its like."""

for _name, _dtype in METHODS.items():
    spelled(f"Tensor.{_name}")(_method(_dtype))
