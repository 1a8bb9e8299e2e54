"""Convolutions, pooling, normalizations and the other layers of networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.ops.convolution.convolving import Geometry
from engine.ops.convolution.layouts import batch_layout
from engine.ops.convolution.upsampling import UPSAMPLES, taps
from tests.engine.tries.drawn import DRAWN, mixed, positive

Tries = list[tuple[list[Any], dict[str, Any]]]


def apart(*shape: int) -> Any:
    """Numbers of which no two are near each other."""
    return DRAWN.permutation(np.prod(shape)).reshape(shape) * 0.1 - 1


PLAIN = Geometry((1, 1), (0, 0), (1, 1), 1)
ODD = Geometry((2, 1), (1, 2), (1, 2), 2)
WHERE = np.array([[[[0, 3], [8, 10]]]])

TRIED: dict[str, Tries] = {
    "conv1d": [([mixed(2, 2, 5), mixed(3, 2, 2), mixed(3)], {"stride": 2, "padding": 1})],
    "conv2d": [
        ([mixed(1, 2, 4, 4), mixed(2, 2, 3, 3), mixed(2)], {"padding": 1}),
        ([mixed(2, 4, 4), mixed(2, 2, 2, 2), mixed(2)], {"padding": "same", "dilation": 3}),
        ([mixed(1, 4, 5, 4), mixed(4, 1, 2, 3)], {"stride": (2, 1), "groups": 4}),
    ],
    "conv3d": [([mixed(1, 1, 3, 3, 3), mixed(1, 1, 2, 2, 2), mixed(1)], {"stride": 2, "padding": 1})],
    "conv_transpose1d": [([mixed(2, 2, 3), mixed(2, 2, 2), mixed(2)], {"stride": 2, "output_padding": 1})],
    "conv_transpose2d": [
        ([mixed(1, 2, 2, 3), mixed(2, 2, 2, 2), mixed(2)], {"stride": 2, "padding": 1}),
        ([mixed(2, 2, 3), mixed(2, 1, 2, 2), mixed(2)], {"stride": 2, "groups": 2, "dilation": 2}),
    ],
    "conv_transpose3d": [([mixed(1, 1, 2, 2, 2), mixed(1, 1, 2, 2, 2), mixed(1)], {"stride": 2})],
    "convolution": [
        ([mixed(1, 2, 4, 4), mixed(2, 2, 3, 3), mixed(2)], {"geometry": PLAIN}),
        ([mixed(2, 4, 4, 4), mixed(4, 2, 2, 2), mixed(4)], {"geometry": ODD}),
    ],
    "convolution_to_input": [
        ([mixed(1, 2, 2, 2), mixed(2, 2, 3, 3)], {"geometry": PLAIN, "input_shape": (1, 2, 4, 4)}),
        ([mixed(1, 4, 3, 6), mixed(4, 2, 2, 2)], {"geometry": ODD, "input_shape": (1, 4, 4, 4)}),
    ],
    "convolution_to_weight": [
        ([mixed(1, 2, 2, 2), mixed(1, 2, 4, 4)], {"geometry": PLAIN, "weight_shape": (2, 2, 3, 3)}),
        ([mixed(1, 4, 3, 6), mixed(1, 4, 4, 4)], {"geometry": ODD, "weight_shape": (4, 2, 2, 2)}),
    ],
    "convolution_to_bias": [([mixed(2, 2, 3, 2), mixed(2, 1, 2, 2)], {})],
    "convolution_transposed": [
        ([mixed(1, 2, 2, 2), mixed(2, 2, 3, 3), mixed(2)], {"geometry": PLAIN, "size": (4, 4)}),
        ([mixed(1, 4, 3, 6), mixed(4, 2, 2, 2), mixed(4)], {"geometry": ODD, "size": (4, 4)}),
    ],
    "max_pool1d": [([apart(1, 2, 6)], {"kernel_size": 3, "stride": 2, "padding": 1})],
    "max_pool2d": [
        ([apart(1, 2, 4, 5)], {"kernel_size": 2}),
        ([apart(2, 4, 5)], {"kernel_size": (2, 3), "stride": 1, "padding": 1, "dilation": (2, 1), "ceil_mode": True}),
    ],
    "picked": [([mixed(1, 1, 3, 4)], {"flat": WHERE, "apart": True}), ([mixed(1, 1, 3, 4)], {"flat": WHERE // 3})],
    "picked_backward": [
        ([mixed(1, 1, 2, 2)], {"flat": WHERE, "apart": True, "input_shape": (1, 1, 3, 4)}),
        ([mixed(1, 1, 2, 2)], {"flat": WHERE // 3, "input_shape": (1, 1, 3, 4)}),
    ],
    "avg_pool1d": [([mixed(1, 2, 5)], {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True})],
    "avg_pool2d": [
        ([mixed(1, 2, 4, 5)], {"kernel_size": 2}),
        ([mixed(2, 4, 5)], {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
        ([mixed(2, 4, 5)], {"kernel_size": 3, "stride": 2, "ceil_mode": True, "divisor_override": 4}),
    ],
    "avg_pool2d_backward": [
        ([mixed(1, 2, 2, 2)], {"kernel_size": 2, "input_shape": (1, 2, 4, 5)}),
        ([mixed(1, 2, 3)], {"kernel_size": 3, "stride": 2, "padding": 1, "input_shape": (1, 4, 5)}),
    ],
    "adaptive_avg_pool1d": [([mixed(1, 2, 5)], {"output_size": 3})],
    "adaptive_avg_pool2d": [([mixed(1, 2, 4, 5)], {"output_size": (3, 2)})],
    "shared_mean": [([mixed(1, 2, 4, 5)], {"output_size": (3, 7)})],
    "shared_mean_backward": [([mixed(1, 2, 3, 7)], {"input_shape": (1, 2, 4, 5)})],
    "layer_norm": [([mixed(2, 2, 3), mixed(2, 3), mixed(2, 3)], {"normalized_shape": (2, 3)})],
    "group_norm": [([mixed(2, 4, 2), mixed(4), mixed(4)], {"num_groups": 2})],
    "native_batch_norm": [
        ([mixed(3, 2, 2), mixed(2), mixed(2)], {}),
        ([mixed(3, 2, 2), mixed(2), mixed(2)], {"known": (mixed(2), positive(2))}),
    ],
    "batch_norm": [
        ([mixed(3, 2, 2), None, None, mixed(2), mixed(2)], {"training": True}),
        ([mixed(3, 2, 2), mixed(2), positive(2), mixed(2), mixed(2)], {}),
    ],
    "instance_norm": [([mixed(2, 2, 3), None, None, mixed(2), mixed(2)], {})],
    "bias_gradient": [([mixed(3, 2, 2), mixed(3, 2, 2)], {"layout": batch_layout((3, 2, 2)), "shape": (2,)})],
    "rms_norm": [([mixed(2, 3), mixed(3)], {"normalized_shape": (3,)})],
    "normalize": [([mixed(2, 3)], {})],
    "add_number": [([mixed(3)], {"number": 2.0})],
    "mul_number": [([mixed(3)], {"number": 2.0})],
    "dropout": [([mixed(2, 3)], {"seed": 1})],
    "embedding": [([np.array([[0, 2], [2, 1]]), mixed(4, 3)], {})],
    "embedding_backward": [([mixed(2, 2, 3), np.array([[0, 2], [2, 1]])], {"weight_shape": (4, 3), "padding_idx": 1})],
    "safe_softmax": [([mixed(2, 3)], {})],
    "scaled_dot_product_attention": [([mixed(2, 2, 3), mixed(2, 4, 3), mixed(2, 4, 3), None], {})],
    "scaled_dot_product_flash_attention_for_cpu": [
        ([mixed(1, 2, 2, 3), mixed(1, 2, 4, 3), mixed(1, 2, 4, 3)], {"scale": 0.5})
    ],
    "interpolate": [([mixed(1, 1, 2, 3)], {"size": (3, 2), "mode": "bilinear"})],
    "im2col": [([mixed(1, 2, 4, 3)], {"kernel_size": 2, "padding": 1, "stride": (2, 1)})],
    "col2im": [([mixed(1, 8, 12)], {"output_size": (4, 3), "kernel_size": 2, "padding": 1, "stride": (2, 1)})],
    "pixel_shuffle": [([mixed(1, 8, 2, 3)], {})],
    "pixel_unshuffle": [([mixed(1, 2, 4, 6)], {})],
}

for (mode, dims), upsample in UPSAMPLES.items():
    sizes, output = (3, 2, 3)[:dims], (4, 3, 2)[:dims]
    parts = taps(mode, sizes, output, (None,) * dims, False)
    TRIED[upsample.name] = [([mixed(1, 2, *sizes)], {"parts": parts})]
    TRIED[f"{upsample.name}_backward"] = [([mixed(1, 2, *output)], {"parts": parts, "input_shape": (1, 2, *sizes)})]

SUMS = "a sum over windows or features, said in words"
WORDS: dict[str, str] = {name: SUMS for name in TRIED if name not in ("add_number", "mul_number")}
