"""An image shared out among as many windows as one asks for, and one number for each."""

from __future__ import annotations

from typing import Any

from engine.autograd.shapes import Sizes
from engine.autograd.tensor import Tensor
from engine.op import Dims, op, spelled
from engine.ops.convolution.grids import row_settings
from engine.ops.convolution.pooled import in_plane, largest_of_shares, picked, shared_mean, shared_mean_backward
from engine.ops.reduction.sums import mean
from engine.ops.shape.reshape import squeeze, unsqueeze

ALIASES = ("pool", "pooling", "downsample", "image", "cnn", "global")


def _adaptive_size(input: Any, output_size: Any) -> Any:
    """None stands for as many as there are."""
    if isinstance(output_size, int):
        return (output_size, output_size)
    if input.ndim <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    sizes = input.shape[input.ndim - len(output_size) :]
    return tuple(have if wanted is None else wanted for wanted, have in zip(output_size, sizes, strict=True))


@op(
    "mean of each share",
    torch="torch.nn.functional.adaptive_avg_pool2d({input}, {output_size})",
    aliases=(*ALIASES, "average"),
    composite=True,
    required=("output_size",),
)
def adaptive_avg_pool2d(input: Any, *, output_size: Dims = 1) -> Any:
    """Shares an image out among so many rows and columns, and takes the average of each share."""
    size = _adaptive_size(input, output_size)
    if len(size) != 2:
        raise RuntimeError("adaptive_avg_pool2d: output_size must be 2")
    if min(size) < 0:
        raise RuntimeError(
            "adaptive_avg_pool2d: elements of output_size must be greater than or equal to 0 "
            f"but received {{{size[0]}, {size[1]}}}"
        )
    if size == (1, 1):
        return mean(input, dim=(-1, -2), keepdim=True)
    _require_shares(input, "adaptive_avg_pool2d", "but got ")
    return shared_mean(input, output_size=size)


def _require_shares(input: Any, name: str, text: str) -> None:
    shape = list(input.shape)
    if len(shape) not in (3, 4):
        raise RuntimeError(f"{name}(): Expected 3D or 4D tensor, {text}{shape}")
    for dim in (-2, -1):
        if shape[dim] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, "
                f"but input has sizes {shape} with dimension {len(shape) + dim} being empty"
            )


def _row_size(input: Any, name: str, output_size: Any) -> Sizes:
    """A signal is an image of one row."""
    row_settings(name, tuple(input.shape), {"kernel_size": 1, "stride": 1, "padding": 0, "dilation": 1})
    sizes = (output_size,) if isinstance(output_size, int) else tuple(output_size)
    if len(sizes) != 1:
        raise RuntimeError(f"{name}() argument 'output_size' should contain one int (got {len(sizes)})")
    return (1, sizes[0])


@op(
    "mean of each share",
    torch="torch.nn.functional.adaptive_avg_pool1d({input}, {output_size})",
    also=("torch.adaptive_avg_pool1d",),
    aliases=(*ALIASES, "average", "signal"),
    composite=True,
    required=("output_size",),
)
def adaptive_avg_pool1d(input: Any, *, output_size: Dims = 1) -> Any:
    """Shares a signal out among so many windows, and takes the average of each."""
    size = _row_size(input, "adaptive_avg_pool1d", output_size)
    return squeeze(adaptive_avg_pool2d(unsqueeze(input, dim=-2), output_size=size), dim=-2)


@adaptive_avg_pool2d.gradient("input", "g / size of the share")
def _(g: Any, *, input_shape: Sizes) -> Any:
    return shared_mean_backward.of(g, input_shape=input_shape)


@adaptive_avg_pool1d.gradient("input", "g / size of the share")
def _(g: Any, *, input_shape: Sizes) -> Any:
    shape = (*input_shape[:-1], 1, input_shape[-1])
    return shared_mean_backward.of(g[..., None, :], input_shape=shape).reshape(input_shape)


def _adaptive_max_pool2d(input: Any, output_size: Any) -> tuple[Any, Any]:
    size = _adaptive_size(input, output_size)
    if len(size) != 2:
        raise RuntimeError("adaptive_max_pool2d(): internal error: output_size.size() must be 2")
    _require_shares(input, "adaptive_max_pool2d", "but got: ")
    if min(size) < 0:
        whole = [*input.shape[:-2], *size]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(size)}: {whole}")
    flat = largest_of_shares(input.array, size)
    return picked(input, flat=flat, adaptive=True), in_plane(flat, input.array.shape)


def _adaptive_max_pool1d(input: Any, output_size: Any) -> tuple[Any, Any]:
    size = _row_size(input, "adaptive_max_pool1d", output_size)
    values, places = _adaptive_max_pool2d(unsqueeze(input, dim=-2), size)
    return squeeze(values, dim=-2), places.squeeze(-2)


@op(
    "max of each share",
    torch="torch.nn.functional.adaptive_max_pool2d({input}, {output_size})",
    aliases=(*ALIASES, "maximum"),
    composite=True,
    required=("output_size",),
)
def adaptive_max_pool2d(input: Any, *, output_size: Dims = 1) -> Any:
    """Shares an image out among so many rows and columns, and keeps the largest element of each share."""
    return _adaptive_max_pool2d(input, output_size)[0]


@op(
    "max of each share",
    torch="torch.nn.functional.adaptive_max_pool1d({input}, {output_size})",
    aliases=(*ALIASES, "maximum", "signal"),
    composite=True,
    required=("output_size",),
)
def adaptive_max_pool1d(input: Any, *, output_size: Dims = 1) -> Any:
    """Shares a signal out among so many windows, and keeps the largest element of each."""
    return _adaptive_max_pool1d(input, output_size)[0]


@spelled("torch.nn.functional.adaptive_max_pool2d")
def _(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    values, places = _adaptive_max_pool2d(input, output_size)
    return (values, Tensor(places)) if return_indices else values


@spelled("torch.nn.functional.adaptive_max_pool1d")
def _(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    values, places = _adaptive_max_pool1d(input, output_size)
    return (values, Tensor(places)) if return_indices else values
