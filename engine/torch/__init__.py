"""The torch-shaped face: `from engine import torch`, and tutorial code runs as it stands.

Names, argument order, keywords, defaults, printed output and error texts are torch's. The functions are the
declared ops; what is not an op stands in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

import engine.ops as _ops
from engine.autograd import dtypes as _dtypes
from engine.autograd.anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled
from engine.autograd.device import device
from engine.autograd.mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from engine.autograd.printing import set_printoptions
from engine.autograd.rng import Generator, default_generator
from engine.autograd.shapes import Size
from engine.autograd.tensor import Tensor
from engine.torch import autograd, linalg, nn, optim, random, special
from engine.torch.asking import (
    broadcast_shapes,
    can_cast,
    finfo,
    iinfo,
    is_tensor,
    promote_types,
    result_type,
    typename,
)
from engine.torch.making import TYPED, as_tensor, asarray, from_numpy, scalar_tensor
from engine.torch.names import inside, missing
from engine.torch.random import get_rng_state, initial_seed, manual_seed, seed, set_rng_state

dtype = _dtypes.DType
float16 = half = _dtypes.float16
float32 = _dtypes.float32
float64 = double = _dtypes.float64
uint8 = _dtypes.uint8
int8 = _dtypes.int8
int16 = short = _dtypes.int16
int32 = _dtypes.int32
int64 = long = _dtypes.int64
get_default_dtype = _dtypes.default_dtype
set_default_dtype = _dtypes.set_default_dtype

inf, nan, pi, e = float("inf"), float("nan"), np.pi, np.e
strided, contiguous_format, preserve_format = "torch.strided", "torch.contiguous_format", "torch.preserve_format"

__version__ = "2.13.0"
"""The torch whose behaviour this is."""

cuda = SimpleNamespace(is_available=lambda: False, device_count=lambda: 0)

FUNCTIONS: dict[str, Callable[..., Any]] = inside("torch") | TYPED
"""By torch's name for it: every op that is a function there."""

# Names of the module, so that to use one costs no call of __getattr__; three of them are Python's own too.
globals().update({_name: _function for _name, _function in FUNCTIONS.items() if _name not in globals()})
globals().update({"float": _dtypes.float32, "int": _dtypes.int32, "bool": _dtypes.bool_})


def get_num_threads() -> int:
    """How many threads compute one operation."""
    return 1


def set_num_threads(num: int) -> None:
    """Asks for more threads; one computes all the same."""


def __getattr__(name: str) -> Any:
    raise missing("torch", name, __dir__())


def __dir__() -> list[str]:
    return sorted(name for name in globals() if not name.startswith("_"))


__all__ = [
    "Generator",
    "Size",
    "Tensor",
    "as_tensor",
    "asarray",
    "autograd",
    "broadcast_shapes",
    "can_cast",
    "default_generator",
    "device",
    "enable_grad",
    "finfo",
    "from_numpy",
    "get_rng_state",
    "iinfo",
    "inference_mode",
    "initial_seed",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "is_tensor",
    "linalg",
    "manual_seed",
    "nn",
    "no_grad",
    "optim",
    "promote_types",
    "random",
    "result_type",
    "scalar_tensor",
    "seed",
    "set_grad_enabled",
    "set_printoptions",
    "set_rng_state",
    "special",
    "typename",
]
assert _ops.CATEGORIES
