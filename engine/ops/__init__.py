"""The declarations of all ops; importing this fills `engine.op.OPS` and puts the ops on Tensor.

A folder is a category. They are imported in the order in which the palette shows them.
"""
# isort: skip_file
# ruff: noqa: F401  (imported for what they declare)

from __future__ import annotations

from engine.autograd.apply import bind
from engine.op import OPS, PARTS

from engine.ops.source import constants, ranges, random, like
from engine.ops import control, questions
from engine.ops.arithmetic import operators, scaled, by_number, pairs, choosing
from engine.ops.functions import powers, trigonometry, rounding
from engine.ops.activation import smooth, piecewise, softmax
from engine.ops.reduction import sums, extreme, statistics, norm, cumulative, ordering
from engine.ops.linalg import products, linear, einsum, solving, determinants, decomposition
from engine.ops.linalg import least_squares, chain, distance
from engine.ops.shape import reshape, axes, joining, splitting, arranging, padding, diagonals, strides, converting
from engine.ops.indexing import slices, places, rows, gathering, masking
from engine.ops.comparison import compare, logic
from engine.ops.loss import losses, margin, similarity, reducing
from engine.ops.convolution import convolution, pooling, adaptive, patches, upsampling
from engine.ops.layers import normalization, dropout, embedding, attention
from engine.ops.activation import in_place
from engine.ops import out
from engine.ops.methods import install

CATEGORIES = tuple(dict.fromkeys(op.category for op in OPS.values()))
"""The names of the categories, in the order of declaration."""

for declared in (*OPS.values(), *PARTS.values()):
    bind(declared)
install()
