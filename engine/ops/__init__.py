"""The declarations of all ops; importing this fills `engine.op.OPS` and puts the ops on Tensor.

A module is a category; their order here, and the order of the declarations in them, is the order of the
palette.
"""

from __future__ import annotations

from engine.autograd.apply import bind
from engine.op import OPS, PARTS

from engine.ops import (  # isort: skip
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

CATEGORIES = tuple(
    module.__name__.rpartition(".")[2]
    for module in (
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
)
"""The names of the categories, in the order of the palette."""

for declared in (*OPS.values(), *PARTS.values()):
    bind(declared)
install()
