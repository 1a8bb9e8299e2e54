"""What torch answered to small pieces of code, values and refusals, line by line (recorded; see tests/data)."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path
from typing import Any

import pytest

from engine import torch
from engine.op import OPS, Op
from tests.engine.session import blocks, run

DATA = Path(__file__).parents[1] / "data"
RECORDED = [
    case
    for file in ("torch_session.txt", "torch_autograd.txt")
    for case in blocks((DATA / file).read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("code", "printed"), RECORDED, ids=[code.replace("\n", "; ") for code, _ in RECORDED])
def test_it_prints_what_torch_printed(code: str, printed: str) -> None:
    assert run(code, torch) == printed


@pytest.mark.parametrize(
    "op", [op for op in OPS.values() if op.ports and not (op.statement or op.control)], ids=lambda op: op.name
)
@pytest.mark.parametrize("number", [2, -1, 0.5, float("nan"), True])
def test_a_number_at_any_port_computes_or_is_refused_in_words(op: Op, number: Any) -> None:
    tensors = [torch.tensor(1.5), torch.ones(2), torch.ones(2, 2), torch.ones(1, 2, 2), torch.ones(2) > 0]
    for combination in itertools.product([None, *tensors], repeat=min(len(op.ports), 3)):
        if None in combination:
            with contextlib.suppress(RuntimeError, TypeError, ValueError, IndexError):  # never AttributeError
                op(*[number if x is None else x for x in combination])
