"""`torch.autograd`."""

from __future__ import annotations

from engine.autograd.backward import backward, grad
from engine.autograd.mode import enable_grad, no_grad, set_grad_enabled

__all__ = ["backward", "enable_grad", "grad", "no_grad", "set_grad_enabled"]
