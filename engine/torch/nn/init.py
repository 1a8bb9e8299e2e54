"""`torch.nn.init`: numbers to start with. With the same seed they are torch's."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from engine.autograd.rng import generator as stream
from engine.autograd.tensor import Tensor


def _write(tensor: Tensor, values: Any) -> Tensor:
    """Numbers that nobody has to account for."""
    tensor.write(values)
    return tensor


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Every number in [a, b) as likely as any other."""
    return _write(tensor, stream(generator).uniform(tensor.array.shape, tensor.array.dtype, a, b))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """From the bell curve around a mean."""
    return _write(tensor, stream(generator).normal(tensor.array.shape, tensor.array.dtype, mean, std))


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Tensor:
    """From the part of a bell curve that lies in [a, b]."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be "
            "incorrect.",
            stacklevel=2,
        )
    shape, dtype, draws = tensor.array.shape, tensor.array.dtype, stream(generator)
    inside = (math.erf((b - mean) / std / math.sqrt(2)) - math.erf((a - mean) / std / math.sqrt(2))) / 2
    if inside > 0.3:  # draw anew what lies outside
        values = draws.normal(shape, dtype, mean, std)
        while np.any(outside := (values < a) | (values > b)):
            values = np.where(outside, draws.normal(shape, dtype, mean, std), values)
        return _write(tensor, values)
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    values, refused = np.zeros(shape, dtype), np.ones(shape, bool)
    while np.any(refused):  # draw anywhere inside, and keep it as often as the curve is high there
        values = np.where(refused, draws.uniform(shape, dtype, a, b), values)
        height = -0.5 * ((values - mean) / std) ** 2 - peak
        refused &= np.log(draws.uniform(shape, dtype)) > height
    return _write(tensor, values)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One number everywhere."""
    return _write(tensor, np.asarray(val, tensor.array.dtype))


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere."""
    return constant_(tensor, 0.0)


def eye_(tensor: Tensor) -> Tensor:
    """The identity: a layer that passes its input on."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return _write(tensor, np.eye(*tensor.array.shape, dtype=tensor.array.dtype))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """The identity for a convolution: each kernel passes one channel on."""
    sizes = tensor.array.shape
    if len(sizes) not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if sizes[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    values = np.zeros(sizes, tensor.array.dtype)
    outputs = sizes[0] // groups
    middle = tuple(size // 2 for size in sizes[2:])
    for group in range(groups):
        for channel in range(min(outputs, sizes[1])):
            values[(group * outputs + channel, channel, *middle)] = 1
    return _write(tensor, values)


_GAINS = {"sigmoid": 1, "tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4, "linear": 1}
_GAINS |= {f"{kind}{n}d": 1 for kind in ("conv", "conv_transpose") for n in (1, 2, 3)}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """How much a function shrinks what passes through it: the factor that makes up for it."""
    if nonlinearity in _GAINS:
        return _GAINS[nonlinearity]
    if nonlinearity != "leaky_relu":
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    if param is not None and (isinstance(param, bool) or not isinstance(param, (int, float))):
        raise ValueError(f"negative_slope {param} not a valid number")
    return math.sqrt(2.0 / (1 + (0.01 if param is None else param) ** 2))


def fans(tensor: Tensor) -> tuple[int, int]:
    """How many numbers each result comes from, and how many results each number goes to."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = math.prod(tensor.array.shape[2:])
    return tensor.array.shape[1] * field, tensor.array.shape[0] * field


_calculate_fan_in_and_fan_out = fans


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """So that neither values nor gradients grow or shrink from layer to layer (Glorot and Bengio, 2010)."""
    bound = math.sqrt(3.0) * gain * math.sqrt(2.0 / sum(fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """As `xavier_uniform_`, from a bell curve."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(fans(tensor))), generator)


def _kaiming(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    fan = fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """So that values keep their size through layers with relu (He et al., 2015)."""
    if 0 in tensor.array.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    bound = math.sqrt(3.0) * _kaiming(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """As `kaiming_uniform_`, from a bell curve."""
    if 0 in tensor.array.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    return normal_(tensor, 0.0, _kaiming(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """A matrix that turns, and stretches nothing."""
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.array.shape[0]
    columns = tensor.numel() // rows
    flat = stream(generator).normal((rows, columns), tensor.array.dtype)
    q, r = np.linalg.qr(flat.T if rows < columns else flat)
    q = q * np.sign(np.diag(r))
    return _write(tensor, gain * (q.T if rows < columns else q).reshape(tensor.array.shape))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """From a bell curve, but with a part of every column zero."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.array.shape
    values = stream(generator).normal((rows, columns), tensor.array.dtype, 0.0, std)
    zeros = math.ceil(sparsity * rows)
    for column in range(columns):
        values[stream(generator).permutation(rows)[:zeros], column] = 0
    return _write(tensor, values)
