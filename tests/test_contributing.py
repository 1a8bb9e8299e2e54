"""CONTRIBUTING's worked example is the code as it stands, and all that is needed."""

from __future__ import annotations

import re
from pathlib import Path

from engine import torch
from engine.op import OPS
from engine.ops.calling import names_of

ROOT = Path(__file__).parents[1]


def test_the_example_is_one_block_of_the_file_that_it_names() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    place, code = re.search(r"In `(engine/ops/[\w/]+\.py)`:\n\n```python\n(.*?)```", text, re.DOTALL).groups()  # type: ignore[union-attr]
    assert code in (ROOT / place).read_text(encoding="utf-8")
    elsewhere = [
        path
        for path in (*ROOT.glob("engine/**/*.py"), *ROOT.glob("gui/**/*.py"))
        if re.search(r"\blogit\b", path.read_text(encoding="utf-8")) and path != ROOT / place
    ]
    # that torch has it in place too is said in changing.py; engine_texts.py lists its help for translators
    assert {path.name for path in elsewhere} <= {"changing.py", "engine_texts.py"}


def test_from_it_come_the_function_the_method_and_the_category() -> None:
    op = OPS["logit"]
    assert op.category == "functions"
    assert names_of(op) == ("torch.logit", "torch.special.logit", "Tensor.logit")
    x = torch.tensor([0.2, 0.5], requires_grad=True)
    assert repr(torch.logit(x, 0.1)) == repr(x.logit(eps=0.1))
