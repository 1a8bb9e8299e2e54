"""Values as Python writes them for torch: numbers, sizes, dtypes, the data of tensors."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import numpy as np

from engine.document.arrays import FEW, decode_array
from engine.document.params import plain
from engine.document.records import Json
from engine.op import Param

BYTES = "np.frombuffer(base64.b64decode("
"""What data begin with that are written as bytes: numpy and base64 read them."""


def number(value: Json) -> str:
    """A number; the names of those that are not finite are torch's."""
    value = plain(value)
    if isinstance(value, str):
        return f"-torch.{value[1:]}" if value.startswith("-") else f"torch.{value}"
    return repr(value)


def setting(param: Param, value: Json, dtype: Json = None) -> str:
    """The value of a param; the data of a tensor become `dtype`."""
    if param.kind == "numbers":
        return data(value, dtype if isinstance(dtype, str) else None)
    if param.kind == "dtype":
        return f"torch.{value}" if isinstance(value, str) else repr(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return repr(tuple(value))
    return number(value) if param.kind == "float" else repr(value)


def data(value: Json, dtype: str | None = None) -> str:
    """The numbers of a tensor: few as nested lists, many as the bytes of an array."""
    array = decode_array(value, dtype)
    if array.size <= FEW and not isinstance(value, Mapping):
        return _nested(value)
    plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    text = base64.b64encode(plain.tobytes()).decode("ascii")
    kind = "bool" if array.dtype.kind == "b" else array.dtype.name
    return f'{BYTES}"{text}"), "{kind}").reshape{array.shape!r}'


def _nested(value: Json) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_nested, value))}]"
    return number(value)
