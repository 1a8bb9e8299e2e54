"""Write `gui/engine_texts.py`: what the engine says, listed for translators. ``python -m tests.make_engine_texts``"""

from __future__ import annotations

import ast
import json
from pathlib import Path

import engine.ops  # noqa: F401  (declares the ops)
from engine.op import OPS
from engine.run.advice import _ADVICE
from engine.run.reference import doc

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "gui" / "engine_texts.py"
HEAD = '''"""What the engine says, for translators: made by `tests/make_engine_texts.py`, spoken by `gui/spoken.py`."""

from PySide6.QtCore import QT_TRANSLATE_NOOP

# fmt: off
TEXTS = (
'''


def templates() -> set[str]:
    """The templates of all sentences in the engine; each must be a literal."""
    found = set()
    for path in (ROOT / "engine").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "says":
                (template,) = node.args
                assert isinstance(template, ast.Constant), f"{path}:{node.lineno}"
                found.add(str(template.value))
    return found


def text() -> str:
    """The module as it should be."""
    docs = {doc(op) for op in OPS.values()}
    every = sorted({*templates(), *docs, *(todo for _, todo in _ADVICE)})
    rows = "".join(f'    QT_TRANSLATE_NOOP("Engine", {json.dumps(each, ensure_ascii=False)}),\n' for each in every)
    return f"{HEAD}{rows})\n"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
