"""Tensors, their history, and the pass that runs back through it."""

from __future__ import annotations

import numpy as np

from engine.autograd.backward import backward, grad
from engine.autograd.function import AccumulateGrad, Function
from engine.autograd.mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from engine.autograd.tensor import Tensor

__all__ = [
    "AccumulateGrad",
    "Function",
    "Tensor",
    "backward",
    "enable_grad",
    "grad",
    "is_grad_enabled",
    "no_grad",
    "set_grad_enabled",
]

# 1 / 0 is inf and log(-1) is nan, silently, as in torch. numpy keeps this by thread: another thread that
# computes
# opens its own `np.errstate(all="ignore")`.
np.seterr(all="ignore")

# glibc gives large arrays back to the system when they are dropped, and the next one is paid for page by page. Once a
# block of this size has been dropped, it keeps what is smaller: half the time of a convolution. It is never touched.
np.empty(31 << 20, np.uint8)
