"""The bends between the layers of a network."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.op import op


@op("tanh(input)", aliases=("hyperbolic tangent", "activation", "squash"), promote="float")
def tanh(input: Any) -> Any:
    """Squashes every element into (-1, 1). Far from 0 its slope vanishes."""
    return np.tanh(input)


@tanh.gradient("input", "g × (1 - output × output)")
def _(g: Any, output: Any) -> Any:
    return g * (1 - output * output)


@op("σ(input)", aliases=("logistic", "σ", "activation", "squash"), promote="float")
def sigmoid(input: Any) -> Any:
    """Squashes every element into (0, 1). Its slope is never more than a quarter."""
    return 1 / (1 + np.exp(-input))  # for large negative inputs exp is inf and the result 0, as it should be


@sigmoid.gradient("input", "g × output × (1 - output)")
def _(g: Any, output: Any) -> Any:
    return g * output * (1 - output)


@op("max(0, input)", torch="torch.relu({input})", aliases=("rectifier", "ramp", "activation", "max(0, x)"))
def relu(input: Any) -> Any:
    """Keeps what is positive and turns the rest into 0. Where it gives 0 it lets no gradient through."""
    if input.dtype == np.bool_:
        raise RuntimeError("Boolean inputs not supported for relu")
    return np.where(input < 0, input.dtype.type(0), input)[()]


@relu.gradient("input", "0 if output <= 0 else g")
def _(g: Any, output: Any) -> Any:
    return np.where(output <= 0, g.dtype.type(0), g)  # not g × 0: an infinite g must not become nan
