"""torch's dtypes over numpy's: names, the default, and torch's own rules for meeting in one dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class DType:
    """`torch.float32` and its like: a name, torch's other names for it, and numpy's dtype."""

    __slots__ = ("char", "is_complex", "is_floating_point", "itemsize", "kind", "name", "numpy", "rank", "scalar_type",
                 "type", "type_name")  # fmt: skip

    def __init__(self, name: str, scalar_type: str, rank: int) -> None:
        self.name = name
        self.numpy = np.dtype(name)
        self.scalar_type = scalar_type
        """As torch's error texts and tensor types spell it: "Float", `torch.FloatTensor`."""
        self.type_name = _IN_C.get(scalar_type, scalar_type.lower())
        """As torch's error texts spell it elsewhere: "float", "long int"."""
        self.rank = rank
        """Its category: 0 bool, 1 integers, 2 floats."""
        self.itemsize = self.numpy.itemsize
        self.is_floating_point = rank == 2
        self.is_complex = False
        # as on numpy's dtype, since gradient functions meet arrays and tensors
        self.kind, self.char, self.type = self.numpy.kind, self.numpy.char, self.numpy.type

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name

    def __copy__(self) -> DType:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> DType:
        return self


_IN_C = {"Byte": "unsigned char", "Char": "signed char", "Short": "short int", "Long": "long int", "Half": "c10::Half"}

bool_ = DType("bool", "Bool", 0)
uint8 = DType("uint8", "Byte", 1)
int8 = DType("int8", "Char", 1)
int16 = DType("int16", "Short", 1)
int32 = DType("int32", "Int", 1)
int64 = DType("int64", "Long", 1)
float16 = DType("float16", "Half", 2)
float32 = DType("float32", "Float", 2)
float64 = DType("float64", "Double", 2)

DTYPES = {d.numpy: d for d in (bool_, uint8, int8, int16, int32, int64, float16, float32, float64)}
NAMES = {d.name: d for d in DTYPES.values()}
NAMES |= {"float": float32, "double": float64, "half": float16, "long": int64, "int": int32, "short": int16}

_default = float32


def default_dtype() -> DType:
    """The dtype of floats that did not say theirs; `torch.get_default_dtype`."""
    return _default


def set_default_dtype(dtype: DType) -> None:
    """`torch.set_default_dtype`: only a floating dtype may be the default."""
    global _default
    if not (isinstance(dtype, DType) and dtype.is_floating_point):
        raise TypeError(f"only floating-point types are supported as the default type, but got {dtype!r}")
    _default = dtype


def numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """numpy's dtype for a name, a torch dtype, a Python type, or None (the default)."""
    if dtype is None:
        return _default.numpy
    if isinstance(dtype, DType):
        return dtype.numpy
    if isinstance(dtype, str) and dtype.removeprefix("torch.") in NAMES:
        return NAMES[dtype.removeprefix("torch.")].numpy
    if dtype in (float, int, bool):
        return {float: float64, int: int64, bool: bool_}[dtype].numpy
    raise TypeError(f"{dtype!r} is not a dtype; choose one of {', '.join(sorted(d.name for d in DTYPES.values()))}")


def torch_dtype(dtype: np.dtype[Any]) -> DType:
    """torch's dtype for numpy's; TypeError for one that torch has no tensor of."""
    try:
        return DTYPES[dtype]
    except KeyError:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{dtype.name}. The only supported types are: float64, "
            "float32, "
            "float16, int64, int32, int16, int8, uint8, and bool."
        ) from None


def scalar_type(dtype: np.dtype[Any]) -> str:
    """ "Float" for float32, as in torch's error texts."""
    return DTYPES[dtype].scalar_type


def type_name(dtype: np.dtype[Any]) -> str:
    """ "float" for float32, as in torch's error texts."""
    return DTYPES[dtype].type_name


def not_implemented(kernel: str, dtype: np.dtype[Any]) -> NotImplementedError:
    """What torch says where it has no `kernel` for a dtype."""
    return NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type(dtype)}'")


def infer(number: Any) -> np.dtype[Any]:
    """The dtype of a tensor made from one Python number."""
    if isinstance(number, bool):
        return bool_.numpy
    return int64.numpy if isinstance(number, int) else _default.numpy


def fitting(number: Any, wanted: np.dtype[Any], name: str) -> Any:
    """A number as an integer tensor takes it, which it must fit; of bytes negatives wrap, as in torch."""
    if wanted.kind not in "iu":
        return number
    limits = np.iinfo(wanted)
    low = limits.min or -limits.max
    if not low <= number <= limits.max:
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    return wrapped(int(number), wanted)


