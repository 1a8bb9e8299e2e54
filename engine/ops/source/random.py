"""Random numbers, from a stream that a seed makes repeatable."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from engine.autograd import dtypes, rng
from engine.autograd.tensor import Tensor
from engine.op import Dtype, Range, Seed, Shape, op, spelled
from engine.ops.calling import make, stream_of
from engine.ops.source.arguments import require_int


@op("uniform in [0, 1)", torch="torch.rand({size})", aliases=("random", "uniform"), required=("size",))
def rand(*, size: Shape = (2, 2), seed: Seed = None, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """Random numbers between 0 and 1, every one as likely as any other. A seed makes them repeatable."""
    return rng.generator(seed).uniform(size, dtypes.numpy_dtype(dtype))


@op(
    "normal, mean 0, deviation 1",
    torch="torch.randn({size})",
    aliases=("random", "normal", "gaussian", "noise"),
    required=("size",),
)
def randn(*, size: Shape = (2, 2), seed: Seed = None, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """Random numbers from the bell curve around 0. A seed makes them repeatable."""
    return rng.generator(seed).normal(size, dtypes.numpy_dtype(dtype))


@op(
    "normal, mean, deviation std",
    torch="torch.normal({mean}, {std}, {size})",
    aliases=("random", "gaussian", "noise", "bell curve"),
    required=("mean", "std", "size"),
)
def normal(
    *,
    mean: float = 0.0,
    std: Annotated[float, Range(0, None)] = 1.0,
    size: Shape = (2, 2),
    seed: Seed = None,
    dtype: Dtype = None,
    requires_grad: bool = False,
) -> Any:
    """Random numbers from the bell curve around a mean. Two thirds of them lie within one std of it."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    return rng.generator(seed).normal(size, dtypes.numpy_dtype(dtype), mean, std)


@spelled("torch.normal")
def normal_around(mean: Any, std: Any = None, size: Any = None, generator: Any = None, **params: Any) -> Tensor:
    """`normal(mean, std, size)`, or with a tensor for either: one number for each of its elements."""
    if isinstance(mean, Tensor) or isinstance(std, Tensor):
        return _around(mean, 1.0 if std is None else std, rng.generator(stream_of(generator)))
    if std is None or size is None:
        given = ", ".join(type(value).__name__ for value in (mean, std) if value is not None)
        raise TypeError(
            f"normal() received an invalid combination of arguments - got ({given}), but expected one of:\n"
            " * (Tensor mean, Tensor std)\n * (Tensor mean, float std = 1)\n * (float mean, Tensor std)\n"
            " * (float mean, float std, tuple of ints size)\n"
        )
    return make(normal, {"mean": mean, "std": std, "size": size, "generator": generator, **params})


def _around(mean: Any, std: Any, stream: rng.Generator) -> Tensor:
    """Numbers of mean 0 and deviation 1, stretched and moved."""
    if isinstance(std, Tensor):
        if np.any(std.array < 0):
            raise RuntimeError("normal expects all elements of std >= 0.0")
    elif std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    for given in (mean, std):
        if isinstance(given, Tensor) and given.array.dtype.kind != "f":
            kind = dtypes.scalar_type(given.array.dtype)
            raise NotImplementedError(f"\"normal_kernel_cpu\" not implemented for '{kind}'")
    place, width = (Tensor(v.array) if isinstance(v, Tensor) else v for v in (mean, std))
    like = place + width
    return Tensor(stream.normal(like.array.shape, like.array.dtype)) * width + place


