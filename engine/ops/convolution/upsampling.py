"""Images made larger or smaller by putting their elements on another grid."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from engine.autograd.shapes import Sizes
from engine.op import Dims, Op, op
from engine.ops.convolution.adaptive import adaptive_avg_pool1d, adaptive_avg_pool2d

Taps = tuple[tuple[Any, Any], ...]
"""Along one dimension: (where each element of the result looks, how much of it it takes), once or more times."""

Mode = Literal["nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area"]


def _nearest(size: int, scale: float | None, output: int, shift: float) -> Taps:
    step = np.float32(1 / scale if scale else size / output)
    places = ((np.arange(output, dtype=np.float32) + np.float32(shift)) * step).astype(np.int64)
    return ((np.minimum(places, size - 1), 1),)


def _positions(size: int, scale: float | None, output: int, align_corners: bool) -> Any:
    """Where in the input the elements of the result lie."""
    if align_corners:
        return np.arange(output) * ((size - 1) / (output - 1) if output > 1 else 0.0)
    return (np.arange(output) + 0.5) * (1 / scale if scale else size / output) - 0.5


def _linear(size: int, scale: float | None, output: int, align_corners: bool) -> Taps:
    positions = np.maximum(_positions(size, scale, output, align_corners), 0)
    left = np.minimum(positions.astype(np.int64), size - 1)
    share = np.clip(positions - left, 0, 1)
    return ((left, 1 - share), (np.minimum(left + 1, size - 1), share))


def _cubic(size: int, scale: float | None, output: int, align_corners: bool) -> Taps:
    positions = _positions(size, scale, output, align_corners)
    left = np.floor(positions).astype(np.int64)
    share = positions - left
    shares = (_far(share + 1), _near(share), _near(1 - share), _far(2 - share))
    return tuple((np.clip(left + k - 1, 0, size - 1), weight) for k, weight in enumerate(shares))


def _near(x: Any) -> Any:
    """The cubic kernel up to a distance of 1."""
    return (1.25 * x - 2.25) * x * x + 1


def _far(x: Any) -> Any:
    """The cubic kernel from there to a distance of 2."""
    return ((-0.75 * x + 3.75) * x - 6) * x + 3


def taps(mode: str, sizes: Sizes, output: Sizes, scales: Any, align_corners: bool) -> tuple[Taps, ...]:
    """For each dimension what its elements are made of."""
    found = []
    for size, count, scale in zip(sizes, output, scales, strict=True):
        if mode.startswith("nearest"):
            found.append(_nearest(size, scale, count, 0.5 if mode == "nearest-exact" else 0.0))
        else:
            found.append((_cubic if mode == "bicubic" else _linear)(size, scale, count, align_corners))
    return tuple(found)


def _along(axis: int, ndim: int, weight: Any, dtype: Any) -> Any:
    """A weight for each place along one dimension."""
    return weight if np.ndim(weight) == 0 else weight.astype(dtype).reshape(-1, *(1,) * (ndim - 1 - axis))


def resampled(input: Any, parts: tuple[Taps, ...]) -> Any:
    """Dimension by dimension: the sum of what every element takes."""
    for axis, dimension in enumerate(parts, input.ndim - len(parts)):
        input = sum(
            np.take(input, places, axis) * _along(axis, input.ndim, weight, input.dtype) for places, weight in dimension
        )
    return input


def spread_back(g: Any, sizes: Sizes, parts: tuple[Taps, ...]) -> Any:
    """The reverse of `resampled`: every element gets what was taken of it."""
    for axis, (size, dimension) in enumerate(zip(sizes, parts, strict=True), g.ndim - len(parts)):
        lines = np.zeros((size, *np.delete(g.shape, axis)), g.dtype)
        for places, weight in dimension:
            np.add.at(lines, places, np.moveaxis(g * _along(axis, g.ndim, weight, g.dtype), axis, 0))
        g = np.moveaxis(lines, 0, axis)
    return np.ascontiguousarray(g)


# ---------------------------------------------------------------- the parts, under torch's names


def _declared(name: str, printed: str) -> Op:
    """torch has one op for each mode and number of dimensions; they differ in their taps only."""

    def upsample(input: Any, *, parts: Any = ()) -> Any:
        return resampled(input, parts)

    def upsample_backward(g: Any, *, input_shape: Any = (), parts: Any = ()) -> Any:
        return spread_back(g, input_shape[len(input_shape) - len(parts) :], parts)

    upsample.__name__, upsample_backward.__name__ = name, f"{name}_backward"
    upsample.__doc__ = "Every element of the result is a weighted sum of elements of the input."
    upsample_backward.__doc__ = "Every element gets the gradients of all that took something of it."
    declared = op("input on another grid", public=False, grad_fn=f"{printed}Backward0")(upsample)
    backward = op("g back on the first grid", public=False, grad_fn=f"{printed}BackwardBackward0")(upsample_backward)
    declared.gradient("input", "g back on the first grid")(backward)
    backward.gradient("g", "g on the other grid")(lambda gg, *, parts: declared.of(gg, parts=parts))
    return declared


UPSAMPLES = {
    (mode, dims): _declared(f"upsample_{name}{dims}d", f"Upsample{printed}{dims}D")
    for mode, name, printed, possible in (
        ("nearest", "nearest", "Nearest", (1, 2, 3)),
        ("nearest-exact", "nearest_exact", "NearestExact", (1, 2, 3)),
        ("linear", "linear", "Linear", (1,)),
        ("bilinear", "bilinear", "Bilinear", (2,)),
        ("trilinear", "trilinear", "Trilinear", (3,)),
        ("bicubic", "bicubic", "Bicubic", (2,)),
    )
    for dims in possible
}


# ---------------------------------------------------------------- the op


@op(
    "input on another grid",
    torch="torch.nn.functional.interpolate({input}, {size}, {scale_factor}, {mode}, {align_corners})",
    aliases=("resize", "upsample", "scale", "zoom", "image", "nearest", "bilinear"),
    composite=True,
)
def interpolate(
    input: Any,
    *,
    size: Dims = None,
    scale_factor: float | None = None,
    mode: Mode = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """Makes an image larger or smaller: each element of the result is the nearest element, or a mean of near ones."""
    dims = input.ndim - 2
    spatial = tuple(input.shape[2:])
    smooth = mode not in ("nearest", "nearest-exact", "area")
    if not smooth and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    output, scales = _target(spatial, size, scale_factor)
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if antialias:
        if mode not in ("bilinear", "bicubic") or input.ndim != 4:
            raise ValueError(
                "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor as input"
            )
        raise NotImplementedError("interpolate(): antialias is not implemented in this engine")
    if recompute_scale_factor or mode == "area":
        scales = (None,) * dims
    if mode == "area" and dims in (1, 2):
        return (adaptive_avg_pool1d if dims == 1 else adaptive_avg_pool2d)(input, output_size=output)
    if (mode, dims) not in UPSAMPLES:
        _refuse_mode(input.ndim, mode)
    if min(*output, *spatial) <= 0:
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({_named(spatial)}) "
            f"output ({_named(output)})"
        )
    parts = taps(mode, spatial, output, scales, bool(align_corners))
    return UPSAMPLES[mode, dims](input, parts=parts)


@interpolate.gradient("input", "every element gets the g of all that took something of it")
def _(g: Any, *, input_shape: Sizes, size: Dims, scale_factor: Any, mode: str, align_corners: bool | None) -> Any:
    output, scales = _target(input_shape[2:], size, scale_factor)
    return spread_back(g, input_shape[2:], taps(mode, input_shape[2:], output, scales, bool(align_corners)))


def _target(spatial: Sizes, size: Any, scale_factor: Any) -> tuple[Sizes, Any]:
    """The sizes of the result, and by which scales, if it was said by scales."""
    dims = len(spatial)
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    given = scale_factor if size is None else size
    each = tuple(given) if isinstance(given, (tuple, list)) else (given,) * dims
    if len(each) != dims:
        what, name, letter = (
            ("scale_factor", "scale_factor of shape", "s") if size is None else ("output", "output size of", "o")
        )
        raise ValueError(
            f"Input and {what} must have the same number of spatial dimensions, but got input with spatial dimensions "
            f"of {list(spatial)} and {name} {given}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and "
            f"{'scale_factor' if size is None else 'output size'} in ({letter}1, {letter}2, ...,{letter}K) format."
        )
    if size is not None:
        return tuple(int(n) for n in each), (None,) * dims
    return tuple(math.floor(n * factor) for n, factor in zip(spatial, each, strict=True)), each


def _named(sizes: Sizes) -> str:
    """(H: 2, W: 3)."""
    return ", ".join(f"{letter}: {n}" for letter, n in zip("DHW"[-len(sizes) :], sizes, strict=True))


def _refuse_mode(ndim: int, mode: str) -> None:
    needs = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}
    if ndim in (3, 4, 5) and mode in needs and mode != "bicubic":
        raise NotImplementedError(f"Got {ndim}D input, but {mode} mode needs {needs[mode]}D input")
    raise NotImplementedError(
        f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {ndim}D) for the modes: nearest | linear | "
        f"bilinear | bicubic | trilinear | area | nearest-exact (got {mode})"
    )
