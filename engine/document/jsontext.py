"""JSON text, read strictly and written in one way only.

Python's own reader takes more than JSON: duplicate names (the last one wins), NaN, 1e999, half surrogate
pairs, any depth. Here each of these is an error with its place.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from .legal import bad_text
from .params import cut
from .problems import FileErrors, Problems
from .records import Json

LARGEST = 64 * 1024 * 1024  # bytes
DEEPEST = 64  # lists and objects within each other
LONGEST_NUMBER = 40  # digits

# A string (an unterminated one takes all the rest, so that this stays linear), or a bracket.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(text: str | bytes) -> Json:
    """The value that the text spells. Raises FileErrors with everything that is wrong with it."""
    problems = Problems()
    text = _decoded(text, problems)
    _check_depth(text, problems)
    reader = _Reader()
    try:
        value: Json = reader.decoder.decode(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        problems.stop(place, error.msg[0].lower() + error.msg[1:])
    if reader.suspicious or _SURROGATE.search(text):
        reader.report(value, problems)
    problems.raise_any()
    return value


def _decoded(text: str | bytes, problems: Problems) -> str:
    if len(text) > LARGEST:
        problems.stop("", f"the file is larger than {LARGEST >> 20} MiB")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            problems.stop("", f"byte {error.start} is not UTF-8 text")
    elif bad_text(text):
        problems.stop("", "half of a surrogate pair is not a character")
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        problems.stop("", "the file holds NUL characters: it is not a text file")
    return text


def _check_depth(text: str, problems: Problems) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = text[token.start()]
        if mark in "[{":
            depth += 1
            if depth > DEEPEST:
                line = text.count("\n", 0, token.start()) + 1
                problems.stop(f"line {line}", f"nested more than {DEEPEST} deep")
        elif mark != '"':
            depth -= 1


class _Wrong:
    """Stands in the parsed value where something was that JSON does not have."""

    def __init__(self, message: str) -> None:
        self.message = message


class _Reader:
    """Python's decoder, with a note of what it would let pass. The places are found afterwards."""

    def __init__(self) -> None:
        self.suspicious = False
        self.twice: list[tuple[dict[str, Any], str]] = []
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._integer,
            parse_float=self._float,
            parse_constant=self._constant,
        )

    def _wrong(self, message: str) -> _Wrong:
        self.suspicious = True
        return _Wrong(message)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            self.suspicious = True
            counts = Counter(name for name, _ in pairs)
            self.twice += [(made, name) for name, count in counts.items() if count > 1]
        return made

    def _integer(self, digits: str) -> int | _Wrong:
        if len(digits) > LONGEST_NUMBER:
            return self._wrong(f"a number of {len(digits)} characters")
        return int(digits)

    def _float(self, digits: str) -> float | _Wrong:
        number = float(digits)
        return number if math.isfinite(number) else self._wrong(f"{cut(digits)} is too large for a number")

    def _constant(self, name: str) -> _Wrong:
        return self._wrong(f'{name} is not JSON; write "{name.lower().replace("infinity", "inf")}" in quotes')

    def report(self, value: Any, problems: Problems) -> None:
        """Find the places of what was noted."""
        twice: dict[int, list[str]] = {}
        for made, name in self.twice:
            twice.setdefault(id(made), []).append(name)
        for place, item in _walk(value):
            if isinstance(item, _Wrong):
                problems.add(place, item.message)
            elif isinstance(item, str):
                problems.add_if(place, bad_text(item))
            elif isinstance(item, dict):
                for name in twice.get(id(item), ()):
                    problems.add(place, f"the name {cut(json.dumps(name))} stands there twice")
                for name in item:
                    problems.add_if(place, bad_text(name))


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every value inside this one with its place."""
    ahead = [("", value)]
    while ahead:
        place, item = ahead.pop()
        yield place, item
        if isinstance(item, dict):
            inner = [(join(place, name), part) for name, part in item.items()]
        elif isinstance(item, list):
            inner = [(f"{place}[{i}]", part) for i, part in enumerate(item)]
        else:
            continue
        ahead.extend(reversed(inner))


def join(place: str, name: str) -> str:
    """The place of a named value."""
    name = cut(name)
    return f"{place}.{name}" if place else name


def line(value: Any) -> str:
    """A value as JSON on one line, as a person would write it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_open)


def page(fields: Mapping[str, Any]) -> str:
    """An object with a line for each field, and for each item of a field that is a list of objects."""
    lines = []
    for name, value in fields.items():
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            items = ",\n".join(f"    {line(item)}" for item in value)
            lines.append(f"  {line(name)}: [\n{items}\n  ]")
        else:
            lines.append(f"  {line(name)}: {line(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _open(value: Any) -> Any:
    """Read-only mappings are written as the dicts they are."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


__all__ = ["DEEPEST", "LARGEST", "FileErrors", "join", "line", "page", "parse"]
