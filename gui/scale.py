"""How large a gradient looks: signed, logarithmic, fixed for one pass and printed in the legend.

A linear scale hides 1e-5 beside 1; a fixed span of decades makes 0.25 and 4.5 look alike. So the span is taken from
the gradients of the pass: `decades = clamp(ceil(log10(high / low)), 2, 8)`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtGui import QColor

from gui.theme import Theme, mix


@dataclass(frozen=True, slots=True)
class GradScale:
    """Maps a gradient to a colour and a width. `high` is the largest magnitude of the pass."""

    high: float = 1.0
    decades: int = 2

    @classmethod
    def of(cls, gradients: Iterable[np.ndarray]) -> GradScale:
        """The scale that shows every finite, non-zero number of `gradients`.

        Of single numbers a long log has a great many: they are looked at together.
        """
        high, low = 0.0, math.inf
        several: list[np.ndarray] = []
        single: list[float] = []
        for gradient in gradients:
            if gradient.size == 1:
                single.append(gradient.item())
            else:
                several.append(gradient)
        for gradient in (*several, np.array(single)):
            magnitude = np.abs(np.asarray(gradient, dtype=np.float64))
            magnitude = magnitude[np.isfinite(magnitude) & (magnitude > 0)]
            if magnitude.size:
                high, low = max(high, float(magnitude.max())), min(low, float(magnitude.min()))
        if high == 0.0:
            return cls()
        return cls(high, min(8, max(2, math.ceil(math.log10(high / low)))))

    def share(self, magnitude: float) -> float:
        """Where |g| stands on the scale, 0..1."""
        if magnitude <= 0.0 or not math.isfinite(magnitude):
            return 0.0
        return min(1.0, max(0.0, 1.0 + math.log10(magnitude / self.high) / self.decades))

    @lru_cache(maxsize=4096)  # noqa: B019  the scale is a small value; painting asks for the same colours each frame
    def color(self, gradient: float, theme: Theme) -> QColor:
        """Blue for positive, orange for negative, grey for exactly zero, magenta for NaN and infinity."""
        if not math.isfinite(gradient):
            return theme.color("nan")
        if gradient == 0.0:
            return theme.color("zero")
        hue = theme.color("positive" if gradient > 0 else "negative")
        return mix(theme.color("zero"), hue, 0.12 + 0.88 * self.share(abs(gradient)))

    def width(self, gradient: np.ndarray) -> float:
        """The width in px of an edge that carried `gradient`: by its RMS, so that size alone does not fatten it."""
        return 1.5 + 4.5 * self.share(summary(gradient).rms)

    def edge_color(self, gradient: np.ndarray, theme: Theme) -> QColor:
        """The colour of an edge that carried `gradient`: the sign of its sum, the strength of its RMS."""
        of = summary(gradient)
        return self.color(of.sign * of.rms if math.isfinite(of.sign) else of.sign, theme)


def direction(gradient: np.ndarray) -> float:
    """The sign that stands for a whole gradient, -1 or 1: that of its sum, 1 if the sum is 0.

    It is 0 only if every element is 0, and NaN if one of them is NaN or infinite.
    """
    if gradient.size == 1:  # as nearly all are in a long log
        number = float(gradient.item())
        return math.copysign(1.0, number) if number and math.isfinite(number) else number * 0
    values = np.asarray(gradient, dtype=np.float64)
    if not np.isfinite(values).all():
        return math.nan
    if not values.any():
        return 0.0
    return -1.0 if float(values.sum()) < 0 else 1.0


@dataclass(frozen=True, slots=True)
class Summary:
    """What a packet or a wire shows of a gradient, computed once: painting must not cost what the tensor costs."""

    rms: float
    sign: float  # see `direction`
    label: str  # the number, if all elements are the same
    samples: tuple[float, ...]  # up to five elements, else


_summaries: dict[int, tuple[np.ndarray, Summary]] = {}
SAMPLES, KEPT = 5, 512


def summary(gradient: np.ndarray) -> Summary:
    """The summary of an array that nobody changes any more (as those in a log); remembered by its identity."""
    known = _summaries.get(id(gradient))
    if known is not None and known[0] is gradient:
        return known[1]
    flat = np.asarray(gradient, dtype=np.float64).reshape(-1)
    same = bool(flat.size) and bool((flat == flat[0]).all())
    some = flat[np.linspace(0, flat.size - 1, min(SAMPLES, flat.size)).astype(int)] if flat.size else flat
    made = Summary(
        rms=rms(flat),
        sign=direction(flat),
        label=short_number(float(flat[0]), signed=True) if same else "",
        samples=tuple(some.tolist()),
    )
    if len(_summaries) >= KEPT:
        _summaries.clear()
    _summaries[id(gradient)] = (gradient, made)
    return made


def rms(gradient: np.ndarray) -> float:
    """Root mean square of all elements; 0 for an empty tensor."""
    values = np.asarray(gradient, dtype=np.float64)
    return float(np.sqrt(np.mean(values * values))) if values.size else 0.0


@lru_cache(maxsize=4096, typed=True)  # True is no 1
def short_number(value: float | int | bool, signed: bool = False) -> str:
    """At most five glyphs: ``27``, ``4.5``, ``+2.25``, ``-.003``, ``1e-5``; the whole number is in the inspector."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    value = float(value)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ("+" if signed else "")
    return sign + _digits(abs(value), 5 - len(sign))


def _digits(magnitude: float, room: int) -> str:
    """The most precise writing of a positive number that fits `room` characters; ``0.75`` before ``.75``."""
    for leading_zero in (True, False):
        for places in range(room, -1, -1):
            text = f"{magnitude:.{places}f}"
            if "." in text:
                text = text.rstrip("0").rstrip(".")
            if not leading_zero:
                text = text.removeprefix("0")
            # A rounding that moves a small number by more than 5 % says too little.
            if text and len(text) <= room and abs(float(text) - magnitude) <= 0.05 * magnitude:
                return text
    mantissa, exponent = f"{magnitude:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"


@dataclass(frozen=True, slots=True)
class InkScale:
    """Maps a value to a grey: dark for negative, middle for zero, light for positive, by asinh(value / typical)."""

    typical: float = 1.0
    high: float = 1.0

    @classmethod
    def of(cls, values: Iterable[np.ndarray]) -> InkScale:
        """The scale of a run: `typical` is the median magnitude, `high` the largest (of at most 64 numbers each)."""
        parts = [np.abs(np.asarray(value, dtype=np.float64).reshape(-1)[:64]) for value in values]
        numbers = np.concatenate(parts) if parts else np.zeros(0)
        numbers = numbers[np.isfinite(numbers) & (numbers > 0)]
        if not numbers.size:
            return cls()
        return cls(float(np.median(numbers)), float(numbers.max()))

    @lru_cache(maxsize=4096)  # noqa: B019  as above
    def color(self, value: float, theme: Theme) -> QColor:
        """The ink of one number; magenta for NaN and infinity."""
        if not math.isfinite(value):
            return theme.color("nan")
        share = math.asinh(value / self.typical) / math.asinh(self.high / self.typical)
        return mix(theme.color("ink_low"), theme.color("ink_high"), 0.5 + 0.5 * max(-1.0, min(1.0, share)))
