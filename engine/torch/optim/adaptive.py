"""Optimizers that give each number its own step, by how large its gradients have been."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.tensor import Tensor
from engine.torch.optim.optimizer import (
    Array,
    Group,
    Optimizer,
    State,
    require,
    require_betas,
    require_not_negative,
)


def counted(state: State) -> float:
    """One step more; how many there were."""
    step: Tensor = state["step"]
    number = float(step.array) + 1
    step.array = step.array.dtype.type(number)
    return number


def began(state: State, x: Array, *names: str, value: float = 0.0) -> None:
    """Remember, from the first step on, a number for each of the parameter's."""
    if "step" not in state:
        kind = np.float64 if dtypes.default_dtype() is dtypes.float64 else np.float32
        state["step"] = Tensor(kind(0))
    for name in names:
        if name not in state:
            state[name] = Tensor(np.full(x.shape, value, x.dtype))


def decayed(x: Array, g: Array, group: Group) -> Array:
    """The gradient with the pull of weight decay."""
    return g + group["weight_decay"] * x if group["weight_decay"] != 0 else g


def follow(average: Array, g: Array, share: float) -> None:
    """A running average takes in a share of something new."""
    change = g - average
    change *= share
    average += change


def follow_square(average: Array, g: Array, keep: float) -> None:
    """A running average of squares keeps a share of itself."""
    square = (1 - keep) * g
    square *= g
    average *= keep
    average += square


class Adam(Optimizer):
    """Steps by a running average of gradients, over the root of one of their squares (Kingma and Ba, 2014)."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        require_not_negative(lr=lr, eps=eps)
        require_betas(betas)
        require_not_negative(weight_decay=weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
                "fused": fused,
                "decoupled_weight_decay": decoupled_weight_decay,
            },
        )

    def update(self, x: Array, g: Array, group: Group, state: State) -> None:
        beta1, beta2 = group["betas"]
        lr = float(group["lr"])
        if "step" not in state:
            began(state, x, "exp_avg", "exp_avg_sq", *(("max_exp_avg_sq",) if group["amsgrad"] else ()))
        step = counted(state)
        if group["weight_decay"] != 0:
            if group["decoupled_weight_decay"]:
                x *= 1 - lr * group["weight_decay"]
            else:
                g = g + group["weight_decay"] * x
        average, square = state["exp_avg"].memory(), state["exp_avg_sq"].memory()
        follow(average, g, 1 - beta1)
        follow_square(square, g, beta2)
        if group["amsgrad"]:
            largest = state["max_exp_avg_sq"].memory()
            square = np.maximum(largest, square, out=largest)
        denominator = np.sqrt(square)
        denominator /= (1 - beta2**step) ** 0.5
        denominator += group["eps"]
        change = lr / (1 - beta1**step) * average
        change /= denominator
        x -= change


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters themselves (Loshchilov and Hutter, 2017)."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        **others: Any,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, **others, decoupled_weight_decay=True)


class RMSprop(Optimizer):
    """Steps by the gradient over the root of a running average of its squares (Hinton, 2012)."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        require_not_negative(lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "alpha": alpha,
                "eps": eps,
                "centered": centered,
                "weight_decay": weight_decay,
                "capturable": capturable,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
            },
        )

    def update(self, x: Array, g: Array, group: Group, state: State) -> None:
        momentum, centered, alpha = group["momentum"], group["centered"], group["alpha"]
        if "step" not in state:
            names = ["square_avg", *(["momentum_buffer"] if momentum > 0 else []), *(["grad_avg"] if centered else [])]
            began(state, x, *names)
        counted(state)
        g = decayed(x, g, group)
        square = state["square_avg"].memory()
        follow_square(square, g, alpha)
        if centered:
            mean = state["grad_avg"].memory()
            follow(mean, g, 1 - alpha)
            root = np.sqrt(square - mean * mean)
        else:
            root = np.sqrt(square)
        root += group["eps"]
        if momentum > 0:
            velocity = state["momentum_buffer"].memory()
            velocity *= momentum
            velocity += g / root
            x -= float(group["lr"]) * velocity
        else:
            x -= float(group["lr"]) * g / root


class Adagrad(Optimizer):
    """Steps by the gradient over the root of the sum of all its squares so far (Duchi et al., 2011)."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        require_not_negative(
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "eps": eps,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "fused": fused,
            },
        )
        for group in self.param_groups:
            for param in group["params"]:
                began(self.state[param], param.array, "sum", value=group["initial_accumulator_value"])

    def update(self, x: Array, g: Array, group: Group, state: State) -> None:
        step = counted(state)
        g = decayed(x, g, group)
        total = state["sum"].memory()
        total += g * g
        x -= float(group["lr"]) / (1 + (step - 1) * group["lr_decay"]) * g / (np.sqrt(total) + group["eps"])


class Adadelta(Optimizer):
    """Steps as long as the last ones were, over how long the gradients were (Zeiler, 2012)."""

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        require_not_negative(lr=lr)
        require("rho value", rho, 0 <= rho <= 1)
        require_not_negative(eps=eps, weight_decay=weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "rho": rho,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
                "capturable": capturable,
                "foreach": foreach,
                "differentiable": differentiable,
            },
        )

    def update(self, x: Array, g: Array, group: Group, state: State) -> None:
        if "step" not in state:
            began(state, x, "square_avg", "acc_delta")
        counted(state)
        g = decayed(x, g, group)
        square, steps = state["square_avg"].memory(), state["acc_delta"].memory()
        follow_square(square, g, group["rho"])
        delta = np.sqrt(steps + group["eps"]) / np.sqrt(square + group["eps"]) * g
        follow_square(steps, delta, group["rho"])
        x -= float(group["lr"]) * delta


class Adamax(Optimizer):
    """Adam over the largest gradient instead of the root of the squares."""

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        require_not_negative(lr=lr, eps=eps)
        require_betas(betas)
        require_not_negative(weight_decay=weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def update(self, x: Array, g: Array, group: Group, state: State) -> None:
        beta1, beta2 = group["betas"]
        if "step" not in state:
            began(state, x, "exp_avg", "exp_inf")
        step = counted(state)
        g = decayed(x, g, group)
        average, largest = state["exp_avg"].memory(), state["exp_inf"].memory()
        follow(average, g, 1 - beta1)
        largest *= beta2
        np.maximum(largest, np.abs(g) + group["eps"], out=largest)
        x -= float(group["lr"]) / (1 - beta1**step) * average / largest
