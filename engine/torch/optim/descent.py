"""Gradient descent: a step against the gradient, with or without momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd.tensor import Tensor
from engine.torch.optim.optimizer import Array, Group, Optimizer, State, require_not_negative


class SGD(Optimizer):
    """x ← x - lr × g; with momentum g is a running sum of gradients."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        require_not_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
                "foreach": foreach,
                "differentiable": differentiable,
                "fused": fused,
            },
        )

    def update(self, x: Array, g: Array, group: Group, state: State) -> None:
        if group["weight_decay"] != 0:
            g = g + group["weight_decay"] * x
        momentum = group["momentum"]
        if momentum != 0:
            if state.get("momentum_buffer") is None:
                state["momentum_buffer"] = Tensor(np.array(g))
                velocity = state["momentum_buffer"].memory()
            else:
                velocity = state["momentum_buffer"].memory()
                velocity *= momentum
                velocity += g if group["dampening"] == 0 else (1 - group["dampening"]) * g
            g = g + momentum * velocity if group["nesterov"] else velocity
        x -= float(group["lr"]) * g
