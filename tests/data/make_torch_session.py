"""Writes torch_session.txt and torch_autograd.txt anew: the same code, run by the torch that is installed here (2.13.0
so far)."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))
from tests.engine.session import blocks, run  # noqa: E402


def main() -> None:
    for name in ("torch_session.txt", "torch_autograd.txt"):
        answer(HERE / name)


def answer(path: Path) -> None:
    """Run the code of a file and put what it printed below it."""
    text = path.read_text(encoding="utf-8")
    written = []
    for part in text.split("\n\n# "):
        title, _, body = part.partition("\n")
        lines = ["# " + title.removeprefix("# ")]
        for code, _ in blocks(body):
            torch.set_grad_enabled(True)
            lines.append(">>> " + code.replace("\n", "\n... "))
            lines.append(run(code, torch))
        written.append("\n".join(line for line in lines if line))
    path.write_text("\n\n".join(written) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
