"""Activations: away from their corners, on every piece."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.engine.tries.drawn import mixed, positive

SPREAD = np.array([[-3.7, -1.3, -0.7, -0.2], [0.3, 0.8, 2.4, 6.5]])
"""Elements on every piece of all of them."""

TRIED: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "tanh": [([mixed(3)], {}), ([mixed()], {})],
    "sigmoid": [([mixed(3)], {}), ([mixed()], {})],
    **{
        name: [([SPREAD], {}), ([mixed()], {})]
        for name in (
            *("relu", "relu6", "leaky_relu", "rrelu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus"),
            *("logsigmoid", "softsign", "tanhshrink", "softshrink", "hardshrink", "threshold", "hardtanh"),
            *("hardsigmoid", "hardswish"),
        )
    },
    "prelu": [([SPREAD, np.array(0.3)], {}), ([SPREAD, mixed(4)], {}), ([mixed(2, 3, 2), mixed(3)], {})],
    "prelu_kernel": [([SPREAD, mixed(1, 4)], {})],
    "glu": [([mixed(3, 4)], {}), ([mixed(2, 4, 3)], {"dim": 1})],
    "softmax": [([mixed(2, 3)], {}), ([mixed(2, 3, 2)], {"dim": 1}), ([mixed()], {"dim": 0})],
    "log_softmax": [([mixed(2, 3)], {}), ([mixed(2, 3, 2)], {"dim": 1}), ([mixed()], {"dim": 0})],
    "softmin": [([mixed(2, 3)], {"dim": 0})],
    "tanh_backward": [([mixed(3), positive(3)], {})],
    "sigmoid_backward": [([mixed(3), positive(3)], {})],
    **{
        name: [([mixed(2, 4), SPREAD], params)]
        for name, params in {
            "threshold_backward": {"threshold": 0},
            "leaky_relu_backward": {"negative_slope": 0.1},
            "hardtanh_backward": {"min_val": -1, "max_val": 0.5},
            "hardsigmoid_backward": {},
            "hardswish_backward": {},
            "hardshrink_backward": {"lambd": 0.5},
            "softshrink_backward": {"lambd": 0.5},
            "elu_backward": {"alpha": 1.5, "scale": 0.8, "input_scale": 0.7},
            "softplus_backward": {"beta": 2, "threshold": 5},
            "log_sigmoid_backward": {},
        }.items()
    },
    "gelu_backward": [([mixed(2, 4), SPREAD], {"approximate": each}) for each in ("none", "tanh")],
    "glu_backward": [([mixed(2, 2), mixed(2, 4)], {"dim": -1})],
    "softmax_backward_data": [([mixed(2, 3), mixed(2, 3)], {"dim": 1})],
    "log_softmax_backward_data": [([mixed(2, 3), mixed(2, 3)], {"dim": 0})],
}
TRIED["elu"].append(([SPREAD], {"alpha": 0.5}))
TRIED["celu"].append(([SPREAD], {"alpha": 0.5}))
TRIED["gelu"].append(([SPREAD], {"approximate": "tanh"}))
TRIED["softplus"].append(([SPREAD], {"beta": 3.0, "threshold": 0.5}))
TRIED["hardtanh"].append(([SPREAD], {"min_val": -0.5, "max_val": 1.5}))
TRIED["threshold"].append(([SPREAD], {"threshold": 0.5, "value": 20.0}))

WORDS: dict[str, str] = {
    "selu": "its constants are rounded for the reader",
    "gelu": "Φ and φ are the normal distribution's",
    "gelu_backward": "Φ and φ are the normal distribution's",
    "mish": "it says once what it uses twice",
    "glu": "it speaks of the halves of the input",
    "glu_backward": "it speaks of the halves of the input",
    "softplus_backward": "it uses the slope of σ",
    "elu_backward": "a case within a product",
    **dict.fromkeys(
        ("softmax", "log_softmax", "softmin", "softmax_backward_data", "log_softmax_backward_data"),
        "its sums run along a dimension",
    ),
}
