"""Corners, jumps and edges, where mathematics leaves a choice of the slope: the choice of each op, in one table.

The choices are torch's (2.13.0, recorded in float64). The tests hold every op to its rows, and its help shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, nan
from typing import NamedTuple


class Kink(NamedTuple):
    """What comes out at a point, and the gradient of its sum there."""

    code: str
    """In torch, of `x`."""
    at: tuple[float, ...]
    value: tuple[float, ...]
    gradient: tuple[float, ...] | None
    """None where no gradient comes to x at all."""


KINKS: Mapping[str, tuple[Kink, ...]] = {
    "abs": (
        Kink("x.abs()", (0.0, -0.0), (0.0, 0.0), (0.0, 0.0)),
    ),
    "sign": (
        Kink("x.sign()", (0.0,), (0.0,), (0.0,)),
    ),
    "relu": (
        Kink("x.relu()", (0.0,), (0.0,), (0.0,)),
    ),
    "leaky_relu": (
        Kink("F.leaky_relu(x, .1)", (0.0,), (0.0,), (0.1,)),
    ),
    "elu": (
        Kink("F.elu(x)", (0.0,), (0.0,), (1.0,)),
    ),
    "relu6": (
        Kink("F.relu6(x)", (0.0, 6.0), (0.0, 6.0), (0.0, 0.0)),
    ),
    "hardtanh": (
        Kink("F.hardtanh(x)", (-1.0, 1.0), (-1.0, 1.0), (0.0, 0.0)),
    ),
    "clamp": (
        Kink("torch.clamp(x, -1, 1)", (-1.0, 1.0, 2.0), (-1.0, 1.0, 1.0), (1.0, 1.0, 0.0)),
        Kink("torch.clamp(x, min=0.)", (0.0,), (0.0,), (1.0,)),
    ),
    "sqrt": (
        Kink("x.sqrt()", (0.0,), (0.0,), (inf,)),
    ),
    "rsqrt": (
        Kink("x.rsqrt()", (0.0,), (inf,), (-inf,)),
    ),
    "log": (
        Kink("x.log()", (0.0, -1.0), (-inf, nan), (inf, -1.0)),
    ),
    "pow": (
        Kink("x ** 0", (0.0, 2.0), (1.0, 1.0), (0.0, 0.0)),
        Kink("x ** 0.5", (0.0,), (0.0,), (inf,)),
        Kink("x ** 1", (0.0,), (0.0,), (1.0,)),
        Kink("x ** 2", (0.0,), (0.0,), (0.0,)),
        Kink("x ** 1.5", (0.0,), (0.0,), (0.0,)),
        Kink("x ** -1", (0.0,), (inf,), (-inf,)),
        Kink("0 ** x", (0.0, 1.0, -1.0), (1.0, 0.0, inf), (0.0, 0.0, -inf)),
        Kink("x ** x", (0.0,), (1.0,), (0.0,)),
    ),
    "norm": (
        Kink("x.norm()", (0.0, 0.0), (0.0,), (0.0, 0.0)),
        Kink("x.norm(1)", (0.0, 1.0), (1.0,), (0.0, 1.0)),
        Kink("x.norm(inf)", (1.0, -1.0), (1.0,), (0.5, -0.5)),
        Kink("x.norm(3)", (0.0, 0.0), (0.0,), (0.0, 0.0)),
        Kink("x.norm(0.5)", (0.0, 1.0), (1.0,), (0.0, 1.0)),
        Kink("x.norm(0)", (0.0, 1.0), (1.0,), None),
    ),
    "maximum": (
        Kink("torch.maximum(x, torch.zeros_like(x))", (0.0,), (0.0,), (0.5,)),
    ),
    "minimum": (
        Kink("torch.minimum(x, torch.zeros_like(x))", (0.0,), (0.0,), (0.5,)),
    ),
    "fmax": (
        Kink("torch.fmax(x, torch.zeros_like(x))", (0.0,), (0.0,), (1.0,)),
    ),
    "max": (
        Kink("x.max()", (1.0, 1.0, 0.0), (1.0,), (0.5, 0.5, 0.0)),
    ),
    "max_dim": (
        Kink("x.max(0)[0]", (1.0, 1.0, 0.0), (1.0,), (1.0, 0.0, 0.0)),
    ),
    "amax": (
        Kink("x.amax()", (1.0, 1.0, 0.0), (1.0,), (0.5, 0.5, 0.0)),
        Kink("x.amax(0)", (1.0, 1.0, 0.0), (1.0,), (0.5, 0.5, 0.0)),
    ),
    "min_dim": (
        Kink("x.min(0)[0]", (1.0, 1.0, 2.0), (1.0,), (1.0, 0.0, 0.0)),
    ),
    "median": (
        Kink("x.median()", (1.0, 1.0, 1.0), (1.0,), (0.333333, 0.333333, 0.333333)),
    ),
    "median_dim": (
        Kink("x.median(0)[0]", (1.0, 1.0, 2.0), (1.0,), (0.0, 1.0, 0.0)),
    ),
    "cummax": (
        Kink("x.cummax(0)[0]", (1.0, 1.0, 0.0), (1.0, 1.0, 1.0), (1.0, 2.0, 0.0)),
    ),
    "sort": (
        Kink("x.sort()[0][0]", (1.0, 1.0), (1.0,), (1.0, 0.0)),
    ),
    "topk": (
        Kink("x.topk(1)[0]", (1.0, 1.0), (1.0,), (1.0, 0.0)),
    ),
    "prod": (
        Kink("x.prod()", (0.0, 2.0, 3.0), (0.0,), (6.0, 0.0, 0.0)),
        Kink("x.prod()", (0.0, 0.0, 3.0), (0.0,), (0.0, 0.0, 0.0)),
    ),
    "cumprod": (
        Kink("x.cumprod(0)", (2.0, 0.0, 3.0), (2.0, 0.0, 0.0), (1.0, 8.0, 0.0)),
    ),
    "std": (
        Kink("x.std()", (1.0, 1.0, 1.0), (0.0,), (0.0, 0.0, 0.0)),
    ),
    "var": (
        Kink("x.var()", (1.0, 1.0, 1.0), (0.0,), (0.0, 0.0, 0.0)),
        Kink("x.var()", (1.0,), (nan,), (nan,)),
    ),
    "atan2": (
        Kink("torch.atan2(x, x)", (0.0,), (0.0,), (0.0,)),
    ),
    "hypot": (
        Kink("torch.hypot(x, x)", (0.0,), (0.0,), (nan,)),
    ),
    "logaddexp": (
        Kink("torch.logaddexp(x, x)", (-inf,), (-inf,), (nan,)),
    ),
    "xlogy": (
        Kink("torch.xlogy(x, x)", (0.0,), (0.0,), (nan,)),
    ),
    "logsumexp": (
        Kink("x.logsumexp(0)", (-inf, -inf), (-inf,), (nan, nan)),
    ),
    "softmax": (
        Kink("x.softmax(0)", (inf, 0.0), (nan, nan), (nan, nan)),
    ),
    "where": (
        Kink("torch.where(x > 0, x.log(), x)", (0.0, 1.0), (0.0, 0.0), (nan, 1.0)),
    ),
    "sinc": (
        Kink("torch.sinc(x)", (0.0,), (1.0,), (0.0,)),
    ),
    "max_pool1d": (
        Kink("F.max_pool1d(x.view(1, 1, -1), 2)", (1.0, 1.0), (1.0,), (1.0, 0.0)),
    ),
    "huber_loss": (
        Kink("F.huber_loss(x, torch.zeros_like(x))", (1.0,), (0.5,), (1.0,)),
    ),
    "l1_loss": (
        Kink("F.l1_loss(x, torch.zeros_like(x))", (0.0,), (0.0,), (0.0,)),
    ),
    "softplus": (
        Kink("F.softplus(x)", (20.0, 21.0), (20.0, 21.0), (1.0, 1.0)),
    ),
    "binary_cross_entropy": (
        Kink("F.binary_cross_entropy(x, torch.ones_like(x))", (0.0,), (100.0,), (-1000000003995.8029,)),
        Kink("F.binary_cross_entropy(x, torch.zeros_like(x))", (0.0,), (0.0,), (0.0,)),
    ),
    "acos": (
        Kink("x.acos()", (1.0,), (0.0,), (-inf,)),
    ),
    "atanh": (
        Kink("x.atanh()", (1.0,), (inf,), (inf,)),
    ),
    "cdist": (
        Kink("torch.cdist(x.view(1, -1), x.view(1, -1).detach())", (0.0, 0.0), (0.0,), (0.0, 0.0)),
    ),
    "normalize": (
        Kink("F.normalize(x, dim=0)", (0.0, 0.0), (0.0, 0.0), (1000000000000.0, 1000000000000.0)),
    ),
    "cosine_similarity": (
        Kink("F.cosine_similarity(x, x.detach(), 0)", (0.0, 0.0), (0.0,), (0.0, 0.0)),
    ),
    "remainder": (
        Kink("x % 1", (1.5,), (0.5,), (1.0,)),
    ),
    "nan_to_num": (
        Kink("torch.nan_to_num(x)", (nan, inf), (0.0, 1.7976931348623157e+308), (0.0, 0.0)),
    ),
    "div": (
        Kink("x / x", (0.0,), (nan,), (nan,)),
    ),
    "frac": (
        Kink("torch.frac(x)", (1.5,), (0.5,), (1.0,)),
    ),
    "round": (
        Kink("x.round()", (0.5, 1.5, 2.5), (0.0, 2.0, 2.0), (0.0, 0.0, 0.0)),
    ),
    "hardshrink": (
        Kink("F.hardshrink(x)", (0.5,), (0.0,), (0.0,)),
    ),
    "softshrink": (
        Kink("F.softshrink(x)", (0.5,), (0.0,), (0.0,)),
    ),
    "hardsigmoid": (
        Kink("F.hardsigmoid(x)", (3.0, -3.0), (1.0, 0.0), (0.0, 0.0)),
    ),
    "hardswish": (
        Kink("F.hardswish(x)", (3.0, -3.0), (3.0, -0.0), (1.0, 0.0)),
    ),
    "threshold": (
        Kink("F.threshold(x, .1, 20.)", (0.1,), (20.0,), (0.0,)),
    ),
}  # fmt: skip
"""By the name of the op."""
