"""Anomaly detection: where in the forward code did a NaN of the backward pass come from?

While it is on, each function remembers the Python lines that made it, by its number; so it costs nothing while it is
off.
"""

from __future__ import annotations

import sys
import traceback
import warnings
from types import TracebackType
from typing import Any, Self

import numpy as np

from engine.autograd import apply, custom, inplace
from engine.autograd.function import Function, next_number

_LINES: dict[int, str] = {}
_MOST_LINES = 100_000
_state = {"enabled": False, "check_nan": True}


def is_anomaly_enabled() -> bool:
    """Is it on?"""
    return _state["enabled"]


def is_anomaly_check_nan_enabled() -> bool:
    """Does a NaN in a gradient stop the pass?"""
    return _state["check_nan"]


def _numbered_with_lines() -> int:
    number = next_number()
    if len(_LINES) < _MOST_LINES:
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("engine."):
            frame = frame.f_back
        _LINES[number] = "".join(traceback.format_list(traceback.extract_stack(frame)))
    return number


def _turn(enabled: bool, check_nan: bool) -> None:
    _state["enabled"], _state["check_nan"] = enabled, check_nan
    for module in (apply, custom, inplace):
        vars(module)["next_number"] = _numbered_with_lines if enabled else next_number
    if not enabled:
        _LINES.clear()


class set_detect_anomaly:
    """Turns it on or off, at once; in a `with` statement it is set back at the end."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = (_state["enabled"], _state["check_nan"])
        _turn(mode, check_nan)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        _turn(*self._before)


class detect_anomaly(set_detect_anomaly):
    """Turns it on for a `with` block."""

    def __init__(self, check_nan: bool = True) -> None:
        self._before = (_state["enabled"], _state["check_nan"])
        self._wanted = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            UserWarning,
            stacklevel=2,
        )

    def __enter__(self) -> Self:
        _turn(True, self._wanted)
        return self


def check(f: Function, grads: Any) -> None:
    """RuntimeError if a gradient that `f` gave has a NaN."""
    if not _state["check_nan"]:
        return
    for place, d in enumerate(grads):
        array = getattr(d, "array", d)
        if d is not None and np.isnan(array).any():
            raise RuntimeError(f"Function '{f.name()}' returned nan values in its {place}th output.")


def tell(f: Function) -> None:
    """The warning that says which lines made a function at which a pass has stopped."""
    lines = _LINES.get(f.number)
    text = (
        f"Traceback of forward call that caused the error:\n{lines}"
        if lines
        else "No forward pass information available. Enable detect anomaly during forward pass for more information."
    )
    warnings.warn(f"Error detected in {f.name()}. {text}", UserWarning, stacklevel=4)
