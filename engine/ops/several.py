"""What torch answers in several tensors: results with names, and numpy's names for arguments."""

from __future__ import annotations

import inspect
from collections import namedtuple
from collections.abc import Callable
from functools import wraps
from typing import Any

from engine.ops.calling import NUMPY_NAMES, refuse_missing


def results(name: str, *fields: str) -> Any:
    """The named tuple that torch prints as `torch.return_types.max`."""
    plain: Any = namedtuple(name, fields)  # type: ignore[misc]  # mypy wants literals
    return type(name, (plain,), {"__slots__": (), "__repr__": _shown, "__module__": "torch.return_types"})


def _shown(self: Any) -> str:
    lines = ",\n".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
    return f"torch.return_types.{type(self).__name__}(\n{lines})"


def called(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a spelled function go by torch's name in refusals, and take `axis` and `keepdims`, as torch does."""

    def named(function: Callable[..., Any]) -> Callable[..., Any]:
        required = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]
        count = len(required)

        @wraps(function)
        def calling(*args: Any, **kwargs: Any) -> Any:
            if kwargs:
                for numpys, torchs in NUMPY_NAMES.items():
                    if numpys in kwargs:
                        kwargs[torchs] = kwargs.pop(numpys)
            if len(args) < count:
                refuse_missing(name, required[len(args) :], kwargs)
            return function(*args, **kwargs)

        for each in (function, calling):
            each.__name__ = each.__qualname__ = name
        return calling

    return named
