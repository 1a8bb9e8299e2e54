"""Noise for training: some of the values are left out by chance."""

from __future__ import annotations

import math
import warnings
from typing import Annotated, Any

from engine.autograd import rng
from engine.autograd.shapes import Sizes
from engine.autograd.tensor import Tensor
from engine.op import Range, Seed, op, spelled
from engine.ops.arithmetic.operators import add, mul

Probability = Annotated[float, Range(0, 1)]
ALIASES = ("noise", "regularize", "mask", "random", "bernoulli", "layer")


def _kept(input: Any, size: Sizes, p: float, seed: int | None) -> Any:
    """1 for what is kept and 0 for what is left out, in the dtype of the input."""
    return rng.generator(seed).bernoulli(1 - p, size).astype(input.array.dtype)


def _refuse(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _dropped(input: Any, p: float, training: bool, size: Sizes, seed: int | None) -> Any:
    """The input times noise of a size that is broadcast: what is left out is left out of every copy."""
    _refuse(p)
    if p == 0 or not training or input.numel() == 0:
        return input
    if p == 1:
        return mul(input, Tensor(input.array.dtype.type(0)))
    kept = _kept(input, size, p, seed)
    return mul(input, Tensor(kept / kept.dtype.type(1 - p)))


@op(
    "input × (0 with probability p, else 1 / (1 - p))",
    torch="torch.nn.functional.dropout({input}, {p}, {training})",
    aliases=ALIASES,
    composite=True,
)
def dropout(input: Any, *, p: Probability = 0.5, training: bool = True, seed: Seed = None) -> Any:
    """Leaves out elements by chance, and enlarges the others so that the mean stays. Only in training."""
    return _dropped(input, p, training, tuple(input.shape), seed)


@dropout.gradient("input", "g × the same noise")
def _(g: Any, *, p: float, training: bool, seed: int | None) -> Any:
    return _dropped(Tensor(g), p, training, g.shape, seed).array


@op(
    "input × (0 with probability p, else 1 / (1 - p))",
    torch="torch.feature_dropout({input}, {p}, {train})",
    aliases=(*ALIASES, "channels", "spatial"),
    order=("input", "p", "train"),
    composite=True,
    required=("p", "train"),
)
def feature_dropout(input: Any, *, p: Probability = 0.5, train: bool = True, seed: Seed = None) -> Any:
    """Leaves out whole channels by chance, and enlarges the others so that the mean stays. Only in training."""
    if p > 0 and train and input.numel() and input.ndim < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return _dropped(input, p, train, (*input.shape[:2], *(1,) * (input.ndim - 2)), seed)


ALPHA = 1.7580993408473766
"""The value at which selu levels out, turned round."""


@op(
    "a × (input or -1.7581, with probability p) + b",
    torch="torch.nn.functional.alpha_dropout({input}, {p}, {training})",
    aliases=(*ALIASES, "selu"),
    composite=True,
)
def alpha_dropout(input: Any, *, p: Probability = 0.5, training: bool = False, seed: Seed = None) -> Any:
    """Sets elements to selu's lowest value by chance, so that mean and variance stay. Only in training."""
    _refuse(p)
    if p == 0 or not training or input.numel() == 0:
        return input
    if p == 1:
        return mul(input, Tensor(input.array.dtype.type(0)))
    kept = _kept(input, tuple(input.shape), p, seed)
    a = 1 / math.sqrt((ALPHA * ALPHA * p + 1) * (1 - p))
    return add(mul(input, Tensor(kept * a)), Tensor((kept - 1) * (ALPHA * a) + ALPHA * a * p))


# ---------------------------------------------------------------- as torch calls them


def _in_place(input: Tensor, result: Tensor, inplace: bool) -> Tensor:
    if not inplace or result is input:
        return result
    return input.copy_(result)


@spelled("torch.nn.functional.dropout")
def dropout_called(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """F.dropout, which may also change its input."""
    return _in_place(input, dropout(input, p=p, training=training), inplace)


@spelled("torch.nn.functional.alpha_dropout")
def alpha_dropout_called(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """F.alpha_dropout, which may also change its input."""
    return _in_place(input, alpha_dropout(input, p=p, training=training), inplace)


@spelled("torch.dropout")
def torch_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """torch.dropout, which wants to be told everything."""
    return dropout(input, p=p, training=train)


@spelled("torch.alpha_dropout")
def torch_alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """torch.alpha_dropout, which wants to be told everything."""
    return alpha_dropout(input, p=p, training=train)


def _over_channels(name: str, dims: int) -> Any:
    """F.dropout1d and its like, over channels of so many dimensions: one example may come without a batch."""

    def called(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
        _refuse(p)
        if input.ndim not in (dims + 1, dims + 2):
            spatial = "1 spatial dimension" if dims == 1 else f"{dims} spatial dimensions"
            purpose = (
                f"Note that {name} exists to provide channel-wise dropout on inputs with {spatial}, a channel "
                f"dimension, and an optional batch dimension (i.e. {dims + 1}D or {dims + 2}D inputs)."
            )
            if dims == 1:
                raise RuntimeError(f"{name}: Expected 2D or 3D input, but received a {input.ndim}D input. {purpose}")
            warnings.warn(
                f"{name}: Received a {input.ndim}-D input to {name}, which is deprecated and will result in an error "
                "in a future release. To retain the behavior and silence this warning, please use dropout instead. "
                f"{purpose}",
                stacklevel=2,
            )
        if dims == 2 and input.ndim == 3:
            warnings.warn(_SIGNALS, stacklevel=2)
        alone = dims != 2 and input.ndim != dims + 2
        result = feature_dropout(input.unsqueeze(0) if alone else input, p=p, train=training)
        return _in_place(input, result.squeeze(0) if alone else result, inplace)

    called.__name__ = name
    return called


_SIGNALS = (
    "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - input "
    "is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a future release to "
    "interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise "
    "dropout behavior, please switch to using dropout1d instead."
)

for _dims in (1, 2, 3):
    spelled(f"torch.nn.functional.dropout{_dims}d")(_over_channels(f"dropout{_dims}d", _dims))
