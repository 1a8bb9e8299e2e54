"""Arrays as JSON: few numbers as nested lists, many as base64, each read back exactly."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .records import Json

MOST_ELEMENTS = 16 * 1024 * 1024
MOST_DIMENSIONS = 32
FEW = 64  # elements that are written as nested lists
DTYPES = ("float32", "float64", "int64", "int32", "bool")
SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_INT64 = range(-(2**63), 2**63)


def encode_array(array: NDArray[Any]) -> Json:
    """An array of one of DTYPES as nested lists, or ``{"dtype", "shape", "base64"}`` beyond 64 elements.

    ``decode_array(encode_array(a), a.dtype.name)`` has the bits of ``a`` (but for the payload of a nan).
    Raises TypeError for another dtype.
    """
    if array.dtype.name not in DTYPES:
        raise TypeError(f"an array of dtype {array.dtype} cannot be saved")
    if array.size > FEW or 0 in array.shape[:-1]:
        data = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        text = base64.b64encode(data.tobytes()).decode("ascii")
        return {"dtype": array.dtype.name, "shape": list(array.shape), "base64": text}
    return _nested(array)


def decode_array(data: Json, dtype: str | None = None) -> NDArray[Any]:
    """The array that was encoded, or that nested lists of numbers spell.

    Nested lists become ``dtype`` if it is given, else what torch makes of them: bool, int64, or float32 (its
    default). Base64 keeps its own dtype, which ``dtype`` converts. Raises ValueError with a sentence that
    begins with the place, such as ``[1][0]: expected a number``.
    """
    if isinstance(data, Mapping):
        wrong = bad_encoding(data)
        if wrong:
            raise ValueError(wrong)
        array = _decode(data)
    else:
        wrong = bad_numbers(data)
        if wrong:
            raise ValueError(wrong)
        if dtype is None:
            dtype = inferred_dtype(data)
        # By way of the widest type: then every number is cast as torch casts it, and none loses a digit.
        wide = {"bool": "bool", "int64": "int64"}.get(inferred_dtype(data), "float64")
        array = np.array(_numbers(data), dtype=wide)
    if dtype is None or array.dtype.name == dtype:
        return array
    if dtype not in DTYPES:
        raise ValueError(f"there is no dtype {dtype}")
    with np.errstate(all="ignore"):
        return array.astype(dtype)


def decode_number(value: Json) -> Json:
    """The number that "nan", "inf" or "-inf" names, as in a float param or beside a port; else the value."""
    return SPECIAL.get(value, value) if isinstance(value, str) else value


def inferred_dtype(data: Json) -> str:
    """The dtype that torch gives to nested lists of numbers: "bool", "int64" or "float32"."""
    kinds = set()
    ahead = [data]
    while ahead:
        item = ahead.pop()
        if isinstance(item, Sequence) and not isinstance(item, str):
            ahead.extend(item)
        else:
            kinds.add(type(item))
    if kinds == {bool}:
        return "bool"
    return "int64" if kinds and kinds <= {bool, int} else "float32"


def compact(data: Json, dtype: Json = None) -> Json:
    """Nested lists of many numbers as base64, anything else as it is; ``dtype`` is what they will have."""
    if not isinstance(data, Sequence) or isinstance(data, str) or bad_numbers(data):
        return data
    kept = inferred_dtype(data)
    if kept == "float32" and dtype not in (None, "float32"):
        kept = "float64"  # a JSON number has no more
    array = decode_array(data, kept)
    return encode_array(array) if array.size > FEW else data


def bad_numbers(data: Json) -> str | None:
    """Why these are no nested lists of numbers; None if they are. The sentence begins with the place."""
    if isinstance(data, Mapping):
        return bad_encoding(data)
    shape: list[int] = []
    first: Json = data
    while isinstance(first, Sequence) and not isinstance(first, str):
        shape.append(len(first))
        if len(shape) > MOST_DIMENSIONS:
            return f": more than {MOST_DIMENSIONS} dimensions"
        first = first[0] if first else None
        if shape[-1] == 0:
            break
    if math.prod(shape) > MOST_ELEMENTS:
        return f": more than {MOST_ELEMENTS} elements"
    wrong = _bad_level(data, tuple(shape))
    if wrong is None and inferred_dtype(data) == "int64":
        wrong = _too_wide(data)
    return wrong


def bad_encoding(data: Mapping[str, Json]) -> str | None:
    """Why ``{"dtype", "shape", "base64"}`` is no array; None if it is. Sizes are checked before decoding."""
    dtype, shape, text = data.get("dtype"), data.get("shape"), data.get("base64")
    if dtype not in DTYPES:
        return f".dtype: expected one of {', '.join(DTYPES)}"
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        return ".shape: expected a list of sizes"
    if len(shape) > MOST_DIMENSIONS:
        return f".shape: more than {MOST_DIMENSIONS} dimensions"
    count = math.prod(shape)
    if count > MOST_ELEMENTS or max(shape, default=0) > MOST_ELEMENTS:
        return f".shape: more than {MOST_ELEMENTS} elements"
    if not isinstance(text, str):
        return ".base64: expected text"
    size = count * np.dtype(str(dtype)).itemsize
    if len(text) != (size + 2) // 3 * 4:
        return f".base64: {len(text)} characters do not hold {count} elements of {dtype}"
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return ".base64: not base64"
    if len(raw) != size:
        return f".base64: {len(raw)} bytes do not hold {count} elements of {dtype}"
    if dtype == "bool" and raw.strip(b"\0\1"):
        return ".base64: a bool is 0 or 1"
    return None


def _decode(data: Mapping[str, Json]) -> NDArray[Any]:
    dtype = np.dtype(str(data["dtype"]))
    raw = base64.b64decode(str(data["base64"]))
    shape = data["shape"]
    assert isinstance(shape, list)
    array = np.frombuffer(raw, dtype.newbyteorder("<")).reshape(shape)
    return array.astype(dtype)  # a writable copy in the byte order of this machine


def _nested(array: NDArray[Any]) -> Json:
    if array.ndim:
        return [_nested(part) for part in array]
    if array.dtype.kind != "f":
        whole: bool | int = array.item()
        return whole
    number = float(str(array[()]))  # the shortest digits that read back as the same float32
    if math.isfinite(number):
        return number
    return next(name for name, value in SPECIAL.items() if str(value) == str(number))


def _bad_level(data: Json, shape: tuple[int, ...]) -> str | None:
    if not shape:
        if type(data) in (bool, int, float) or (isinstance(data, str) and data in SPECIAL):
            finite = not isinstance(data, float) or math.isfinite(data)
            return None if finite else ": expected a finite number"
        return ": expected a number"
    if not isinstance(data, Sequence) or isinstance(data, str):
        return ": expected a list"
    if len(data) != shape[0]:
        return f": expected {shape[0]} items as in the row before, got {len(data)}"
    for i, item in enumerate(data):
        wrong = _bad_level(item, shape[1:])
        if wrong:
            return f"[{i}]{wrong}"
    return None


def _too_wide(data: Json) -> str | None:
    if isinstance(data, int):
        return None if data in _INT64 else ": an integer has at most 64 bits"
    if isinstance(data, Sequence):
        for i, item in enumerate(data):
            wrong = _too_wide(item)
            if wrong:
                return f"[{i}]{wrong}"
    return None


def _numbers(data: Json) -> Any:
    """The nested lists with "nan", "inf" and "-inf" as numbers."""
    if isinstance(data, str):
        return SPECIAL[data]
    if isinstance(data, Sequence):
        return [_numbers(item) for item in data]
    return data