@op(
    "integers in [low, high)",
    torch="torch.randint({low}, {high}, {size})",
    aliases=("random", "integer", "dice", "labels", "classes"),
    required=("low", "high", "size"),
)
def randint(
    *,
    low: int = 0,
    high: int = 10,
    size: Shape = (2, 2),
    seed: Seed = None,
    dtype: Dtype = None,
    requires_grad: bool = False,
) -> Any:
    """Random whole numbers from low up to, but without, high."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    kind = np.dtype(np.int64) if dtype is None else dtypes.numpy_dtype(dtype)
    for name, bound in (("from", low), ("to - 1", high - 1)):
        if not _holds(kind, bound):
            raise RuntimeError(f"{name} is out of bounds for {_C_TYPES.get(kind.name, kind.name)}")
    return rng.generator(seed).integers(low, high, size).astype(kind)


_C_TYPES = {
    "uint8": "unsigned char",
    "int8": "signed char",
    "int16": "short",
    "int32": "int",
    "int64": "long",
    "float32": "float",
    "float64": "double",
}


def _holds(kind: np.dtype[Any], number: int) -> bool:
    if kind.kind in "iu":
        return bool(np.iinfo(kind).min <= number <= np.iinfo(kind).max)
    return number in (0, 1) if kind.kind == "b" else abs(number) <= np.finfo(kind).max


@spelled("torch.randint")
def randint_between(*bounds: Any, **params: Any) -> Tensor:
    """`randint(high, size)`, `randint(low, high, size)`."""
    from_low = len(bounds) == 3 or "low" in params or (bounds and "high" in params) or (bounds[1:] and "size" in params)
    names = ("low", "high", "size") if from_low else ("high", "size")
    params = {"low": 0, **params, **dict(zip(names, bounds, strict=False))}
    if "high" not in params or "size" not in params:
        given = ", ".join(type(bound).__name__ for bound in bounds)
        raise TypeError(
            f"randint() received an invalid combination of arguments - got ({given}), but expected one of:\n"
            " * (int high, tuple of ints size)\n * (int low, int high, tuple of ints size)\n"
        )
    for place, name in enumerate(names, 1):
        value, kind = params[name], "tuple of ints" if name == "size" else "int"
        fits = isinstance(value, (list, tuple)) if name == "size" else isinstance(value, (int, np.integer))
        if not fits:
            raise TypeError(
                f"randint(): argument '{name}' (position {place}) must be {kind}, not {type(value).__name__}"
            )
    return make(randint, params)


@op(
    "0 … n - 1 in random order",
    torch="torch.randperm({n})",
    aliases=("permutation", "shuffle", "random order"),
    required=("n",),
)
def randperm(*, n: int = 5, seed: Seed = None, dtype: Dtype = "int64", requires_grad: bool = False) -> Any:
    """The whole numbers below n, each once, in random order."""
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    kind = dtypes.numpy_dtype(dtype)
    if kind.kind == "b":
        raise NotImplementedError("\"randperm\" not implemented for 'Bool'")
    dtypes.fitting(n, kind, f"{kind.name}_t")
    return rng.generator(seed).permutation(n).astype(kind)


@spelled("torch.randperm")
def randperm_of(n: int, **params: Any) -> Tensor:
    """`randperm(n)`."""
    require_int("randperm", "n", 1, n)
    return make(randperm, {"n": n, **params})


@op(
    "1 with probability input, else 0",
    aliases=("coin", "flip", "mask", "random", "sample", "binary"),
)
def bernoulli(input: Any, *, seed: Seed = None) -> Any:
    """Flips a coin for each element: the element is the probability of a one. No gradient passes through chance."""
    if input.dtype.kind != "f":
        raise NotImplementedError(
            f"\"bernoulli_tensor_cpu_p_\" not implemented for '{dtypes.scalar_type(input.dtype)}'"
        )
    if not np.all((input >= 0) & (input <= 1)):
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If "
            "so, please report an enhancement request to PyTorch.)"
        )
    return rng.generator(seed).bernoulli(np.asarray(input)).astype(input.dtype)


@bernoulli.gradient("input", "0")
def _(g: Any) -> Any:
    return g * 0


@spelled("torch.bernoulli", "Tensor.bernoulli")
def bernoulli_by(input: Tensor, p: float | None = None, *, generator: Any = None) -> Tensor:
    """A coin for each element, with the element as the probability of a one, or with one p for all."""
    if p is None:
        return bernoulli(input, seed=generator)
    return input.clone().bernoulli_(p, generator=generator)


@op(
    "indices drawn by their weights",
    aliases=("sample", "categorical", "draw", "choice", "random"),
    order=("input", "num_samples", "replacement"),
    required=("num_samples",),
)
def multinomial(input: Any, *, num_samples: int = 1, replacement: bool = False, seed: Seed = None) -> Any:
    """Draws positions at random; the larger a weight, the more often its position comes."""
    _refuse_weights(input, num_samples, replacement)
    stream = rng.generator(seed)
    weights = input.reshape(-1, input.shape[-1])
    if replacement:
        share = np.cumsum(weights, 1, dtype=input.dtype)
        share = share / share[:, -1:]
        draws = stream.uniform((len(weights), num_samples), np.dtype(np.float64))
        chosen = np.stack([np.searchsorted(row, drawn) for row, drawn in zip(share, draws, strict=True)])
    else:  # who waits least, each for a time that goes by its weight
        order = np.argsort(-(weights / stream.exponential(weights.shape, input.dtype)), 1, kind="stable")
        chosen = order[:, :num_samples]
    return chosen.reshape(*input.shape[:-1], num_samples)


def _refuse_weights(input: Any, num_samples: int, replacement: bool) -> None:
    if input.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if input.dtype.kind != "f":
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {dtypes.scalar_type(input.dtype)}"
        )
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > input.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not np.all(np.isfinite(input) & (input >= 0)):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if np.any(input.sum(-1) <= 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
