"""What is given to an op, made ready for its function: numbers, dtypes, params."""

from __future__ import annotations

import operator
from typing import Any, get_args

import numpy as np

from engine.autograd import dtypes, shapes
from engine.autograd.tensor import Tensor
from engine.autograd.versions import is_apart, set_apart
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


_INFERENCE = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
    "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in "
    "autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
)


def why_blocked(tensor: Tensor, saved: bool = False) -> str:
    """Why no gradient goes to a tensor; refused if that was made in inference mode and would be saved."""
    origin = tensor.origin_or_none()
    if origin == "inference" and saved:
        raise RuntimeError(_INFERENCE)
    if origin is not None:
        if saved and is_apart(tensor):
            set_apart(tensor)
        return origin
    if tensor.array.dtype.kind != "f":
        return "integer" if tensor.array.dtype.kind in "iu" else "boolean"
    return "constant: requires_grad is False"


def together(arrays: list[Any], numbers: int, as_float: bool, apart: frozenset[int] = frozenset()) -> list[Any]:
    """The inputs in the dtype in which torch computes, numbers as 0-d values; checks that shapes broadcast.

    What is in a place of `apart` keeps its dtype; an empty port stays None."""
    first = arrays[0]
    if len(arrays) == 1:
        return [first.astype(dtypes.numpy_dtype(None))] if as_float and first.dtype.kind != "f" else arrays
    wanted = dtypes.promoted(tuple([a for i, a in enumerate(arrays) if a is not None and i not in apart]))
    if as_float and wanted.kind != "f":
        wanted = dtypes.numpy_dtype(None)
    shape: tuple[int, ...] = ()
    for i, array in enumerate(arrays):
        if array is not None and not numbers >> i & 1:
            shape = shapes.broadcast(shape, array.shape)
    return [
        (np.asarray(array)[()] if i in apart else np.asarray(dtypes.wrapped(array, wanted), wanted)[()])
        if numbers >> i & 1
        else (array if array is None or i in apart or array.dtype == wanted else array.astype(wanted))
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
    known = _PARAMS.get(op)
    if known is None:
        known = _PARAMS[op] = ({p.name: (p, _plain(p)) for p in op.params}, {p.name: p.default for p in op.params})
    declared, defaults = known
    settings = defaults.copy()
    for name, value in params.items():
        if name not in declared:
            raise TypeError(f"{op.name}() got an unexpected keyword argument '{name}'")
        param, plain = declared[name]
        settings[name] = value if value.__class__ in plain else _settled(op, param, value)
    return settings


_PARAMS: dict[Op, tuple[dict[str, tuple[Param, frozenset[type]]], dict[str, Any]]] = {}


def _plain(param: Param) -> frozenset[type]:
    """The classes of the values that a param takes as they are."""
    if param.kind == "int" and param.type in (int, int | None):
        return frozenset((int,) if param.type is int else (int, type(None)))
    others = {"dims": (int,), "float": (float, int, bool), "choice": (str, bool), "text": (str, bool)}
    return frozenset((*others.get(param.kind, (bool,)), tuple, type(None)))


def _words(param: Param) -> tuple[type, ...]:
    """str, for a param that also takes words (`padding="same"`)."""
    return (str,) if str in get_args(param.type) else ()


def _settled(op: Op, param: Param, value: Any) -> Any:
    whole = value.__class__ is not bool and hasattr(value, "__index__")
    if param.kind == "int" and param.type in (int, int | None):
        if not whole:
            raise TypeError(f"{op.name}(): argument '{param.name}' must be int, not {type(value).__name__}")
        return operator.index(value)
    if param.kind == "dims" and not whole and not isinstance(value, (list, tuple, *_words(param))):
        raise TypeError(f"{op.name}(): argument '{param.name}' must be tuple of ints, not {type(value).__name__}")
    if param.kind == "shape":
        return (value,) if isinstance(value, int) else tuple(value)
    if param.kind == "dims" and isinstance(value, list):
        return tuple(value)
    if param.kind == "float" and isinstance(value, str):
        return 2.0 if value == "fro" else float(value)  # JSON has no inf; "fro" is the 2-norm's other name
    return value
