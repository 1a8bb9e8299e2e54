"""Ops that change shapes, join and take apart, pick and place."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.engine.tries.drawn import mixed

PLACES = np.array([[0, 2, 2], [1, 0, 1]])
ROWS = np.array([2, 0, 2])
MASK = np.array([True, False, True])
STRIDED: dict[str, Any] = {"size": (2, 2), "stride": (1, 2), "storage_offset": 1}
LAID: dict[str, Any] = STRIDED | {"layout": ((3, 1), 0)}

TRIED: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "flatten": [([mixed(2, 3, 2)], {"start_dim": 1}), ([mixed()], {}), ([mixed(2, 3)], {})],
    "unflatten": [([mixed(2, 6)], {"dim": 1, "sizes": (2, -1)})],
    "squeeze_several": [([mixed(2, 1, 3, 1)], {"dim": (1, 2, -1)}), ([mixed(2, 1)], {"dim": ()})],
    "to": [([mixed(2)], {"dtype": "float64"})],
    "filled_with": [([mixed(2, 3), mixed()], {})],
    "movedim": [([mixed(2, 3, 4)], {"source": (0, 1), "destination": (-1, 0)}), ([mixed(2, 3)], {})],
    "flip": [([mixed(2, 3)], {"dims": (0, -1)}), ([mixed()], {"dims": ()})],
    "roll": [([mixed(2, 3)], {}), ([mixed(2, 3)], {"shifts": (1, -2), "dims": (0, 1)}), ([mixed(3)], {"dims": 0})],
    "rot90": [([mixed(2, 3)], {}), ([mixed(2, 3, 2)], {"k": 3, "dims": (0, 2)})],
    "repeat": [([mixed(2, 3)], {"repeats": (2, 1, 3)}), ([mixed()], {"repeats": (2,)})],
    "tile": [([mixed(2, 3)], {"dims": (2,)}), ([mixed(2)], {"dims": (2, 2)})],
    "repeat_interleave": [([mixed(2, 3)], {"dim": 1}), ([mixed(2, 3)], {"repeats": 3})],
    "pad": [([mixed(2, 3)], {"pad": (1, 2)}), ([mixed(3, 3)], {"pad": (-1, 1, 2, -1), "value": 5.0})],
    **{
        f"{mode}_pad{n}d": [([mixed(1, *(3, 2, 4)[:n])], {"pad": (1, 1) * n})]
        for n in (1, 2, 3)
        for mode in ("reflection", "replication")
    },
    **{
        f"{mode}_pad{n}d_backward": [
            ([mixed(1, *(5, 4, 6)[:n])], {"pad": (1, 1) * n, "input_shape": (1, *(3, 2, 4)[:n])})
        ]
        for n in (1, 2, 3)
        for mode in ("reflection", "replication")
    },
    "pad_circular": [([mixed(2, 3)], {"pad": (2, 1)})],
    "pad_circular_backward": [([mixed(2, 6)], {"pad": (2, 1), "input_shape": (2, 3)})],
    "diagonal": [([mixed(3, 4)], {"offset": 1}), ([mixed(2, 3, 3)], {"offset": -1, "dim1": -1, "dim2": 0})],
    "diagonal_backward": [([mixed(3)], {"input_shape": (3, 4), "offset": 1, "dim1": 0, "dim2": 1})],
    "diagonal_copy": [([mixed(3, 4)], {"offset": -1})],
    "diag_embed": [([mixed(2, 3)], {"offset": 1}), ([mixed(2)], {"dim1": 1, "dim2": 0, "offset": -1})],
    "diag": [([mixed(3)], {"diagonal": 1}), ([mixed(3, 4)], {"diagonal": -1})],
    "tril": [([mixed(3, 3)], {"diagonal": -1})],
    "triu": [([mixed(2, 3, 3)], {})],
    "cat": [([mixed(2, 3), mixed(2, 1)], {"dim": -1}), ([mixed(2), mixed(0), mixed(1)], {})],
    "stack": [([mixed(2, 3), mixed(2, 3)], {"dim": 1})],
    "block_diag": [([mixed(2, 3), mixed(2), mixed()], {})],
    "split": [([mixed(5, 2)], {"split_size": 2, "index": 2}), ([mixed(2, 4)], {"split_size": 2, "dim": -1})],
    "split_with_sizes": [([mixed(2, 5)], {"split_sizes": (1, 4), "dim": 1, "index": 1})],
    "chunk": [([mixed(5, 2)], {"chunks": 3, "index": 1})],
    "unbind": [([mixed(3, 2)], {"index": 1}), ([mixed(3, 2)], {"dim": -1})],
    "as_strided": [([mixed(3, 3)], STRIDED)],
    "strided": [([mixed(3, 3)], LAID), ([mixed(2, 3)], LAID | {"layout": ((1, 2), 1)})],
    "strided_backward": [([mixed(2, 2)], LAID | {"input_shape": (3, 3)})],
    "strided_scatter": [([mixed(3, 3), mixed(2, 2)], LAID | {"stride": (3, 1)})],
    "unfold": [([mixed(2, 5)], {"dimension": 1, "size": 3, "step": 1}), ([mixed(4)], {"size": 2, "step": 2})],
    "unfold_backward": [([mixed(2, 2, 3)], {"input_shape": (2, 5), "dimension": 1, "size": 3, "step": 2})],
    "select_backward": [([mixed(2)], {"input_shape": (2, 3), "dim": 1, "index": -1})],
    "slice_backward": [([mixed(2)], {"input_shape": (5,), "dim": 0, "start": 1, "end": 5, "step": 2})],
    "narrow": [([mixed(2, 4)], {"dim": 1, "start": -3, "length": 2})],
    "index": [([mixed(4)], {"indices": (np.array([0, 2, 2]),)}), ([mixed(3, 2)], {"indices": (MASK,)})],
    "index_backward": [([mixed(3)], {"indices": (np.array([0, 2, 2]),), "input_shape": (4,)})],
    "index_put": [
        ([mixed(4, 2), mixed(3, 2)], {"indices": (ROWS,), "accumulate": True}),
        ([mixed(3, 2), mixed(2)], {"indices": (MASK,)}),
    ],
    "index_select": [([mixed(2, 3), ROWS], {"dim": 1}), ([mixed(), np.array([0])], {})],
    "index_add": [([mixed(2, 3), ROWS, mixed(2, 3)], {"dim": -1, "alpha": 2.0})],
    "index_copy": [([mixed(2, 3), np.array([2, 0]), mixed(2, 2)], {"dim": 1})],
    "index_fill": [([mixed(2, 3), ROWS], {"dim": 1, "value": 4.0})],
    "index_fill_tensor": [([mixed(2, 3), ROWS, mixed()], {"dim": 1})],
    "gather": [([mixed(3, 3), PLACES], {}), ([mixed(2, 3), PLACES], {"dim": -1})],
    "scatter": [([mixed(3, 3), np.array([[0, 2, 1]]), mixed(1, 3)], {})],
    "scatter_value": [([mixed(3, 3), PLACES], {"value": 2.0})],
    "scatter_add": [([mixed(3, 3), PLACES, mixed(2, 3)], {})],
    "take_along_dim": [
        ([mixed(2, 3), PLACES], {"dim": 1}),
        ([mixed(1, 3), PLACES], {"dim": -1}),
        ([mixed(6), PLACES], {}),
    ],
    "take": [([mixed(2, 3), np.array([[5, -1], [0, 0]])], {})],
    "take_backward": [([mixed(3), np.array([1, 1, 0])], {"input_shape": (2, 2)})],
    "masked_select": [([mixed(2, 3), MASK], {}), ([mixed(2, 1), MASK], {})],
    "masked_scatter": [([mixed(2, 3), MASK, mixed(5)], {})],
    "masked_scatter_backward": [([mixed(2, 3), MASK], {"source_shape": (5,)})],
}

WORDS: dict[str, str] = {
    **dict.fromkeys(("flatten", "unflatten", "squeeze_several", "tile", "repeat", "repeat_interleave"), "needs shapes"),
    **dict.fromkeys(
        ("movedim", "flip", "roll", "rot90", "pad", "cat", "stack", "block_diag"), "an order, not a product"
    ),
    **{name: "a place, not a product" for name in TRIED if name not in ("to",)},
    "to": "numbers in another dtype are not computed",
}
