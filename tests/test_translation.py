"""Every text that a user sees can be translated: Qt's lupdate finds it, and only literals are given to translate."""

from __future__ import annotations

import ast
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import PySide6
import pytest
from PySide6.QtCore import QCoreApplication

from engine.sentence import says
from gui.spoken import spoken
from tests import make_engine_texts

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path.relative_to(ROOT) for path in (ROOT / "gui").rglob("*.py"))
FINDERS = {"tr": 1, "translate": 2, "QT_TRANSLATE_NOOP": 2}
KNOWN = {
    ("Actions", "Backward"),
    ("App", "Something went wrong inside Autograd Canvas. Your graph is still open; save it to be safe."),
    ("Canvas", "value"),
    ("Canvas", "grad"),
    ("Canvas", "leaf · requires_grad ✗"),
    ("Category", "open, {count} nodes"),
    ("Engine", "Comparison and logic"),
    ("Inspector", "The brackets do not match."),
    ("Inspector", "None – nothing has been added here yet."),
    ("Timeline", "{sender} sends {value} back along {port} to {node}"),
    ("Welcome", "An empty canvas"),
}


def called(call: ast.Call) -> str:
    """The name by which a function is called, without what stands before the dot."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def written() -> dict[Path, set[str]]:
    """The texts that the sources of each module ask to translate."""
    texts: dict[Path, set[str]] = {}
    for path in SOURCES:
        texts[path] = set()
        for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
            if isinstance(node, ast.Call) and called(node) in FINDERS and not _moves_a_painter(node):
                literals = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                if path.name in ("actions.py", "spoken.py") and called(node) == "translate":
                    continue  # texts of a table, which QT_TRANSLATE_NOOP has marked
                assert len(literals) == len(node.args) == FINDERS[called(node)], f"{path}:{node.lineno}"
                assert all(isinstance(text, str) for text in literals), f"{path}:{node.lineno}"
                texts[path].add(str(literals[-1]))
    return texts


def _moves_a_painter(call: ast.Call) -> bool:
    function = call.func
    owner = function.value if isinstance(function, ast.Attribute) else None
    return called(call) == "translate" and not (isinstance(owner, ast.Name) and owner.id == "QCoreApplication")


def test_texts_are_literals_where_they_are_translated() -> None:
    texts = set().union(*written().values())
    assert {text for _context, text in KNOWN} <= texts


def test_translating_has_no_other_name() -> None:
    """lupdate knows calls by their names; a wrapper or an alias hides the text from it."""
    for path in SOURCES:
        for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.name not in ("_", "_tr", "tr", "translate"), f"{path}:{node.lineno}"
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Attribute):
                assert node.value.attr not in FINDERS, f"{path}:{node.lineno}"


def test_lupdate_finds_every_text_in_its_context(tmp_path: Path) -> None:
    lupdate = min(Path(PySide6.__file__).parent.glob("lupdate*"))
    target = tmp_path / "all.ts"
    command = [str(lupdate), *map(str, SOURCES), "-ts", str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "arning" not in done.stderr
    found = {
        (context.findtext("name"), message.findtext("source"))
        for context in ElementTree.parse(target).getroot().iter("context")
        for message in context.iter("message")
    }
    assert found >= KNOWN
    assert {text for _context, text in found} == set().union(*written().values())
    assert all(context for context, _text in found), "a text without a context"


def test_what_the_engine_says_is_listed_for_translators() -> None:
    assert make_engine_texts.TARGET.read_text("utf-8") == make_engine_texts.text()  # else: python -m that module


def test_a_sentence_of_the_engine_is_said_in_the_language_of_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    german = {"Delete {what}": "{what} löschen", "{count} nodes": "{count} Knoten"}

    def translate(context: str, text: str) -> str:
        return german.get(text, text)

    monkeypatch.setattr(QCoreApplication, "translate", translate)
    made = says("Delete {what}", what=says("{count} nodes", count=3))
    assert made == "Delete 3 nodes"
    assert spoken(made) == "3 Knoten löschen"
    assert spoken("a text of torch") == "a text of torch"
