"""`torch.autograd`."""

from __future__ import annotations

from engine.autograd import functional
from engine.autograd.anomaly import detect_anomaly, set_detect_anomaly
from engine.autograd.backward import backward, grad
from engine.autograd.custom import CustomFunction as Function
from engine.autograd.custom import once_differentiable
from engine.autograd.function import Function as _Node
from engine.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck
from engine.autograd.hooks import multi_grad_hook
from engine.autograd.mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from engine.autograd.tensor import Tensor as Variable


class function:
    """`torch.autograd.function`."""

    Function = Function
    once_differentiable = staticmethod(once_differentiable)


class graph:
    """`torch.autograd.graph`."""

    Node = _Node
    register_multi_grad_hook = staticmethod(multi_grad_hook)


class anomaly_mode:
    """`torch.autograd.anomaly_mode`."""

    detect_anomaly = detect_anomaly
    set_detect_anomaly = set_detect_anomaly


class grad_mode:
    """`torch.autograd.grad_mode`."""

    no_grad = no_grad
    enable_grad = enable_grad
    set_grad_enabled = set_grad_enabled
    inference_mode = inference_mode


__all__ = [
    "Function",
    "GradcheckError",
    "Variable",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "function",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "no_grad",
    "once_differentiable",
    "set_detect_anomaly",
    "set_grad_enabled",
]
