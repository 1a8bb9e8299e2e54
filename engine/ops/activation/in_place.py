"""Activations in place: `F.relu(x, inplace=True)`, `F.relu_(x)`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from engine.autograd.inplace import in_place
from engine.autograd.tensor import Tensor
from engine.op import Op, spelled
from engine.ops.activation.piecewise import hardsigmoid, hardswish, hardtanh, relu6, threshold
from engine.ops.activation.smooth import celu, elu, leaky_relu, mish, relu, rrelu, selu, silu
from engine.ops.calling import call


@cache
def _called(declared: Op) -> Callable[..., Tensor]:
    return call(declared)


def _or_in_place(declared: Op) -> Callable[..., Tensor]:
    """With torch's last argument, `inplace`."""

    def function(*args: Any, inplace: bool = False, **kwargs: Any) -> Tensor:
        if len(args) > len(declared.order):
            *args, inplace = args  # type: ignore[assignment]
        if not inplace:
            return _called(declared)(*args, **kwargs)
        input, *rest = args or [kwargs.pop("input")]
        return in_place(_called(declared), input, *rest, **kwargs)

    function.__name__ = function.__qualname__ = declared.name
    return function


def _in_place(declared: Op) -> Callable[..., Tensor]:
    """The form whose name ends with `_`."""

    def function(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return in_place(_called(declared), input, *args, **kwargs)

    function.__name__ = function.__qualname__ = f"{declared.name}_"
    return function


for _op in (relu, relu6, leaky_relu, rrelu, elu, celu, selu, silu, mish, threshold, hardtanh, hardsigmoid, hardswish):
    spelled(f"torch.nn.functional.{_op.name}")(_or_in_place(_op))
for _op in (relu, leaky_relu, rrelu, elu, celu, selu, threshold, hardtanh):
    spelled(f"torch.nn.functional.{_op.name}_")(_in_place(_op))
for _op in (relu, rrelu, celu, selu, threshold):
    spelled(f"torch.{_op.name}_")(_in_place(_op))