def wrapped(number: Any, wanted: np.dtype[Any]) -> Any:
    """A Python number next to an integer tensor: what does not fit loses its upper bits."""
    if wanted.kind not in "iu":
        return number
    if not -(1 << 63) <= number < 1 << 64:
        raise OverflowError("int too big to convert")
    bits = 8 * wanted.itemsize
    rest = int(number) % (1 << bits)
    return rest - (1 << bits) if wanted.kind == "i" and rest >> (bits - 1) else rest


def array_of(data: Any, dtype: Any = None) -> Any:
    """A fresh array from nested lists and numbers, as `torch.tensor` reads them.

    The strings "nan", "inf" and "-inf" are floats, since JSON has no other way to say them.
    Raises ValueError where lengths differ, TypeError for what is not a number.
    """
    if dtype is None and (data.__class__ is float or (data.__class__ is int and -(1 << 63) <= data < 1 << 63)):
        return (_default.numpy if data.__class__ is float else int64.numpy).type(data)  # the commonest case
    if dtype is None and data.__class__ is list and (kinds := set(map(type, data))) and kinds <= {float, int}:
        if float in kinds:
            return np.array(data, _default.numpy)
        if min(data) >= -(1 << 63) and max(data) < 1 << 63:
            return np.array(data, int64.numpy)
    if hasattr(data, "array"):  # a tensor
        data = data.array
    if isinstance(data, (np.ndarray, np.generic)):
        source = np.array(data)
        torch_dtype(source.dtype)
        return source if dtype is None else source.astype(numpy_dtype(dtype))
    sizes: list[int] = []
    inner = data
    while isinstance(inner, (list, tuple)):
        sizes.append(len(inner))
        if not inner:
            break
        inner = inner[0]
    flat: list[Any] = []
    _flatten(data, sizes, 0, flat)
    if dtype is not None:
        wanted = numpy_dtype(dtype)
    elif any(isinstance(number, (float, np.floating)) for number in flat) or not flat:
        wanted = _default.numpy
    elif all(isinstance(number, (bool, np.bool_)) for number in flat):
        wanted = bool_.numpy
    else:
        wanted = int64.numpy
    if wanted.kind in "iu":
        if any(isinstance(number, int) and not -(1 << 63) <= number < 1 << 63 for number in flat):
            raise ValueError("Overflow when unpacking long long")
        flat = [fitting(number, wanted, wanted.name) for number in flat]
    return np.array(flat, wanted).reshape(sizes)


def _flatten(data: Any, sizes: list[int], depth: int, flat: list[Any]) -> None:
    if isinstance(data, (list, tuple)):
        if depth >= len(sizes):
            raise ValueError(f"only one element tensors can be converted to Python scalars (at dim {depth})")
        if len(data) != sizes[depth]:
            raise ValueError(f"expected sequence of length {sizes[depth]} at dim {depth} (got {len(data)})")
        for item in data:
            _flatten(item, sizes, depth + 1, flat)
        return
    if depth != len(sizes):
        raise TypeError(f"expected a sequence of length {sizes[depth]} at dim {depth}, but got a number")
    if isinstance(data, str):
        if data not in ("nan", "inf", "-inf"):
            raise TypeError(f"new(): invalid data type {type(data).__name__!r}")
        data = float(data)
    elif hasattr(data, "item"):
        data = data.item()
    if not isinstance(data, (bool, int, float)):
        raise TypeError(f"new(): invalid data type {type(data).__name__!r}")
    flat.append(data)


def promoted(values: tuple[Any, ...]) -> np.dtype[Any]:
    """The dtype in which arrays and Python numbers meet.

    Bool < integer < float; within a category a tensor with dimensions outweighs one without, and that one
    outweighs a Python number.
    """
    best: list[np.dtype[Any] | None] = [None, None, None]  # dimensions, none, number
    for value in values:
        if isinstance(value, (np.ndarray, np.generic)):
            dtype, weight = value.dtype, 0 if value.ndim else 1
        else:
            dtype, weight = infer(value), 2
        current = best[weight]
        best[weight] = dtype if current is None else _joined(current, dtype)
    result: np.dtype[Any] | None = None
    for dtype_or_none in best:
        if dtype_or_none is None:
            continue
        if result is None or DTYPES[dtype_or_none].rank > DTYPES[result].rank:
            result = dtype_or_none
    assert result is not None
    return result


def _joined(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    if a is b:
        return a
    rank_a, rank_b = DTYPES[a].rank, DTYPES[b].rank
    if rank_a != rank_b:
        return a if rank_a > rank_b else b
    return np.promote_types(a, b)


def require_same(a: Any, b: Any, text: str, name: Callable[[np.dtype[Any]], str]) -> None:
    """Raise `text` where two arrays do not have the same dtype: matrix products do not promote."""
    if a.dtype != b.dtype:
        raise RuntimeError(text.format(name(a.dtype), name(b.dtype)))
