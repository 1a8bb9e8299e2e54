"""The command line: what it prints, what it draws, and one clear line where it cannot."""

from __future__ import annotations

import errno
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMessageLogContext, QSettings, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QImage

import gui.app
from assets import ROOT
from engine.document.files import Document, dumps
from engine.op import OPS
from engine.run.reference import doc
from main import main
from tests.run.graphs import Written, graph_of, leaf

EXAMPLES = ROOT / "examples"
MEAN = str(EXAMPLES / "blitz_mean.autograd")
HOME = Path(__file__).resolve().parent.parent

Captured = pytest.CaptureFixture[str]
Saved = Callable[[Written], str]


def table(number: float) -> list[list[float]]:
    return [[number, number], [number, number]]


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    """Writes a graph into a file and gives its path."""

    def save(nodes: Written) -> str:
        path = tmp_path / "graph.autograd"
        path.write_text(dumps(Document.of(graph_of(nodes))), "utf-8")
        return str(path)

    return save


def printed(capsys: Captured, *words: str) -> str:
    """What a command prints that succeeds without a word of complaint."""
    assert main(list(words)) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def nodes_of(capsys: Captured, path: str) -> dict[str, Any]:
    nodes = json.loads(printed(capsys, "run", path, "--json"), parse_constant=pytest.fail)["nodes"]
    assert isinstance(nodes, dict)
    return nodes


