"""A border around the elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import Sizes
from engine.op import Op, Shape, op, spelled


def _pairs(pad: Sizes, ndim: int) -> list[tuple[int, int]]:
    """(before, after) for every dimension; torch gives the last dimension first."""
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    return [(0, 0)] * (ndim - len(pairs)) + pairs[::-1]


def _check(pad: Sizes, ndim: int) -> None:
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {ndim}"
        )


@op(
    "pad(input)",
    torch="torch.nn.functional.pad({input}, {pad}, value={value})",
    order=("input", "pad", "value"),
    aliases=("border", "zero padding", "margin", "crop"),
    grad_fn="ConstantPadNdBackward0",
    required=("pad",),
)
def pad(input: Any, *, pad: Shape = (1, 1), value: float = 0.0) -> Any:
    """Puts a border of one number around the elements: before and after, the last dimension first."""
    _check(pad, input.ndim)
    pairs = _pairs(pad, input.ndim)
    for d, (n, (before, after)) in enumerate(zip(input.shape, pairs, strict=True)):
        if n + before + after < 0:
            raise RuntimeError(
                f"The input size {n}, plus negative padding {before} and {after} resulted in a negative output size, "
                f"which is invalid. Check dimension {d} of your input."
            )
    inner = input[tuple(slice(max(-b, 0), n - max(-a, 0)) for n, (b, a) in zip(input.shape, pairs, strict=True))]
    return np.asarray(np.pad(inner, [(max(b, 0), max(a, 0)) for b, a in pairs], constant_values=value), order="C")


@pad.gradient("input", "the inner part of g")
def _(g: Any, *, pad: Shape) -> Any:
    return constant_pad.of(g, pad=tuple(-n for n in pad), value=0)


constant_pad = pad
"""The op, where `pad` names its param."""


# ---------------------------------------------------------------- borders of the input's own elements


def _reflected(before: int, after: int, n: int) -> Any:
    place = np.abs(np.arange(-before, n + after))
    return np.where(place < n, place, 2 * (n - 1) - place)


def _clipped(before: int, after: int, n: int) -> Any:
    return np.clip(np.arange(-before, n + after), 0, n - 1)


def _around(before: int, after: int, n: int) -> Any:
    """What negative borders leave of the elements goes round."""
    first, last = max(-before, 0), n - max(-after, 0)
    return first + np.arange(-max(before, 0), last - first + max(after, 0)) % (last - first)


_PLACES: dict[str, Callable[[int, int, int], Any]] = {
    "reflect": _reflected,
    "replicate": _clipped,
    "circular": _around,
}
"""By mode: which of n elements stand along the result, for a border before and after them."""


def _places(sizes: Sizes, pad: Sizes, mode: str) -> list[tuple[int, Any]]:
    """For every padded dimension: which of its elements stand along the result."""
    pairs = enumerate(zip(sizes, _pairs(pad, len(sizes)), strict=True))
    return [(d, _PLACES[mode](*pair, n)) for d, (n, pair) in pairs if pair != (0, 0)]


def _check_border(sizes: Sizes, pad: Sizes, mode: str) -> None:
    for d, (n, (before, after)) in enumerate(zip(sizes, _pairs(pad, len(sizes)), strict=True)):
        if (before, after) == (0, 0):
            continue
        if n == 0:
            wanted = "a tensor with possibly 0 batch size and other non-zero dimensions for input"
            raise RuntimeError(f"Expected {wanted}, but got: {list(sizes)}")
        if mode == "reflect" and max(before, after) >= n:
            raise RuntimeError(
                f"Argument #{4 + 2 * (len(sizes) - 1 - d)}: Padding size should be less than the corresponding input "
                f"dimension, but got: padding ({before}, {after}) at dimension {d} of input {list(sizes)}"
            )
        if mode == "circular" and max(before, after) > n:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if n + before + after < 1 <= n:
            raise RuntimeError(f"input (size {n}) is too small at dimension {d} for padding ({before}, {after})")


def _bordered(mode: str, name: str, grad_fn: str) -> Op:
    """The op that pads in one mode, and its gradient, under the names that torch prints."""

    def forward(input: Any, *, pad: Shape = ()) -> Any:
        """A border that repeats the input's own elements."""
        if input.dtype.kind == "b" and mode != "circular":
            raise dtypes.not_implemented(name, input.dtype)
        _check_border(input.shape, pad, mode)
        for d, places in _places(input.shape, pad, mode):
            input = np.take(input, places, d)
        return np.array(input)

    def backward(g: Any, *, input_shape: Sizes, pad: Sizes) -> Any:
        """The gradient of such a border: it adds up on the elements that are repeated."""
        for d, places in _places(input_shape, pad, mode):
            result = np.zeros((*g.shape[:d], input_shape[d], *g.shape[d + 1 :]), g.dtype)
            np.add.at(np.moveaxis(result, d, 0), places, np.moveaxis(g, d, 0))
            g = result
        return g

    forward.__name__, backward.__name__ = name, f"{name}_backward"
    padded = op("pad(input)", public=False, grad_fn=grad_fn)(forward)
    summed = op(
        "g added at every place that was read",
        public=False,
        grad_fn=grad_fn.replace("Backward0", "BackwardBackward0"),
    )(backward)
    padded.gradient("input", "g added at every place that was read")(summed)

    @summed.gradient("g", "pad(g)")
    def _(g: Any, *, pad: Sizes) -> Any:
        return padded.of(g, pad=pad)

    return padded


BORDERED = {
    ("reflect", 1): _bordered("reflect", "reflection_pad1d", "ReflectionPad1DBackward0"),
    ("reflect", 2): _bordered("reflect", "reflection_pad2d", "ReflectionPad2DBackward0"),
    ("reflect", 3): _bordered("reflect", "reflection_pad3d", "ReflectionPad3DBackward0"),
    ("replicate", 1): _bordered("replicate", "replication_pad1d", "ReplicationPad1DBackward0"),
    ("replicate", 2): _bordered("replicate", "replication_pad2d", "ReplicationPad2DBackward0"),
    ("replicate", 3): _bordered("replicate", "replication_pad3d", "ReplicationPad3DBackward0"),
}
_circular = _bordered("circular", "pad_circular", "CopySlices")


@spelled("torch.nn.functional.pad")
def pad_given(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """`pad`; other modes than "constant" repeat elements of the input: "reflect", "replicate", "circular"."""
    sizes = tuple(int(n) for n in pad)
    _check(sizes, input.ndim)
    if mode == "constant":
        return constant_pad(input, pad=sizes, value=0.0 if value is None else value)
    if mode not in _PLACES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if value:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    count = len(sizes) // 2
    if count not in (1, 2, 3) or input.ndim not in (count + 1, count + 2):
        raise NotImplementedError(f"Padding size {len(sizes)} is not supported for {input.ndim}D input tensor.")
    return (_circular if mode == "circular" else BORDERED[mode, count])(input, pad=sizes)
