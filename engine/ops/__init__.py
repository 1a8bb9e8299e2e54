"""The declarations of all ops; importing this fills `engine.op.OPS` and puts the ops on Tensor.

A module is a category.
"""

from __future__ import annotations

from engine.autograd.apply import bind
from engine.op import OPS, PARTS

from engine.ops import (  # noqa: F401  # isort: skip
    source,
    elementwise,
    activation,
    reduction,
    norm,
    linalg,
    shape,
    indexing,
    compare,
    control,
)
from engine.ops.methods import install

CATEGORIES = tuple(dict.fromkeys(op.category for op in OPS.values()))
"""The names of the categories, in the order of declaration."""

for declared in (*OPS.values(), *PARTS.values()):
    bind(declared)
install()
