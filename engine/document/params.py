"""What the value of a param may be. The op's declaration says it; files and verbs both ask here."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from engine.sentence import says

from .arrays import DTYPES, MOST_DIMENSIONS, MOST_ELEMENTS, SPECIAL, bad_numbers
from .catalogue import Op, Param
from .records import Json

_INT64 = range(-(2**63), 2**63)

SHOWN = ("data", "size", "fill_value", "start", "end", "steps", "n", "high", "seed", "shape", "dims", "dim0", "dim1")
"""Params that a new node spells out, because the learner is going to change them first."""
STARTING: Mapping[str, Json] = {"data": [1.0, 2.0, 3.0], "seed": 0}
"""Where that is something else than the default."""


def starting_params(op: Op) -> dict[str, Json]:
    """The params that a new node of the op spells out."""
    shown = (param for param in op.params if param.name in SHOWN)
    return {param.name: plain(STARTING.get(param.name, param.default)) for param in shown}


def plain(value: Json) -> Json:
    """A copy made of JSON's own types; nan and the infinities become their names.

    Tuples become lists. Raises TypeError for what JSON cannot hold.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, float):
        value = float(value)
        if math.isfinite(value):
            return value
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    raise TypeError(f"{type(value).__name__} cannot stand in a document")


def same(one: Json, other: Json) -> bool:
    """Whether two values are written alike. To Python 1, 1.0 and True are equal; to a tensor they are not."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and repr(one) == repr(other)


def wrong_param(op: Op, name: str, value: Json) -> str | None:
    """What is wrong with the value of a param, or with the inline number of a port; None if nothing is.

    A sentence such as ``expected an integer, got "a"``; where the fault lies inside a list it begins with
    the place: ``[1][0]: expected a number``. A name that the op does not have is wrong as well.
    """
    for param in op.params:
        if param.name == name:
            return None if value is None and param.default is None else _wrong(op, param, value)
    if any(port.name == name for port in op.ports):
        return None if _is_number(value) else f"expected a number, got {quoted(value)}"
    return says("{op} has no param {name}", op=op.name, name=name)


def quoted(value: Json) -> str:
    """A value as it is quoted in a sentence: one line of ASCII, not long."""
    if isinstance(value, str):
        return cut(json.dumps(value[:60]))
    if isinstance(value, Mapping):
        return says("an object")
    if isinstance(value, Sequence):
        return says("a list") if len(value) > 8 else cut(json.dumps(value, default=lambda _: "...")[:60])
    return cut(json.dumps(value))


def cut(text: str) -> str:
    """Text that came from outside, as ASCII of at most 40 characters."""
    text = text[:60].encode("ascii", "backslashreplace").decode("ascii")
    return text if len(text) <= 40 else text[:37] + "..."


def _wrong(op: Op, param: Param, value: Json) -> str | None:
    """What is wrong with a value, by the kind of its param."""
    got = f"got {quoted(value)}"
    if param.kind == "numbers":
        wrong = bad_numbers(value)
        return wrong.removeprefix(": ") if wrong else None
    if param.choices is not None:
        names = ", ".join(quoted(choice) for choice in param.choices)
        fits = any(same(value, choice) for choice in param.choices)
        return None if fits else f"expected one of {names}, {got}"
    if param.kind == "dtype":
        return None if value in DTYPES else f"expected one of {', '.join(DTYPES)}, {got}"
    if param.kind == "bool":
        return None if type(value) is bool else f"expected true or false, {got}"
    if param.kind == "text":
        return None if isinstance(value, str) else f"expected text, {got}"
    if param.kind in ("shape", "dims"):
        return _wrong_ints(op, param, value)
    if param.kind in ("int", "seed"):
        if type(value) is not int:
            return says("expected an integer, {got}", got=got)
        if value not in _INT64 or (param.kind == "seed" and value < 0):
            if param.kind == "seed":
                return says("expected an integer from 0 up to 64 bits, {got}", got=got)
            return says("expected an integer of 64 bits, {got}", got=got)
    elif not _is_number(value):
        return says("expected a number, {got}", got=got)
    return _out_of_range(param, value)


def _out_of_range(param: Param, value: Json) -> str | None:
    span = param.range
    if span is None or not isinstance(value, (int, float)):
        return None
    if span.low is not None and value < span.low:
        return says("expected at least {low}, got {value}", low=span.low, value=quoted(value))
    if span.high is not None and value > span.high:
        return says("expected at most {high}, got {value}", high=span.high, value=quoted(value))
    return None


def _wrong_ints(op: Op, param: Param, value: Json) -> str | None:
    if param.kind == "dims" and type(value) is int:
        return None if value in _INT64 else "expected an integer of 64 bits"
    if not isinstance(value, list):
        either = "an integer or " if param.kind == "dims" else ""
        return says("expected {either}a list of integers, got {value}", either=either, value=quoted(value))
    if len(value) > MOST_DIMENSIONS:
        return says("more than {most} dimensions", most=MOST_DIMENSIONS)
    for i, item in enumerate(value):
        if type(item) is not int or item not in _INT64:
            return says("[{i}]: expected an integer, got {item}", i=i, item=quoted(item))
        if param.kind == "shape" and not op.ports and item < 0:
            return says("[{i}]: a size cannot be negative, got {item}", i=i, item=item)
    sizes = [item for item in value if isinstance(item, int)]
    if param.kind == "shape" and max(abs(math.prod(sizes)), *map(abs, sizes), 0) > MOST_ELEMENTS:
        return says("more than {most} elements", most=MOST_ELEMENTS)
    return None


def _is_number(value: Json) -> bool:
    if type(value) is int:
        return value in _INT64
    if isinstance(value, str):
        return value in SPECIAL
    return isinstance(value, float) and math.isfinite(value)
