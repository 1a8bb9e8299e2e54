"""torch's random numbers from numpy's Mersenne twister: the same seed gives the same tensor.

torch seeds the twister with `init_genrand`; a float32 in [0, 1) is the low 24 bits of one draw, a float64 the
low 53 bits of two. Normal numbers are Box-Muller pairs: below 16 numbers one pair at a time in float64, the
second half kept for the next call; from 16 on in blocks of 8 pairs, with the last 16 numbers drawn anew when
the count is not a multiple of 16. An integer is a draw modulo the range.

Where torch multiplies and adds in one float32 instruction, the sum is rounded once: here by way of float64.
"""

from __future__ import annotations

import math
import secrets
import struct
from typing import Any

import numpy as np

from engine.autograd.tensor import Tensor

Sizes = tuple[int, ...]
_DOUBLE = np.dtype(np.float64)
_STATE = 5056
"""Bytes that torch's generator writes its state in."""


class Generator:
    """A stream of random numbers (`torch.Generator`)."""

    def __init__(self, device: str = "cpu") -> None:
        self.device = device
        self._bits = np.random.MT19937()
        self.manual_seed(67280421310721)  # torch's own default

    def manual_seed(self, seed: int) -> Generator:
        """Start again from a seed."""
        seed = int(seed)
        if not -(1 << 63) <= seed < 1 << 64:
            raise RuntimeError("Overflow when unpacking long long")
        self._seed = seed % (1 << 64)
        self._bits._legacy_seeding(seed & 0xFFFFFFFF)
        self._kept: float | None = None
        return self

    def seed(self) -> int:
        """Start again from a seed that nobody knows."""
        self.manual_seed(secrets.randbits(64))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that it started from."""
        return self._seed

    def get_state(self) -> Tensor:
        """Where the stream is, as bytes."""
        twister = self._bits.state["state"]
        kept = (0.0, 0) if self._kept is None else (self._kept, 1)
        head = struct.pack("<QqdQ", self._seed, twister["pos"], *kept)
        return Tensor(np.frombuffer((head + twister["key"].tobytes()).ljust(_STATE, b"\0"), np.uint8).copy())

    def set_state(self, new_state: Tensor) -> Generator:
        """Go back to where the stream was."""
        data = new_state.array.tobytes()
        if len(data) != _STATE:
            raise RuntimeError("RNG state is wrong size")
        self._seed, place, kept, is_kept = struct.unpack_from("<QqdQ", data)
        key = np.frombuffer(data, np.uint32, 624, 32)
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": place}}
        self._kept = kept if is_kept else None
        return self

    # ------------------------------------------------------------ draws

    def _draw(self, count: int) -> Any:
        return np.asarray(self._bits.random_raw(count), np.uint64)

    def _draw_pairs(self, count: int) -> Any:
        pairs = self._draw(2 * count).reshape(count, 2)
        return (pairs[:, 0] << np.uint64(32)) | pairs[:, 1]

    def _unit(self, count: int, dtype: np.dtype[Any]) -> Any:
        """Numbers in [0, 1) in float32 or float64."""
        if dtype == _DOUBLE:
            return (self._draw_pairs(count) & np.uint64((1 << 53) - 1)).astype(np.float64) * 2.0**-53
        return (self._draw(count) & np.uint64((1 << 24) - 1)).astype(np.float32) * np.float32(2**-24)

    # ------------------------------------------------------------ numbers

    def uniform(self, size: Sizes, dtype: np.dtype[Any], low: float = 0.0, high: float = 1.0) -> Any:
        """Every number in [low, high) as likely as any other: an array of `size`."""
        _require_float(dtype, "check_uniform_bounds")
        inner = _inner(dtype)
        flat = self._unit(math.prod(size), inner)
        if (low, high) != (0, 1):
            flat = _moved(flat, inner.type(high) - inner.type(low), low)
        return flat.astype(dtype, copy=False).reshape(size)

    def normal(self, size: Sizes, dtype: np.dtype[Any], mean: float = 0.0, std: float = 1.0) -> Any:
        """Around the mean, with a standard deviation: an array of `size`."""
        _require_float(dtype, "normal_kernel_cpu")
        count = math.prod(size)
        if count < 16:
            flat = np.array([self._normal() for _ in range(count)], np.float64) * std + mean
            return flat.astype(dtype).reshape(size)
        inner = _inner(dtype)
        flat = self._unit(count, inner)
        whole = count // 16 * 16
        flat[:whole] = _box_muller(flat[:whole])
        if whole != count:
            flat[-16:] = _box_muller(self._unit(16, inner))
        if (mean, std) != (0, 1):
            flat = _moved(flat, std, mean)
        return flat.astype(dtype, copy=False).reshape(size)

    def _normal(self) -> float:
        if self._kept is not None:
            value, self._kept = self._kept, None
            return value
        turn, length = self._unit(2, _DOUBLE)
        radius, angle = math.sqrt(-2.0 * math.log1p(-length)), 2.0 * math.pi * turn
        self._kept = radius * math.sin(angle)
        return radius * math.cos(angle)

    def exponential(self, size: Sizes, dtype: np.dtype[Any], rate: float = 1.0) -> Any:
        """Waiting times of an event that comes `rate` times in a unit of time: an array of `size`."""
        return (-np.log1p(-self._unit(math.prod(size), _DOUBLE)) / rate).astype(dtype).reshape(size)

    def integers(self, low: int, high: int, size: Sizes) -> Any:
        """Whole numbers from low up to, but without, high: an array of `size` in int64."""
        span, count = high - low, math.prod(size)
        draws = self._draw(count) if span < 1 << 28 else self._draw_pairs(count)
        return ((draws % np.uint64(span)).astype(np.int64) + low).reshape(size)

    def permutation(self, n: int) -> Any:
        """0 … n - 1 in random order, in int64."""
        order = list(range(n))
        for i, draw in enumerate(self._draw(max(n - 1, 0)).tolist()):
            j = i + draw % (n - i)
            order[i], order[j] = order[j], order[i]
        return np.array(order, np.int64)

    def bernoulli(self, p: Any, size: Sizes | None = None) -> Any:
        """Truth with probability p: a number for an array of `size`, or an array with one for each element.

        torch draws a number's worth of float64 for each element, whatever the dtype of the result.
        """
        dtype = _DOUBLE if size is not None else _inner(p.dtype)
        shape: Sizes = p.shape if size is None else size
        return self._unit(math.prod(shape), dtype).reshape(shape) < p


def _inner(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype that a stream works in: halves are floats, rounded at the end."""
    return dtype if dtype == _DOUBLE else np.dtype(np.float32)