def complaint(capsys: Captured, *words: str) -> list[str]:
    """The lines on stderr of a command that fails with status 1 and prints nothing else."""
    assert main(list(words)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n")
    return err.splitlines()


def usage(capsys: Captured, *words: str) -> str:
    """The last line of what argparse says about words that it does not take."""
    with pytest.raises(SystemExit) as stop:
        main(list(words))
    assert stop.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def started(*words: str, env: Mapping[str, str] | None = None, **how: Any) -> subprocess.CompletedProcess[bytes]:
    """The program in a process of its own, as from a shell without a display."""
    mine = {name: text for name, text in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    mine = {name: text for name, text in mine.items() if not name.startswith("QT_")} | dict(env or {})
    command = [sys.executable, str(HOME / "main.py"), *words]
    return subprocess.run(command, env=mine, timeout=60, check=False, capture_output=True, **how)


# run -----------------------------------------------------------------------------------------------------------------


def test_run_json_gives_every_field_of_every_node(capsys: Captured) -> None:
    def node(value: Any, grad: Any, grad_fn: str | None) -> dict[str, Any]:
        shape = [2, 2] if isinstance(value, list) else []
        return {"value": value, "shape": shape, "dtype": "float32", "grad": grad, "grad_fn": grad_fn, "error": None}

    assert nodes_of(capsys, MEAN) == {
        "x": node(table(1), table(4.5), None),
        "y": node(table(3), table(4.5), "AddBackward0"),
        "mul1": node(table(9), table(0.75), "MulBackward0"),
        "z": node(table(27), table(0.25), "MulBackward0"),
        "out": node(27, 1, "MeanBackward0"),
        "backward1": dict.fromkeys(["value", "shape", "dtype", "grad", "grad_fn", "error"]),
    }


def test_run_json_writes_float32_in_the_fewest_digits(capsys: Captured) -> None:
    nodes = nodes_of(capsys, str(EXAMPLES / "blitz_vjp.autograd"))
    assert nodes["v"]["value"] == [0.1, 1.0, 0.0001]
    assert nodes["x"]["grad"] == [0.2, 2.0, 0.0002]
    assert nodes["v"]["grad"] is None


def test_run_json_gives_both_norms_alike(capsys: Captured) -> None:
    nodes = nodes_of(capsys, str(EXAMPLES / "blitz_norm.autograd"))
    assert nodes["norm1"]["value"] == nodes["sqrt1"]["value"] == pytest.approx(56**0.5)
    assert nodes["norm1"]["grad_fn"] == "LinalgVectorNormBackward0"


def test_run_json_names_what_json_has_no_number_for(capsys: Captured, saved: Saved) -> None:
    path = saved({"x": leaf([0.0, -1.0]), "log": ("log", {"input": "x"}), "inv": ("div", {"input": 1, "other": "x"})})
    nodes = nodes_of(capsys, path)
    assert nodes["log"]["value"] == ["-inf", "nan"]
    assert nodes["inv"]["value"] == ["inf", -1]


def test_run_json_keeps_each_dtype(capsys: Captured, saved: Saved) -> None:
    path = saved(
        {
            "whole": leaf([1, 2], False),
            "flag": leaf([[True], [False]], False),
            "wide": leaf(0.1, False, dtype="float64"),
            "none": leaf([], False),
        }
    )
    nodes = nodes_of(capsys, path)
    assert [
        (n["value"], n["shape"], n["dtype"]) for n in (nodes["whole"], nodes["flag"], nodes["wide"], nodes["none"])
    ] == [
        ([1, 2], [2], "int64"),
        ([[True], [False]], [2, 1], "bool"),
        (0.1, [], "float64"),
        ([], [0], "float32"),
    ]


def test_an_error_of_a_node_is_told_in_its_place_and_is_no_failure_of_the_program(
    capsys: Captured, saved: Saved
) -> None:
    path = saved(
        {
            "x": leaf([1, 2]),
            "y": ("exp", {"input": "x"}),
            "open": ("mul", {"other": 2}),
            "odd": ("warp", {}),
            "fine": leaf(1.0),
        }
    )
    nodes = nodes_of(capsys, path)
    assert nodes["x"]["error"] == "Only Tensors of floating point and complex dtype can require gradients"
    assert nodes["y"] == dict.fromkeys(["value", "shape", "dtype", "grad", "grad_fn", "error"])
    assert nodes["open"]["error"] == "needs an input: input"
    assert nodes["odd"]["error"] == "unknown op: warp"
    assert nodes["fine"]["value"] == 1
    assert nodes["fine"]["error"] is None


def test_a_pass_that_cannot_run_is_an_error_of_its_backward_node(capsys: Captured, saved: Saved) -> None:
    path = saved({"x": leaf([1.0, 2.0]), "y": ("exp", {"input": "x"}), "b": ("backward", {"tensor": "y"})})
    nodes = nodes_of(capsys, path)
    assert nodes["b"]["error"] == "grad can be implicitly created only for scalar outputs"
    assert nodes["x"]["grad"] is None


def test_the_gradient_of_a_node_is_its_own_also_where_torch_takes_two_steps(capsys: Captured, saved: Saved) -> None:
    path = saved({"x": leaf(2.0), "y": ("div", {"input": 3, "other": "x"}), "b": ("backward", {"tensor": "y"})})
    nodes = nodes_of(capsys, path)
    assert (nodes["y"]["grad"], nodes["x"]["grad"]) == (1, -0.75)


def test_run_prints_what_torch_prints(capsys: Captured) -> None:
    text = printed(capsys, "run", MEAN)
    assert text.startswith(
        "x  (ones)\n"
        "    value    tensor([[1., 1.],\n"
        "                     [1., 1.]], requires_grad=True)\n"
        "    x.grad   tensor([[4.5000, 4.5000],\n"
        "                     [4.5000, 4.5000]])\n"
    )
    assert "    value    tensor(27., grad_fn=<MeanBackward0>)\n    gradient tensor(1.)\n" in text


def test_run_prints_errors_and_what_to_do_about_them(capsys: Captured, saved: Saved) -> None:
    path = saved(
        {"x": leaf([1.0, 2.0]), "b": ("backward", {"tensor": "x"}), "e": ("exp", {}), "f": ("exp", {"input": "e"})}
    )
    lines = printed(capsys, "run", path).splitlines()
    assert "    error    grad can be implicitly created only for scalar outputs" in lines
    assert any(line.startswith("    to do    Give backward a gradient of the same shape") for line in lines)
    assert lines[lines.index("e") + 1] == "    error    needs an input: input"
    assert lines[lines.index("f") + 1] == "    waits for its input"


def test_a_second_backward_node_on_one_graph_shows_why_it_failed(capsys: Captured, saved: Saved) -> None:
    path = saved(
        {
            "x": leaf(2.0),
            "y": ("exp", {"input": "x"}),
            "b1": ("backward", {"tensor": "y"}),
            "b2": ("backward", {"tensor": "y"}),
        }
    )
    nodes = nodes_of(capsys, path)
    assert nodes["b1"]["error"] is None
    assert nodes["b2"]["error"] == nodes["y"]["error"]
    assert nodes["b2"]["error"].startswith("Trying to backward through the graph a second time")
    lines = printed(capsys, "run", path).splitlines()
    assert lines[lines.index("b2") + 1].startswith("    error    Trying to backward")
    assert lines[lines.index("b2") + 2].startswith("    to do    The saved values are gone after one pass.")


def test_a_backward_node_with_a_number_for_its_tensor_needs_an_input(capsys: Captured, saved: Saved) -> None:
    nodes = nodes_of(capsys, saved({"b": ("backward", {"tensor": 2})}))
    assert nodes["b"]["error"] == "needs an input: tensor"


def test_code_prints_the_script_of_a_file(capsys: Captured) -> None:
    script = printed(capsys, "code", str(EXAMPLES / "blitz_while.autograd"))
    assert script.startswith("import torch\n\n")
    assert "\nwhile y.data.norm() < 1000:\n    y = y * 2\n" in script
    assert script.endswith("\nv = torch.tensor([0.1, 1.0, 0.0001])\ny.backward(v)\n")


def test_code_of_a_bad_file_is_one_line_that_names_it(capsys: Captured, tmp_path: Path) -> None:
    path = tmp_path / "bad.autograd"
    path.write_text("{", "utf-8")
    assert main(["code", str(path)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"autograd-canvas: {path}: ")


def test_an_empty_graph_runs(capsys: Captured, saved: Saved) -> None:
    path = saved({})
    assert printed(capsys, "run", path) == "\n"
    assert nodes_of(capsys, path) == {}


def test_a_file_of_3000_nodes_is_reported_without_ado(capsys: Captured, saved: Saved) -> None:
    chain = {"n0": leaf(0.0)} | {f"n{i}": ("add", {"input": f"n{i - 1}", "other": 1}) for i in range(1, 3000)}
    path = saved(chain | {"b": ("backward", {"tensor": "n2999"})})
    nodes = nodes_of(capsys, path)
    assert nodes["n2999"]["value"] == 2999
    assert all(nodes[id]["grad"] == 1 for id in chain)
    assert printed(capsys, "run", path).count("gradient") == 2999


def test_run_needs_no_qt() -> None:
    code = f"import sys, main; main.main(['run', {MEAN!r}]); sys.exit(any('PySide' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=HOME, check=False, capture_output=True).returncode == 0


def test_run_prints_utf8_wherever_it_prints(tmp_path: Path) -> None:
    text = Path(MEAN).read_text("utf-8").replace('"title": "out"', '"title": "损失"')
    (tmp_path / "loss.autograd").write_text(text, "utf-8")
    done = started("run", str(tmp_path / "loss.autograd"), env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert "损失  (mean)" in done.stdout.decode()


def test_a_reader_that_goes_away_is_no_news() -> None:
    read, write = os.pipe()
    os.close(read)
    program = [sys.executable, str(HOME / "main.py"), "run", MEAN]
    done = subprocess.run(program, stdout=write, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


# Files that cannot be read -------------------------------------------------------------------------------------------

SEVERAL = {
    "format": "autograd-canvas",
    "version": 1,
    "nodes": [
        {"id": "a", "op": "ones", "params": {"size": "x"}, "position": [0, 0]},
        {"id": "a", "op": "sum", "position": [0]},
    ],
    "edges": [{"from": "nobody", "to": "a", "port": "input"}],
}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file or directory"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe\x00", "is not UTF-8"),
        (b"", "line 1, column 1: expecting value"),
        (Path(MEAN).read_bytes()[:300], "line 7, column"),
        (b"[]", "not an Autograd Canvas file"),
        (b'{"format": "autograd-canvas", "version": 99}', "version 99"),
        (b"[" * 100_000, "nested more than"),
    ],
    ids=["missing", "binary", "empty", "truncated", "something else", "from the future", "deep"],
)
def test_a_bad_file_is_one_line_that_names_it(
    capsys: Captured, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "bad.autograd"
    if content is not None:
        path.write_bytes(content)
    for words in (["run", str(path)], ["run", str(path), "--json"]):
        [line] = complaint(capsys, *words)
        assert line.startswith(f"autograd-canvas: {path}: ")
        assert said in line


def test_a_folder_is_no_graph(capsys: Captured, tmp_path: Path) -> None:
    [line] = complaint(capsys, "run", str(tmp_path))
    assert line == f"autograd-canvas: {tmp_path}: The file cannot be read: not a regular file."


def test_several_errors_are_a_line_each_with_its_place(capsys: Captured, tmp_path: Path) -> None:
    path = tmp_path / "bad.autograd"
    path.write_text(json.dumps(SEVERAL), "utf-8")
    expected = [
        f'autograd-canvas: {path}: nodes[0].params.size: expected a list of integers, got "x"',
        f"autograd-canvas: {path}: nodes[1].position: expected 2 numbers, got [0]",
        f'autograd-canvas: {path}: nodes[1].id: "a" is the id of nodes[0] already',
        f'autograd-canvas: {path}: edges[0].from: there is no node "nobody"',
    ]
    assert complaint(capsys, "run", str(path)) == expected
    assert complaint(capsys, "shot", str(path), str(tmp_path / "out.png")) == expected
    assert not (tmp_path / "out.png").exists()


def test_words_that_it_does_not_take_are_answered_with_the_usage(capsys: Captured) -> None:
    assert "required: file" in usage(capsys, "run")
    assert "unrecognized arguments: --jsn" in usage(capsys, "run", MEAN, "--jsn")


def test_without_a_display_it_says_what_works_without_one(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gui.app, "has_display", bool)
    assert main([MEAN]) == 2
    assert capsys.readouterr().err == (
        "autograd-canvas: there is no display; 'run FILE' and 'shot FILE OUT.png' work without one\n"
    )


# shot ----------------------------------------------------------------------------------------------------------------


def draw(capsys: Captured, path: str, out: Path, *words: str) -> QImage:
    assert printed(capsys, "shot", path, str(out), "--size", "960x600", *words) == ""
    picture = QImage(str(out))
    assert out.read_bytes().startswith(b"\x89PNG")
    assert (picture.width(), picture.height()) == (960, 600)
    return picture


def test_shot_draws_the_graph_at_the_step_that_is_asked_for(capsys: Captured, tmp_path: Path) -> None:
    pictures = [
        draw(capsys, MEAN, tmp_path / "out.png", *words)
        for words in ([], ["--step", "start"], ["--step", "7"], ["--step", "end"], ["--step", "11"])
    ]
    opened, start, seven, end, eleven = pictures
    assert end == eleven
    assert len({p.constBits().tobytes() for p in (opened, start, seven, end)}) == 4


def test_a_picture_writes_nothing_but_itself(capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stores: list[str] = []
    made = QSettings.__init__

    def watch(self: QSettings, *words: Any) -> None:
        stores.append(str(words[0]) if words else "")
        made(self, *words)

    monkeypatch.setattr(QSettings, "__init__", watch)
    draw(capsys, MEAN, tmp_path / "out.png")
    (store,) = stores
    assert Path(store).name == "settings.ini"  # in a folder of its own, which is gone; never a device, never the user's
    assert not Path(store).parent.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]


def test_shot_draws_in_both_themes_and_in_any_size(capsys: Captured, tmp_path: Path) -> None:
    dark, light = (draw(capsys, MEAN, tmp_path / "out.png", "--theme", theme) for theme in ("dark", "light"))
    assert dark.pixelColor(480, 300).lightness() < 80
    assert light.pixelColor(480, 300).lightness() > 200
    printed(capsys, "shot", MEAN, str(tmp_path / "small.png"), "--size", "640X480")
    assert struct.unpack(">II", (tmp_path / "small.png").read_bytes()[16:24]) == (640, 480)


def test_a_step_that_is_not_there_is_one_line_that_counts_them(capsys: Captured, tmp_path: Path) -> None:
    out = str(tmp_path / "out.png")
    assert complaint(capsys, "shot", MEAN, out, "--step", "12") == [
        f"autograd-canvas: {MEAN}: there is no step 12: there are 11"
    ]
    assert not Path(out).exists()


def test_a_graph_without_backward_nodes_has_only_the_start(capsys: Captured, saved: Saved, tmp_path: Path) -> None:
    path = saved({"x": leaf([1.0]), "y": ("exp", {"input": "x"}), "b": ("backward", {})})
    out = tmp_path / "out.png"
    pictures = [draw(capsys, path, out, "--step", step) for step in ("start", "0", "end")]
    assert pictures[0] == pictures[1] == pictures[2] == draw(capsys, path, out)
    assert complaint(capsys, "shot", path, str(out), "--step", "1") == [
        f"autograd-canvas: {path}: there is no step 1: no backward node asks for a pass"
    ]


def test_a_picture_that_cannot_be_written_is_one_line_that_names_it(capsys: Captured, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "out.png"
    assert complaint(capsys, "shot", MEAN, str(nowhere)) == [f"autograd-canvas: {nowhere}: No such file or directory"]
    assert complaint(capsys, "shot", MEAN, str(tmp_path)) == [f"autograd-canvas: {tmp_path}: Is a directory"]


def test_a_full_disk_is_one_line_that_names_the_picture(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    out = tmp_path / "out.png"
    assert complaint(capsys, "shot", MEAN, str(out)) == [f"autograd-canvas: {out}: No space left on device"]


def test_shot_gives_back_who_hears_qts_messages(capsys: Captured, tmp_path: Path) -> None:
    def listener(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        raise AssertionError(text)

    before = qInstallMessageHandler(listener)
    try:
        printed(capsys, "shot", MEAN, str(tmp_path / "out.png"))
    finally:
        after = qInstallMessageHandler(before)
    assert after is listener


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--size", "800"], "--size wants WIDTHxHEIGHT between 320x240 and 7680x4320, not '800'"),
        (["--size", "0x0"], "not '0x0'"),
        (["--size", "-800x600"], "--size"),
        (["--size", "99999x600"], "not '99999x600'"),
        (["--size", "axb"], "not 'axb'"),
        (["--step", "first"], "--step wants a number, 'start' or 'end', not 'first'"),
        (["--step", "1.5"], "not '1.5'"),
        (["--step", "²"], "not '²'"),
        (["--step", "-1"], "--step"),
        (["--theme", "sepia"], "invalid choice: 'sepia'"),
        (["--scale", "0"], "--scale wants a number from 0.5 to 4, not 0.0"),
        (["--scale", "nan"], "not nan"),
        (["--scale", "big"], "invalid float value: 'big'"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(capsys: Captured, tmp_path: Path, words: list[str], said: str) -> None:
    out = tmp_path / "out.png"
    assert said in usage(capsys, "shot", MEAN, str(out), *words)
    assert not out.exists()


def test_shot_works_from_a_shell_without_a_display(tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    done = started("shot", MEAN, str(out), "--step", "end", "--theme", "light", "--size", "1000x640", "--scale", "2")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert struct.unpack(">II", out.read_bytes()[16:24]) == (2000, 1280)


def test_shot_of_a_bad_file_ends_with_one_line_and_status_1(tmp_path: Path) -> None:
    done = started("shot", "missing.autograd", "out.png", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().splitlines() == [
        "autograd-canvas: missing.autograd: The file cannot be read: no such file or directory."
    ]


# ops -----------------------------------------------------------------------------------------------------------------


def test_ops_prints_what_every_op_is(capsys: Captured) -> None:
    lines = printed(capsys, "ops").splitlines()
    assert lines[:2] == ["Tensors", "======="]
    assert set(OPS) <= set(lines)
    at = lines.index("clamp_min")
    text = "\n".join(lines[at : lines.index("", at)])
    for said in (
        doc(OPS["clamp_min"]),
        "formula     ",
        "gradients   ∂/∂input: ",
        "torch.clamp_min(input, min)",
        "grad_fn: ",
    ):
        assert said in text


def test_ops_tells_the_type_the_range_and_the_default_of_each_param(capsys: Captured) -> None:
    text = printed(capsys, "ops")
    assert "dim: int | ints | None = None" in text
    assert "reduction: 'mean' | 'sum' | 'none' = 'mean'" in text
    assert "p: float in [0, 1] = 0.5" in text
    assert "size: ints; a new node has (2, 2)" in text


def test_ops_prints_a_page_of_markdown(capsys: Captured) -> None:
    text = printed(capsys, "ops", "--markdown")
    assert text.startswith("# Operations\n\n## Tensors\n\n### tensor\n")
    assert all(f"\n### {op}\n" in text for op in OPS)
    assert "- **Gradients:** ∂/∂input `g × other`; ∂/∂other `g × input`\n" in text
    assert "- **In torch:** `input * other`; `torch.mul(input, other)`" in text


def test_ops_takes_no_other_words(capsys: Captured) -> None:
    assert "unrecognized arguments: x" in usage(capsys, "ops", "x")
