"""One small kernel of weights, laid over every place of an image."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from engine.autograd.shapes import Sizes
from engine.op import Dims, Kind, Op, op
from engine.ops.convolution import convolving
from engine.ops.convolution.convolving import Geometry
from engine.ops.convolution.windows import each
from engine.ops.shape.padding import constant_pad
from engine.ops.shape.reshape import squeeze, unsqueeze

Padding = Annotated[int | tuple[int, ...] | str, Kind("dims")]
"""Also "same" and "valid"."""

ALIASES = ("convolution", "filter", "kernel", "image", "cnn", "layer", "∗")
UP = ("convolution", "deconvolution", "upsample", "kernel", "image", "layer", "∗")
ORDER_TRANSPOSED = ("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")


def _conv(dims: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """Over the last `dims` dimensions; one image without a batch is a batch of one."""
    if not isinstance(padding, str):
        _require_bias_type(input, bias)
    batch = _batched(input, dims, f"conv{dims}d")
    _require_groups(weight, groups)
    if padding == "same":
        batch, padding = _same(batch, weight, stride, dilation)
    elif padding == "valid":
        padding = 0
    elif isinstance(padding, str):
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    geometry = _geometry(dims, stride, padding, dilation, groups)
    _require_shapes(batch.array.shape, weight.array.shape, None if bias is None else bias.array.shape, geometry)
    _require_types(input, weight, bias)
    result = convolving.convolution(batch, weight, bias, geometry=geometry)
    return result if batch.ndim == input.ndim else squeeze(result, dim=0)


def _conv_transposed(
    dims: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    batch = _batched(input, dims, f"conv_transpose{dims}d")
    _require_groups(weight, groups)
    geometry = _geometry(dims, stride, padding, dilation, groups)
    extra = _expanded(output_padding, "output_padding", dims)
    if min(extra) < 0:
        raise RuntimeError("negative output_padding is not supported")
    _require_fit(batch.array.shape, weight.array.shape, geometry)
    given = f"Given transposed=1, weight of size {list(weight.shape)}"
    _require_channels(batch.array.shape, weight.shape[0], f"{given}, expected input{list(batch.shape)}")
    _require_bias(None if bias is None else bias.array.shape, weight.shape[1] * groups, given)
    _require_types(input, weight, bias)
    covered = geometry.covered(batch.shape[2:], weight.shape[2:])
    size = tuple(n + e for n, e in zip(covered, extra, strict=True))
    if any(e >= max(s, d) for e, s, d in zip(extra, geometry.stride, geometry.dilation, strict=True)):
        raise RuntimeError(
            "output padding must be smaller than either stride or dilation, but got output_padding_height: "
            f"{extra[0]} output_padding_width: {extra[-1]} stride_height: {geometry.stride[0]} stride_width: "
            f"{geometry.stride[-1]} dilation_height: {geometry.dilation[0]} dilation_width: {geometry.dilation[-1]}"
        )
    if min(size) < 1:
        raise RuntimeError(
            f"Given input size per channel: ({' x '.join(map(str, batch.shape[2:]))}). Calculated output size per "
            f"channel: ({' x '.join(map(str, size))}). Output size is too small"
        )
    result = convolving.convolution_transposed(batch, weight, bias, size=size, geometry=geometry)
    return result if batch.ndim == input.ndim else squeeze(result, dim=0)


def _batched(input: Any, dims: int, name: str) -> Any:
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, "
            f"but got input of size: {list(input.shape)}"
        )
    return input if input.ndim == dims + 2 else unsqueeze(input, dim=0)


def _geometry(dims: int, stride: Any, padding: Any, dilation: Any, groups: int) -> Geometry:
    return Geometry(
        _expanded(stride, "stride", dims),
        _expanded(padding, "padding", dims),
        _expanded(dilation, "dilation", dims),
        groups,
    )


def _expanded(value: Any, name: str, dims: int) -> Sizes:
    return each(
        value,
        dims,
        f"expected {name} to be a single integer value or a list of {dims} values to match the convolution "
        f"dimensions, but got {name}={value}",
    )


def _same(batch: Any, weight: Any, stride: Any, dilation: Any) -> tuple[Any, Sizes]:
    """The padding with which the result is as large as the input; what is odd goes behind, by a pad of its own."""
    dims = weight.ndim - 2
    _require_dims(batch.array.shape, weight.array.shape, "")
    steps = _expanded(stride, "stride", dims)
    if any(step != 1 for step in steps):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    added = [d * (k - 1) for d, k in zip(_expanded(dilation, "dilation", dims), weight.shape[2:], strict=True)]
    if any(n % 2 for n in added):
        behind = [n for k in reversed(added) for n in (0, k % 2)]
        batch = constant_pad(batch, pad=tuple(behind))
    return batch, tuple(n // 2 for n in added)


# ---------------------------------------------------------------- what is refused


def _require_groups(weight: Any, groups: int) -> None:
    if weight.ndim < 3:
        raise RuntimeError("weight should have at least three dimensions")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")


@lru_cache(maxsize=256)
def _require_shapes(image: Sizes, weight: Sizes, bias: Sizes | None, geometry: Geometry) -> None:
    """What fitted once fits again."""
    groups = geometry.groups
    _require_fit(image, weight, geometry)
    given = f"Given groups={groups}, weight of size {list(weight)}, expected input{list(image)}"
    _require_channels(image, weight[1] * groups, given)
    _require_bias(bias, weight[0], f"Given weight of size {list(weight)}")
    _require_room(image, weight, geometry)


def _require_dims(image: Sizes, weight: Sizes, gap: str) -> None:
    if len(weight) != len(image):
        raise RuntimeError(
            f"Expected {len(weight)}-dimensional input for {len(weight)}-dimensional weight{gap}{list(weight)}, "
            f"but got {len(image)}-dimensional input of size {list(image)} instead"
        )


def _require_fit(image: Sizes, weight: Sizes, geometry: Geometry) -> None:
    if min(geometry.padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(geometry.stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(geometry.dilation) <= 0:
        raise RuntimeError("dilation should be greater than zero")
    _require_dims(image, weight, " ")
    sizes, groups = list(weight), geometry.groups
    if sizes[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, "
            f"but got weight of size {sizes} instead"
        )
    if sizes[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got weight of size [{sizes}] instead"
        )
    if 0 in image[2:] and 0 not in image[:2]:
        raise RuntimeError(f"Only zero batch or zero channel inputs are supported, but got input shape: {list(image)}")


def _require_channels(image: Sizes, channels: int, given: str) -> None:
    if image[1] != channels:
        raise RuntimeError(f"{given} to have {channels} channels, but got {image[1]} channels instead")


def _require_bias(bias: Sizes | None, count: int, given: str) -> None:
    if bias is not None and bias != (count,):
        raise RuntimeError(
            f"{given}, expected bias to be 1-dimensional with {count} elements, "
            f"but got bias of size {list(bias)} instead"
        )


def _require_room(image: Sizes, weight: Sizes, geometry: Geometry) -> None:
    room = [n + 2 * p for n, p in zip(image[2:], geometry.padding, strict=True)]
    needed = [d * (k - 1) + 1 for k, d in zip(weight[2:], geometry.dilation, strict=True)]
    if any(n < k for n, k in zip(room, needed, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({' x '.join(map(str, room))}). "
            f"Kernel size: ({' x '.join(map(str, needed))}). Kernel size can't be greater than actual input size"
        )


def _require_bias_type(input: Any, bias: Any) -> None:
    if bias is not None and bias.array.dtype != input.array.dtype:
        names = {"int64": "long int", "float32": "float", "float64": "double", "float16": "c10::Half", "int32": "int"}
        left, right = (names.get(t.array.dtype.name, t.array.dtype.name) for t in (input, bias))
        raise RuntimeError(f"Input type ({left}) and bias type ({right}) should be the same")


def _require_types(input: Any, weight: Any, bias: Any) -> None:
    """Convolutions do not promote."""
    for other, name in ((weight, "weight"), (bias, "bias")):
        if other is not None and other.array.dtype != input.array.dtype:
            raise RuntimeError(f"Input type ({input.type()}) and {name} type ({other.type()}) should be the same")


# ---------------------------------------------------------------- the ops


@op(
    "input ∗ weight + bias",
    torch="torch.nn.functional.conv1d({input}, {weight}, {bias}, {stride}, {padding}, {dilation}, {groups})",
    also=("torch.conv1d",),
    aliases=(*ALIASES, "signal"),
    composite=True,
)
def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Dims = 1,
    padding: Padding = 0,
    dilation: Dims = 1,
    groups: int = 1,
) -> Any:
    """Slides small kernels along a signal and takes a dot product at every place; each kernel makes one channel."""
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


@op(
    "input ∗ weight + bias",
    torch="torch.nn.functional.conv2d({input}, {weight}, {bias}, {stride}, {padding}, {dilation}, {groups})",
    also=("torch.conv2d",),
    aliases=ALIASES,
    composite=True,
)
def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Dims = 1,
    padding: Padding = 0,
    dilation: Dims = 1,
    groups: int = 1,
) -> Any:
    """Slides small kernels over an image and takes a dot product at every place; each kernel makes one channel."""
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


@op(
    "input ∗ weight + bias",
    torch="torch.nn.functional.conv3d({input}, {weight}, {bias}, {stride}, {padding}, {dilation}, {groups})",
    also=("torch.conv3d",),
    aliases=(*ALIASES, "volume", "video"),
    composite=True,
)
def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Dims = 1,
    padding: Padding = 0,
    dilation: Dims = 1,
    groups: int = 1,
) -> Any:
    """Slides small kernels through a volume and takes a dot product at every place; each kernel makes one channel."""
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


@op(
    "input ∗ weightᵀ + bias",
    torch="torch.nn.functional.conv_transpose1d({input}, {weight}, {bias}, {stride}, {padding}, {output_padding}, "
    "{groups}, {dilation})",
    also=("torch.conv_transpose1d",),
    order=ORDER_TRANSPOSED,
    aliases=(*UP, "signal"),
    composite=True,
)
def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Dims = 1,
    padding: Dims = 0,
    output_padding: Dims = 0,
    dilation: Dims = 1,
    groups: int = 1,
) -> Any:
    """Lays a kernel, scaled by every element, along a longer signal: what a convolution does to its gradient."""
    return _conv_transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


@op(
    "input ∗ weightᵀ + bias",
    torch="torch.nn.functional.conv_transpose2d({input}, {weight}, {bias}, {stride}, {padding}, {output_padding}, "
    "{groups}, {dilation})",
    also=("torch.conv_transpose2d",),
    order=ORDER_TRANSPOSED,
    aliases=UP,
    composite=True,
)
def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Dims = 1,
    padding: Dims = 0,
    output_padding: Dims = 0,
    dilation: Dims = 1,
    groups: int = 1,
) -> Any:
    """Lays a kernel, scaled by every element, over a larger image: what a convolution does to its gradient."""
    return _conv_transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


@op(
    "input ∗ weightᵀ + bias",
    torch="torch.nn.functional.conv_transpose3d({input}, {weight}, {bias}, {stride}, {padding}, {output_padding}, "
    "{groups}, {dilation})",
    also=("torch.conv_transpose3d",),
    order=ORDER_TRANSPOSED,
    aliases=(*UP, "volume"),
    composite=True,
)
def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Dims = 1,
    padding: Dims = 0,
    output_padding: Dims = 0,
    dilation: Dims = 1,
    groups: int = 1,
) -> Any:
    """Lays a kernel, scaled by every element, through a larger volume: what a convolution does to its gradient."""
    return _conv_transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


# ---------------------------------------------------------------- what the learner reads


def _tell_conv(declared: Op, dims: int) -> None:
    @declared.gradient("input", "g ∗ weightᵀ")
    def _(g: Any, weight: Any, *, input_shape: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
        geometry = _geometry(dims, stride, padding, dilation, groups)
        return convolving.convolution_to_input.of(g, weight, input_shape=input_shape, geometry=geometry)

    @declared.gradient("weight", "input ∗ g")
    def _(g: Any, input: Any, *, weight_shape: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
        geometry = _geometry(dims, stride, padding, dilation, groups)
        return convolving.convolution_to_weight.of(g, input, weight_shape=weight_shape, geometry=geometry)

    declared.gradient("bias", "sum of g over batch and places")(
        lambda g, weight: convolving.convolution_to_bias.of(g, weight)
    )


def _tell_transposed(declared: Op, dims: int) -> None:
    @declared.gradient("input", "g ∗ weight")
    def _(g: Any, weight: Any, *, input_shape: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
        geometry = _geometry(dims, stride, padding, dilation, groups)
        return convolving.convolution.of(g, weight, None, places=input_shape[2:], geometry=geometry)

    @declared.gradient("weight", "g ∗ input")
    def _(g: Any, input: Any, *, weight_shape: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
        geometry = _geometry(dims, stride, padding, dilation, groups)
        return convolving.convolution_to_weight.of(input, g, weight_shape=weight_shape, geometry=geometry)

    declared.gradient("bias", "sum of g over batch and places")(
        lambda g, weight: convolving.convolution_to_bias.of(g, weight)
    )


for _dims, _conv_op in enumerate((conv1d, conv2d, conv3d), 1):
    _tell_conv(_conv_op, _dims)
for _dims, _conv_op in enumerate((conv_transpose1d, conv_transpose2d, conv_transpose3d), 1):
    _tell_transposed(_conv_op, _dims)
