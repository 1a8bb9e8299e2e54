"""Sessions as they were typed at torch: code after `>>>` and `...`, below it what came out, a refusal as its line."""

from __future__ import annotations

import ast
import contextlib
import io
import warnings
from typing import Any

import numpy as np


def blocks(text: str) -> list[tuple[str, str]]:
    """Code and what it printed, one pair for every `>>>`."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith(">>> "):
            found.append((line[4:], ""))
        elif line.startswith("... "):
            found[-1] = (f"{found[-1][0]}\n{line[4:]}", "")
        elif found and not line.startswith("#"):
            found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
    return [(code, printed.rstrip("\n")) for code, printed in found]


def run(code: str, torch: Any) -> str:
    """What the code prints with this torch; an expression at its end prints its value."""
    names = {"torch": torch, "np": np}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            *before, last = ast.parse(code).body
            if isinstance(last, ast.Expr):
                exec(compile(ast.Module(before, []), "<session>", "exec"), names)
                value = eval(compile(ast.Expression(last.value), "<session>", "eval"), names)
                if value is not None or not before:
                    print(repr(value))
            else:
                exec(code, names)
        except Exception as error:
            print(f"{type(error).__name__}: {str(error).splitlines()[0]}")
    return printed.getvalue().rstrip("\n")
