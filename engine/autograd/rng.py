"""torch's random numbers from numpy's Mersenne twister: the same seed gives the same tensor.

torch seeds the twister with `init_genrand`; a float32 in [0, 1) is the low 24 bits of one draw, a float64 the
low 53 bits of two. Normal numbers are Box-Muller pairs: below 16 numbers one pair at a time in float64, the
second half kept for the next call; from 16 on in blocks of 8 pairs, with the last 16 numbers drawn anew when
the count is not a multiple of 16.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

Sizes = tuple[int, ...]


class Generator:
    """A stream of random numbers (`torch.Generator`)."""

    def __init__(self, seed: int | None = None) -> None:
        self._bits = np.random.MT19937()
        self._kept: float | None = None
        self.manual_seed(time.time_ns() if seed is None else seed)

    def manual_seed(self, seed: int) -> Generator:
        """Start again from a seed."""
        self.initial_seed = seed
        self._bits._legacy_seeding(seed & 0xFFFFFFFF)
        self._kept = None
        return self

    def _draw(self, count: int) -> Any:
        return np.asarray(self._bits.random_raw(count), np.uint64)

    def _uniform(self, count: int, dtype: np.dtype[Any]) -> Any:
        if dtype == np.float64:
            pairs = self._draw(2 * count).reshape(count, 2)
            whole = (pairs[:, 0] << np.uint64(32)) | pairs[:, 1]
            return (whole & np.uint64((1 << 53) - 1)).astype(np.float64) * 2.0**-53
        return (self._draw(count) & np.uint64((1 << 24) - 1)).astype(np.float32) * np.float32(2**-24)

    def rand(self, size: Sizes, dtype: np.dtype[Any]) -> Any:
        """Uniform in [0, 1): an array of `size`."""
        _require_float(dtype, "check_uniform_bounds")
        return self._uniform(math.prod(size), dtype).reshape(size).astype(dtype, copy=False)

    def randn(self, size: Sizes, dtype: np.dtype[Any]) -> Any:
        """Normal with mean 0 and deviation 1: an array of `size`."""
        _require_float(dtype, "normal_kernel_cpu")
        count = math.prod(size)
        if count < 16:
            flat = np.array([self._normal() for _ in range(count)])
        else:
            flat = self._uniform(count, dtype)
            whole = count // 16 * 16
            flat[:whole] = _box_muller(flat[:whole])
            if whole != count:
                flat[-16:] = _box_muller(self._uniform(16, dtype))
        return flat.astype(dtype, copy=False).reshape(size)

    def _normal(self) -> float:
        if self._kept is not None:
            value, self._kept = self._kept, None
            return value
        turn, length = self._uniform(2, np.dtype(np.float64))
        radius, angle = math.sqrt(-2.0 * math.log1p(-length)), 2.0 * math.pi * turn
        self._kept = radius * math.sin(angle)
        return radius * math.cos(angle)


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


_global = Generator()


def generator(seed: int | None = None) -> Generator:
    """A fresh stream for a seed; the one that all calls share for None."""
    return _global if seed is None else Generator(seed)


def manual_seed(seed: int) -> Generator:
    """Seed the shared stream (`torch.manual_seed`)."""
    return _global.manual_seed(seed)
