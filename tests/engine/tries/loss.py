"""Losses: predictions of both signs, targets of every kind."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.engine.tries.drawn import DRAWN, mixed, positive

Tries = list[tuple[list[Any], dict[str, Any]]]


def share(*shape: int) -> Any:
    """Between 0.1 and 0.9."""
    return DRAWN.uniform(0.1, 0.9, shape)


def signs(*shape: int) -> Any:
    """1 and -1, as integers, which have no gradient."""
    return DRAWN.choice([-1, 1], shape)


def reductions(*arrays: Any, **params: Any) -> Tries:
    return [([*arrays], {**params, "reduction": reduction}) for reduction in ("mean", "sum", "none")]


ONE_OF_3 = np.array([0, 2])

TRIED: dict[str, Tries] = {
    "mse_loss": [*reductions(mixed(2, 3), mixed(2, 3)), ([mixed(2, 1), mixed(3)], {}), ([mixed(), mixed()], {})],
    "l1_loss": reductions(mixed(2, 3), mixed(2, 3)),
    "smooth_l1_loss": [
        *reductions(mixed(2, 3), mixed(2, 3)),
        ([mixed(2, 3), mixed(3)], {"beta": 0.5}),
        ([mixed(2, 3), mixed(3)], {"beta": 0.0}),
    ],
    "huber_loss": [*reductions(mixed(2, 3), mixed(2, 3)), ([mixed(2, 3), mixed(3)], {"delta": 0.5})],
    "soft_margin_loss": reductions(mixed(2, 3), signs(2, 3)),
    "binary_cross_entropy": [
        *reductions(share(2, 3), share(2, 3), None),
        ([share(2, 3), share(2, 3), positive(2, 3)], {}),
    ],
    "binary_cross_entropy_with_logits": [
        *reductions(mixed(2, 3), share(2, 3), None, None),
        ([mixed(2, 3), share(2, 3), positive(3), positive(3)], {}),
    ],
    "nll_loss": [
        *reductions(mixed(2, 3), ONE_OF_3, None),
        *reductions(mixed(2, 3), ONE_OF_3, positive(3)),
        ([mixed(3), np.array(1), None], {}),
        ([mixed(2, 3), ONE_OF_3, positive(3)], {"ignore_index": 2}),
        ([mixed(2, 3, 2), np.array([[0, 2], [1, 1]]), positive(3)], {"reduction": "none"}),
        ([mixed(2, 3, 1, 2), np.array([[[0, 2]], [[1, 1]]]), None], {}),
    ],
    "cross_entropy": [
        *reductions(mixed(2, 3), ONE_OF_3, None),
        *reductions(mixed(2, 3), ONE_OF_3, positive(3), label_smoothing=0.1),
        ([mixed(2, 3), ONE_OF_3, None], {"ignore_index": 2, "label_smoothing": 0.1}),
        ([mixed(3), np.array(1), None], {}),
        *reductions(mixed(2, 3, 2), share(2, 3, 2), positive(3), label_smoothing=0.1),
        ([mixed(3), share(3), None], {}),
    ],
    "kl_div": [([mixed(2, 3), share(2, 3)], {"reduction": each}) for each in ("mean", "batchmean", "sum", "none")],
    "poisson_nll_loss": [
        ([positive(2, 3), 2 * positive(2, 3)], {"log_input": log, "full": full})
        for log in (True, False)
        for full in (True, False)
    ],
    "gaussian_nll_loss": reductions(mixed(2, 3), mixed(2, 3), positive(2, 3), full=True),
    "multi_margin_loss": [
        *reductions(mixed(2, 3), ONE_OF_3, None),
        ([mixed(2, 3), ONE_OF_3, positive(3)], {"p": 2, "margin": 2.5}),
        ([mixed(3), np.array(1), None], {}),
    ],
    "multilabel_margin_loss": [
        *reductions(mixed(2, 4), np.array([[3, 0, -1, 1], [2, -1, -1, -1]])),
        ([mixed(3), np.array([1, 2, -1])], {}),
    ],
    "mse_loss_backward": reductions(mixed(), mixed(2, 3), mixed(2, 3))[:2],
    "smooth_l1_loss_backward": reductions(mixed(), mixed(2, 3), mixed(2, 3), beta=0.7)[:2],
    "huber_loss_backward": reductions(mixed(), mixed(2, 3), mixed(2, 3), delta=0.7)[:2],
    "soft_margin_loss_backward": reductions(mixed(), mixed(2, 3), signs(2, 3))[:2],
    "binary_cross_entropy_backward": [
        *reductions(mixed(), share(2, 3), share(2, 3), None)[:2],
        ([mixed(2, 3), share(2, 3), share(2, 3), positive(2, 3)], {"reduction": "none"}),
    ],
    "nll_loss_forward": reductions(mixed(2, 3), ONE_OF_3, positive(3), ignore_index=-100),
    "nll_loss_backward": reductions(mixed(), ONE_OF_3, positive(3), ignore_index=-100, input_shape=(2, 3))[:2],
    "norm_along": [([mixed(2, 3)], {"dim": 1}), ([mixed(2, 3)], {"dim": 0, "p": 3.0, "keepdim": True})],
    "add_number": [([mixed(3)], {"number": 2.0})],
    "sub_number": [([mixed(3)], {"number": 2.0})],
    "mul_number": [([mixed(3)], {"number": 2.0})],
    "div_number": [([mixed(3)], {"number": 2.0})],
}

WORDS: dict[str, str] = {
    **dict.fromkeys(
        ("smooth_l1_loss", "huber_loss", "smooth_l1_loss_backward", "huber_loss_backward"),
        "what is kept between two bounds is said in words",
    ),
    **dict.fromkeys(
        ("mse_loss_backward", "soft_margin_loss_backward", "binary_cross_entropy_backward"),
        "N counts the elements of the loss",
    ),
    **dict.fromkeys(("binary_cross_entropy", "binary_cross_entropy_with_logits"), "a weight may be missing"),
    **dict.fromkeys(
        ("nll_loss", "nll_loss_forward", "nll_loss_backward", "cross_entropy", "multi_margin_loss"),
        "a place, not a product",
    ),
    "multilabel_margin_loss": "it counts pairs",
    "norm_along": "its sums run along a dimension",
}
