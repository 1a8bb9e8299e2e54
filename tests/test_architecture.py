"""What holds for the code as a whole: who imports whom, which words and calls do not occur."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]

PRODUCT = [
    ROOT / "main.py",
    *sorted(path for part in ("engine", "gui", "assets") for path in (ROOT / part).rglob("*.py")),
]
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in PRODUCT}


def places(path: str, is_bad: Callable[[ast.AST], bool]) -> list[str]:
    """Where in a file the bad nodes stand."""
    return [f"{path}:{node.lineno}: {ast.unparse(node)}" for node in ast.walk(TREES[path]) if is_bad(node)]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["id"])
def test_imports_keep_the_contract(contract: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(
        config_filename=str(ROOT / "pyproject.toml"), limit_to_contracts=(contract["id"],), no_cache=True
    )
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


@pytest.mark.parametrize("module", ["engine", "engine.torch", "engine.document", "engine.run"])
def test_the_engine_loads_nothing_of_qt(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    assert module.partition(".")[0] in loaded
    assert not {"PySide6", "shiboken6", "pyqtgraph", "gui"} & set(loaded)


def test_void_qt_calls_leave_none_alone() -> None:
    """PySide6 6.12.0 on Python 3.11 loses a reference at each such call, until the interpreter aborts.

    From Python 3.12 on None has no count that could move, so there the test cannot fail, nor the program.
    """
    from PySide6.QtGui import QPainterPath

    path = QPainterPath()
    before = sys.getrefcount(None)
    for step in range(2_000):
        path.lineTo(step, step)
    assert abs(sys.getrefcount(None) - before) < 20


def connects_a_closure(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="connect"), args=arguments):
            return any(is_closure(part) for argument in arguments for part in ast.walk(argument))
    return False


def is_closure(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).rpartition(".")[2] == "partial"
    return isinstance(node, ast.Lambda)


@pytest.mark.parametrize("path", [path for path in TREES if path.startswith("gui/")])
def test_signals_are_connected_to_bound_methods(path: str) -> None:
    """A lambda or partial that holds its widget keeps it alive for ever."""
    assert not places(path, connects_a_closure)


FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "yaml", "runpy"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "numpy.load", "np.load"}


def runs_foreign_code(node: ast.AST) -> bool:
    """Whether the node could make a program out of data: out of a file, a paste or a script."""
    match node:
        case ast.Import(names=names):
            return any(name.name.partition(".")[0] in FORBIDDEN_MODULES for name in names)
        case ast.ImportFrom(module=str(module), level=0):
            return module.partition(".")[0] in FORBIDDEN_MODULES
        case ast.Call(func=function, args=arguments, keywords=keywords):
            name = ast.unparse(function)
            if name in {"importlib.import_module", "import_module"}:
                return not all(isinstance(argument, ast.Constant) for argument in arguments)
            return name in FORBIDDEN_CALLS or "shell" in [keyword.arg for keyword in keywords]
    return False


@pytest.mark.parametrize("path", TREES)
def test_nothing_can_turn_data_into_code(path: str) -> None:
    assert not places(path, runs_foreign_code)


EMPTY_WORDS = ("manager", "controller", "handler", "helper", "util", "service", "factory", "factories")


def is_empty_name(name: str) -> bool:
    """Whether a name, in either spelling, is built on a word that fits everything."""
    return any(word.lower().startswith(EMPTY_WORDS) for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name))


@pytest.mark.parametrize("path", TREES)
def test_names_say_what_a_thing_is(path: str) -> None:
    classes = [node.name for node in ast.walk(TREES[path]) if isinstance(node, ast.ClassDef)]
    assert not list(filter(is_empty_name, [path.removesuffix(".py"), *classes]))
