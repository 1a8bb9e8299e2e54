"""Whatever is wired together, an op computes or refuses in torch's words: never in numpy's."""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import engine.ops  # noqa: F401  (declares the ops)
from engine.autograd import Tensor
from engine.op import OPS, Op

REFUSALS = (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError)
NUMPYS = re.compile(
    r"numpy|ufunc|operands could|broadcast together|input array|reshape array|core dimension|out of bounds for axis|"
    r"ndarray|array is|arrays|axes|zero-size array|'NoneType'|object has no attribute|unpack|not supported between|"
    r"unhashable|tuple index|list index|einstein|subscriptable|required keyword|argument after"
)
SHAPES: list[tuple[int, ...]] = [(), (2,), (3,), (0,), (2, 3), (3, 3), (2, 3, 4), (1, 2, 3, 3), (2, 1, 3, 4, 2)]
KINDS = [np.float32, np.float64, np.int64, np.bool_]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Warnings are another matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def inputs_of(op: Op) -> Iterator[list[Any]]:
    """Tensors of many shapes and dtypes at the ports that must be filled, and at all of them."""
    needed = sum(not port.optional for port in op.ports)
    drawn = np.random.default_rng(3)
    for count in sorted({needed, min(len(op.ports), 3)}):
        shapes = list(itertools.product(SHAPES, repeat=count))
        for n in drawn.permutation(len(shapes))[:150]:
            kinds = drawn.choice(len(KINDS), count)
            yield [
                np.asarray(drawn.integers(0, 3, shape)).astype(KINDS[kind] if drawn.random() < 0.5 else np.float32)
                for shape, kind in zip(shapes[n], kinds, strict=True)
            ]


def refused(op: Op, given: list[Tensor]) -> Exception | None:
    """What an op, or the pass through it, says against its inputs."""
    try:
        output = op(*given)
        if output.requires_grad:
            output.backward(Tensor(np.ones_like(output.array)))
    except REFUSALS as refusal:
        return refusal
    return None


@pytest.mark.parametrize(
    "op", [op for op in OPS.values() if op.ports and not (op.statement or op.control)], ids=lambda op: op.name
)
def test_shapes_and_dtypes_that_do_not_fit_are_refused_in_torchs_words(op: Op) -> None:
    for arrays in inputs_of(op):
        given = [Tensor(array, requires_grad=array.dtype.kind == "f") for array in arrays]
        before = [array.copy() for array in arrays]
        refusal = refused(op, given)
        if refusal is not None:
            what = f"{op.name} of {[(a.shape, a.dtype.name) for a in arrays]}: {type(refusal).__name__}: {refusal}"
            assert str(refusal), what
            assert not NUMPYS.search(str(refusal)), what
        if op.name != "batch_norm":  # its running statistics are changed on purpose
            assert all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(arrays, before, strict=True))