def _moved(array: Any, factor: Any, offset: Any) -> Any:
    """array × factor + offset, rounded once."""
    kind = array.dtype.type
    exact = np.multiply(array, np.float64(kind(factor)), dtype=np.float64)
    return (exact + np.float64(kind(offset))).astype(array.dtype)


def _box_muller(uniform: Any) -> Any:
    """Normal numbers from blocks of 16 uniform ones: the first 8 give lengths, the last 8 angles."""
    kind = uniform.dtype.type
    blocks = uniform.reshape(-1, 2, 8)
    radius = np.sqrt(kind(-2) * np.log(kind(1) - blocks[:, 0]))
    angle = kind(2 * math.pi) * blocks[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)


def _require_float(dtype: np.dtype[Any], kernel: str) -> None:
    from engine.autograd.dtypes import scalar_type

    if dtype.kind != "f":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type(dtype)}'")


default_generator = Generator()
"""The stream that all calls share (`torch.default_generator`)."""
default_generator.seed()


def generator(seed: int | Generator | None = None) -> Generator:
    """A fresh stream for a seed; the one that all calls share for None."""
    if seed is None:
        return default_generator
    return seed if isinstance(seed, Generator) else Generator().manual_seed(seed)


def manual_seed(seed: int) -> Generator:
    """Seed the shared stream (`torch.manual_seed`)."""
    return default_generator.manual_seed(seed)
