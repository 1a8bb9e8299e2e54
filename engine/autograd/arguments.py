"""What is given to an op, made ready for its function: numbers, dtypes, params."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes, shapes
from engine.autograd.tensor import Tensor
from engine.op import Op, Param

ndarray = np.ndarray

_CONSTANTS: dict[Any, dict[float, Any]] = {}


def constant(number: float, like: Any) -> Any:
    """A Python number as a 0-d value of `like`'s dtype: what numpy multiplies with fastest."""
    kind = like.dtype if like.__class__ is ndarray else like.__class__
    table = _CONSTANTS.get(kind)
    if table is None:
        table = _CONSTANTS[kind] = {}
    value = table.get(number)
    if value is None:
        scalar = like.dtype.type(number)
        value = np.asarray(scalar) if like.__class__ is ndarray else scalar
        if number != 0 and len(table) < 4096:  # 0.0 and -0.0 are equal, but not the same
            table[number] = value
    return value


def why_blocked(tensor: Tensor) -> str:
    """Why no gradient goes to a tensor."""
    if tensor.origin is not None:
        return tensor.origin
    if tensor.array.dtype.kind != "f":
        return "integer" if tensor.array.dtype.kind in "iu" else "boolean"
    return "constant: requires_grad is False"


def together(arrays: list[Any], numbers: int, as_float: bool) -> list[Any]:
    """The inputs in the dtype in which torch computes, numbers as 0-d values; checks that shapes
    broadcast."""
    first = arrays[0]
    if len(arrays) == 1:
        return [first.astype(dtypes.numpy_dtype(None))] if as_float and first.dtype.kind != "f" else arrays
    wanted = dtypes.promoted(tuple(arrays))
    if as_float and wanted.kind != "f":
        wanted = dtypes.numpy_dtype(None)
    shape: tuple[int, ...] = ()
    for i, array in enumerate(arrays):
        if not numbers >> i & 1:
            shape = shapes.broadcast(shape, array.shape)
    return [
        np.asarray(dtypes.wrapped(array, wanted), wanted)[()]
        if numbers >> i & 1
        else (array if array.dtype == wanted else array.astype(wanted))
        for i, array in enumerate(arrays)
    ]


def not_a_tensor(op: Op, index: int, given: Any) -> TypeError:
    return TypeError(
        f"{op.name}(): argument '{op.ports[index].name}' (position {index + 1}) must be Tensor, "
        f"not {type(given).__name__}"
    )


def placed(op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, ...]:
    """Inputs that were given by name, or left out because they may be."""
    found = list(inputs)
    if len(found) > len(op.ports):
        raise TypeError(f"{op.name}() takes {len(op.ports)} positional arguments but {len(found)} were given")
    for port in op.ports[len(found) :]:
        if port.name in params:
            found.append(params.pop(port.name))
        elif port.optional:
            found.append(None)
        else:
            raise TypeError(f'{op.name}() missing 1 required positional arguments: "{port.name}"')
    return tuple(found)


def settle(op: Op, params: dict[str, Any]) -> dict[str, Any]:
    """All params of an op: the given ones as its function expects them (JSON lists become tuples), defaults
    for the rest. TypeError for a name that the op does not have."""
    settings = {param.name: param.default for param in op.params}
    for param in op.params:
        if param.name in params:
            settings[param.name] = _settled(param, params[param.name])
    if len(params) > len(settings) or not settings.keys() >= params.keys():
        unknown = next(name for name in params if name not in settings)
        raise TypeError(f"{op.name}() got an unexpected keyword argument '{unknown}'")
    return settings


def _settled(param: Param, value: Any) -> Any:
    if param.kind == "shape":
        return (value,) if isinstance(value, int) else tuple(value)
    if param.kind == "dims" and isinstance(value, list):
        return tuple(value)
    if param.kind == "float" and isinstance(value, str):
        return 2.0 if value == "fro" else float(value)  # JSON has no inf; "fro" is the 2-norm's other name
    return value
