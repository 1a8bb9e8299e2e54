"""Files: what is read, what is refused and where the fault is, and that saving never loses anything."""

from __future__ import annotations

import copy
import errno
import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document import atomic
from engine.document.files import Document, FileErrors, dumps, load, loads, save
from engine.document.graph import Graph
from engine.document.migrations import migrate
from engine.document.records import Edge, Frame, Node

EXAMPLES = sorted((Path(__file__).parents[2] / "assets" / "examples").glob("*.autograd"))
GOOD = {
    "format": "autograd-canvas",
    "version": 1,
    "nodes": [
        {
            "id": "x",
            "op": "ones",
            "params": {"size": [2, 2]},
            "position": [0, 0],
            "frame": None,
            "title": "x",
        },
        {"id": "sum1", "op": "sum", "params": {"dim": 0}, "position": [284, 0.5], "frame": "f1", "title": ""},
        {"id": "mul1", "op": "mul", "params": {"other": 3}, "position": [568, 0], "frame": None, "title": ""},
    ],
    "edges": [
        {"from": "x", "to": "sum1", "port": "input"},
        {"from": "sum1", "to": "mul1", "port": "input"},
    ],
    "frames": [{"id": "f1", "kind": "no_grad", "title": "", "rect": [0, 0, 300, 200], "frame": None}],
    "view": {"center": [0, 0], "zoom": 1.0},
    "notes": "",
}


def errors_of(text) -> list[str]:
    with pytest.raises(FileErrors) as caught:
        loads(text)
    lines = str(caught.value).splitlines()
    assert all(line.isascii() for line in lines)
    return lines


def changed(*path, to) -> str:
    """The good file with one value replaced."""
    value = copy.deepcopy(GOOD)
    *way, last = path
    inner = value
    for step in way:
        inner = inner[step]
    inner[last] = to
    return json.dumps(value)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_saved_again_byte_for_byte(path, tmp_path):
    document = load(path)
    again = tmp_path / path.name
    save(again, Document.of(document.graph(), document.view, document.notes, document.extra))
    assert again.read_bytes() == path.read_bytes()


def test_the_examples_are_there():
    assert [path.stem for path in EXAMPLES] == [
        "blitz_mean",
        "blitz_norm",
        "blitz_vjp",
        "blitz_while",
        "newton_sqrt",
        "rnn_unrolled",
        "three_stops",
    ]


def test_a_record_stands_on_a_line_of_its_own():
    document = Document((Node("x", "ones", {"size": [2]}, (0, 1.5), title="é"),), view={"center": [0, 0], "zoom": 2.0})
    assert dumps(document) == (
        "{\n"
        '  "format": "autograd-canvas",\n'
        '  "version": 1,\n'
        '  "nodes": [\n'
        '    {"id": "x", "op": "ones", "params": {"size": [2]}, "position": [0, 1.5], '
        '"frame": null, "title": "é"}\n'
        "  ],\n"
        '  "edges": [],\n'
        '  "frames": [],\n'
        '  "view": {"center": [0, 0], "zoom": 2.0},\n'
        '  "notes": ""\n'
        "}\n"
    )


def test_the_text_does_not_depend_on_the_order_of_the_edits():
    a, b = Node("a", "ones", {"size": [1], "dtype": "int32"}), Node("b", "relu")
    edge = Edge("a", "b", "input")
    other = Node("a", "ones", {"dtype": "int32", "size": [1]})
    assert dumps(Document((a, b), (edge,))) == dumps(Document((b, other), (edge,)))


def test_missing_fields_have_defaults():
    document = loads('{"format":"autograd-canvas","version":1,"nodes":[{"id":"x","op":"ones","position":[0,0]}]}')
    assert document == Document((Node("x", "ones"),))


def test_unknown_fields_and_unknown_ops_survive():
    value = copy.deepcopy(GOOD)
    value["nodes"].append(
        {
            "id": "w",
            "op": "warp",
            "params": {"z": {"b": 1, "a": [None]}, "a": "é"},
            "position": [0, 0],
            "glow": [1, {"q": 2}],
        }
    )
    value["nodes"][0]["params"]["colour"] = "red"
    value["edges"].append({"from": "x", "to": "w", "port": "anything", "bend": 3})
    value["frames"].append({"id": "f2", "kind": "spiral", "rect": [0, 0, 1, 1], "turns": 4})
    value["theme"] = {"dark": True}
    value["view"]["tilt"] = 1
    text = dumps(loads(json.dumps(value)))
    assert dumps(loads(text)) == text
    again = json.loads(text)
    by_id = {node["id"]: node for node in again["nodes"]}
    assert by_id["w"]["glow"] == [1, {"q": 2}]
    assert by_id["w"]["params"] == {"z": {"b": 1, "a": [None]}, "a": "é"}
    assert by_id["x"]["params"]["colour"] == "red"
    assert any(edge.get("bend") == 3 for edge in again["edges"])
    assert again["frames"][1]["turns"] == 4
    assert (again["theme"], again["view"]["tilt"]) == ({"dark": True}, 1)


def test_many_numbers_are_written_as_base64_and_few_as_they_are():
    few, many = [0.1] * 64, [[0.1, "nan"]] * 33
    text = dumps(Document((Node("a", "tensor", {"data": few}), Node("b", "tensor", {"data": many}))))
    a, b = json.loads(text)["nodes"]
    assert a["params"]["data"] == few
    assert (b["params"]["data"]["dtype"], b["params"]["data"]["shape"]) == ("float32", [33, 2])
    assert dumps(loads(text)) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "line 1, column 1: expecting value"),
        ("{", "line 1, column 2: expecting property name enclosed in double quotes"),
        ("[]", "This is not an Autograd Canvas file."),
        ("null", "This is not an Autograd Canvas file."),
        ("{}", "This is not an Autograd Canvas file."),
        (changed("format", to="other"), "This is not an Autograd Canvas file."),
        (changed("format", to=["autograd-canvas"]), "This is not an Autograd Canvas file."),
        (changed("version", to=7), "This file is version 7; this program reads up to version 1."),
        (changed("version", to=0), "version: expected a version from 1, got 0"),
        (changed("version", to=True), "version: expected a version from 1, got true"),
        (changed("version", to=1.0), "version: expected a version from 1, got 1.0"),
        (changed("version", to="1"), 'version: expected a version from 1, got "1"'),
        ('{"format":"autograd-canvas","version":1}', "nodes: is missing"),
        (changed("nodes", to={}), "nodes: expected a list, got an object"),
        (changed("nodes", 0, to="x"), 'nodes[0]: expected an object, got "x"'),
        (changed("nodes", 0, to={}), "nodes[0].id: is missing"),
        (changed("nodes", 0, "id", to=5), "nodes[0].id: expected text, got 5"),
        (changed("nodes", 0, "id", to=""), "nodes[0].id: an id cannot be empty"),
        (changed("nodes", 0, "id", to="a" * 101), "nodes[0].id: an id has at most 100 characters"),
        (changed("nodes", 0, "id", to="a\u202eb"), "nodes[0].id: an id holds printable characters only"),
        (changed("nodes", 0, "id", to="a\u0000b"), "nodes[0].id: an id holds printable characters only"),
        (changed("nodes", 1, "id", to="x"), 'nodes[1].id: "x" is the id of nodes[0] already'),
        (changed("nodes", 0, "op", to=["ones"]), 'nodes[0].op: expected text, got ["ones"]'),
        (changed("nodes", 0, "params", to=[]), "nodes[0].params: expected an object, got []"),
        (changed("nodes", 0, "title", to="a" * 1001), "nodes[0].title: a title has at most 1000 characters"),
        (
            changed("nodes", 0, "title", to="\ud800"),
            "nodes[0].title: half of a surrogate pair is not a character",
        ),
        (changed("nodes", 0, "position", to=[0]), "nodes[0].position: expected 2 numbers, got [0]"),
        (
            changed("nodes", 0, "position", to=[0, True]),
            "nodes[0].position: expected 2 numbers, got [0, true]",
        ),
        (
            changed("nodes", 0, "position", to=[1e300, 0]),
            "nodes[0].position: a position is finite and within 1e+09",
        ),
        (changed("nodes", 0, "position", to=None), "nodes[0].position: expected a list, got null"),
        (changed("nodes", 0, "frame", to="f9"), 'nodes[0].frame: there is no frame "f9"'),
        (
            changed("nodes", 0, "params", "size", to=[2, -1]),
            "nodes[0].params.size[1]: a size cannot be negative, got -1",
        ),
        (
            changed("nodes", 0, "params", "size", to=[2, 2.0]),
            "nodes[0].params.size[1]: expected an integer, got 2.0",
        ),
        (
            changed("nodes", 0, "params", "size", to=[10**9]),
            "nodes[0].params.size: more than 16777216 elements",
        ),
        (
            changed("nodes", 0, "params", "size", to=[0, 2**62]),
            "nodes[0].params.size: more than 16777216 elements",
        ),
        (changed("nodes", 0, "params", "size", to=[1] * 33), "nodes[0].params.size: more than 32 dimensions"),
        (
            changed("nodes", 0, "params", "dtype", to="object"),
            'nodes[0].params.dtype: expected one of float32, float64, int64, int32, bool, got "object"',
        ),
        (
            changed("nodes", 1, "params", "dim", to="a"),
            'nodes[1].params.dim: expected an integer or a list of integers, got "a"',
        ),
        (
            changed("nodes", 1, "params", "keepdim", to=1),
            "nodes[1].params.keepdim: expected true or false, got 1",
        ),
        (changed("nodes", 2, "params", "other", to=[1]), "nodes[2].params.other: expected a number, got [1]"),
        (changed("edges", 0, "from", to="gone"), 'edges[0].from: there is no node "gone"'),
        (changed("edges", 0, "to", to="gone"), 'edges[0].to: there is no node "gone"'),
        (changed("edges", 0, "port", to=0), "edges[0].port: expected text, got 0"),
        (changed("edges", 0, "port", to="third"), "edges[0]: sum1 has no input third: sum has input."),
        (changed("edges", 0, "to", to="x"), "edges[0]: x cannot be its own input."),
        (changed("edges", 1, "to", to="x"), "edges[1]: x has no inputs: ones makes its own values."),
        (changed("edges", 1, to=GOOD["edges"][0]), "edges[1]: edges[0] goes into port input of sum1 already"),
        (changed("edges", 0, "from", to="mul1"), "edges[0]: a cycle: mul1, sum1 depend on each other"),
        (changed("frames", 0, "rect", to=[0, 0, -1, 5]), "frames[0].rect: a rectangle has no negative size"),
        (changed("frames", 0, "frame", to="f1"), "frames[0].frame: a frame cannot stand inside itself"),
        (changed("view", to=5), "view: expected an object, got 5"),
        (changed("view", "zoom", to=0), "view.zoom: expected a number from 0.001 to 1000, got 0"),
        (changed("view", "zoom", to="1"), 'view.zoom: expected a number from 0.001 to 1000, got "1"'),
        (changed("view", "center", to=[0, "a"]), 'view.center: expected 2 numbers, got [0, "a"]'),
        (changed("notes", to=[]), "notes: expected text, got []"),
        (changed("notes", to=float("nan")), 'notes: NaN is not JSON; write "nan" in quotes'),
        (changed("notes", to=float("-inf")), 'notes: -Infinity is not JSON; write "-inf" in quotes'),
        (changed("notes", to=5).replace("5}", "1e999}"), "notes: 1e999 is too large for a number"),
        (changed("notes", to=5).replace("5}", "9" * 5000 + "}"), "notes: a number of 5000 characters"),
        (json.dumps(GOOD)[:-1] + ', "notes": ""}', 'the name "notes" stands there twice'),
        (
            json.dumps(GOOD).replace('"id": "x"', '"id": "x", "\\u0069d": "x"'),
            'nodes[0]: the name "id" stands there twice',
        ),
        ("[" * 100_000, "line 1: nested more than 64 deep"),
        ('{"a":' * 100_000, "line 1: nested more than 64 deep"),
        (json.dumps(GOOD) + "\0", "the file holds NUL characters: it is not a text file"),
        ("\ud800", "half of a surrogate pair is not a character"),
        (b"\xff\xfe{\x00}\x00", "byte 0 is not UTF-8 text"),
    ],
)
def test_a_bad_file_is_refused_with_the_place_of_the_fault(text, line):
    assert any(error.startswith(line) for error in errors_of(text)), errors_of(text)


def test_a_file_that_is_too_large_is_not_even_parsed():
    assert errors_of(b" " * (64 * 1024 * 1024 + 1)) == ["the file is larger than 64 MiB"]


def test_all_errors_of_a_file_are_told_together():
    value = copy.deepcopy(GOOD)
    value["nodes"][0]["params"]["size"] = "big"
    value["nodes"][1]["position"] = [0]
    value["edges"][1]["from"] = "gone"
    value["view"]["zoom"] = None
    assert errors_of(json.dumps(value)) == [
        'nodes[0].params.size: expected a list of integers, got "big"',
        "nodes[1].position: expected 2 numbers, got [0]",
        'edges[1].from: there is no node "gone"',
        "view.zoom: expected a number from 0.001 to 1000, got null",
    ]


def test_more_than_twenty_errors_are_counted():
    value = {**GOOD, "nodes": [5] * 30, "edges": [], "frames": []}
    lines = errors_of(json.dumps(value))
    assert len(lines) == 21
    assert lines[-1] == "and 10 more errors"


def test_what_is_quoted_from_a_file_is_short_and_ascii():
    (line,) = errors_of(changed("nodes", 1, "params", "dim", to="é" * 1000))
    assert len(line) < 140


def test_too_many_records_are_refused():
    value = {**GOOD, "frames": [0] * 100_000}
    assert errors_of(json.dumps(value)) == ["more than 100000 nodes, edges and frames"]


def test_a_long_cycle_is_one_error():
    nodes = [{"id": f"a{i}", "op": "relu", "position": [0, 0]} for i in range(2000)]
    edges = [{"from": f"a{i}", "to": f"a{(i + 1) % 2000}", "port": "input"} for i in range(2000)]
    (line,) = errors_of(json.dumps({**GOOD, "nodes": nodes, "edges": edges}))
    assert line == "edges[0]: a cycle: a0, a1, a10, a100 and 1996 more depend on each other"


def test_a_byte_order_mark_is_allowed():
    assert loads(b"\xef\xbb\xbf" + json.dumps(GOOD).encode()) == loads(json.dumps(GOOD))


def test_older_files_are_migrated_step_by_step():
    steps = {
        1: lambda file: {**file, "nodes": file["boxes"]},
        2: lambda file: {**file, "notes": f"was {file['version']}"},
    }
    old = {"format": "autograd-canvas", "version": 1, "boxes": [1]}
    new = migrate(old, 1, to=3, migrations=steps)
    assert (new["version"], new["nodes"], new["notes"]) == (3, [1], "was 2")
    assert old == {"format": "autograd-canvas", "version": 1, "boxes": [1]}
    assert migrate(new, 3, to=3) is new


# ---- saving ----


@pytest.fixture
def document() -> Document:
    return Document((Node("x", "ones", {"size": [2, 2]}),))


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_saving_keeps_the_version_before_as_a_backup(tmp_path, document):
    path = tmp_path / "a.autograd"
    save(path, document)
    first = path.read_bytes()
    assert files_in(tmp_path) == {"a.autograd"}
    save(path, Document())
    assert load(path) == Document()
    assert (tmp_path / "a.autograd~").read_bytes() == first
    save(path, document)
    assert files_in(tmp_path) == {"a.autograd", "a.autograd~"}
    assert load(tmp_path / "a.autograd~") == Document()


def test_saving_keeps_permission_bits_and_follows_links(tmp_path, document):
    real = tmp_path / "real"
    real.mkdir()
    path, link = real / "a.autograd", tmp_path / "link.autograd"
    save(path, document)
    path.chmod(0o640)
    link.symlink_to(path)
    save(link, Document())
    assert link.is_symlink()
    assert load(path) == Document()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert files_in(real) == {"a.autograd", "a.autograd~"}


def test_a_new_file_has_the_usual_permission_bits(tmp_path, document):
    path, other = tmp_path / "a.autograd", tmp_path / "other"
    save(path, document)
    other.touch()
    assert path.stat().st_mode == other.stat().st_mode


CALLS = ["mkstemp", "fdopen", "fsync", "chmod", "replace"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, document, monkeypatch, call, nth, code):
    path = tmp_path / "a.autograd"
    save(path, document)
    before = path.read_bytes()
    module = atomic.tempfile if call == "mkstemp" else os
    real = getattr(module, call)
    calls = []

    def fail(*args, **kwargs):
        calls.append(args)
        if len(calls) == nth:
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    monkeypatch.setattr(module, call, fail)
    failed = ""
    try:
        save(path, Document())
    except FileErrors as errors:
        failed = str(errors)
    monkeypatch.undo()
    if failed:
        assert failed == f"The file cannot be saved: {os.strerror(code)[0].lower()}{os.strerror(code)[1:]}."
        assert load(path) == document
        assert path.read_bytes() == before
    else:  # there was no such call, or it came after the file was saved
        assert nth == 2
        assert load(path) == Document()
    assert files_in(tmp_path) <= {"a.autograd", "a.autograd~"}


def test_a_short_write_is_a_failure(tmp_path, document, monkeypatch):
    path = tmp_path / "a.autograd"
    save(path, document)
    real = os.fdopen

    class Full:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *exc):
            self.file.close()

        def write(self, data):
            self.file.write(data[:10])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fdopen", lambda *args: Full(real(*args)))
    with pytest.raises(FileErrors, match="no space left on device"):
        save(path, Document())
    assert load(path) == document
    assert files_in(tmp_path) == {"a.autograd"}


def test_where_links_do_not_exist_the_backup_is_a_copy(tmp_path, document, monkeypatch):
    path = tmp_path / "a.autograd"
    save(path, document)

    def refuse(*args):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    save(path, Document())
    assert load(tmp_path / "a.autograd~") == document


def test_what_would_not_open_again_is_not_saved(tmp_path, document):
    path = tmp_path / "a.autograd"
    save(path, document)
    with pytest.raises(FileErrors, match=r"nodes\[0\]\.params\.size"):
        save(path, Document((Node("x", "ones", {"size": "big"}),)))
    assert load(path) == document


@pytest.mark.parametrize("name", ["missing.autograd", ".", "no/such/folder.autograd", "a\0b"])
def test_what_cannot_be_read_is_told_in_one_sentence(tmp_path, name):
    with pytest.raises(FileErrors, match=r"^The file cannot be read: [^\n]+\.$"):
        load(f"{tmp_path}/{name}")


@pytest.mark.parametrize("name", [".", "no/such/folder.autograd", "a\0b"])
def test_what_cannot_be_written_is_told_in_one_sentence(tmp_path, name, document):
    with pytest.raises(FileErrors, match=r"^The file cannot be saved: [^\n]+\.$"):
        save(f"{tmp_path}/{name}", document)


def test_a_pipe_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileErrors, match="not a regular file"):
        load(tmp_path / "pipe")


# ---- anything at all ----

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["x", "input", "ones", "nan"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "op", "params", "dtype", "shape", "base64", "data"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_file_with_anything_in_it_is_read_or_refused(data):
    value = data.draw(st.sampled_from([json.loads(EXAMPLES[0].read_text("utf-8")), GOOD, LOOP]).map(copy.deepcopy))
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from([path for path in places(value) if path]))
        inner = value
        for step in way:
            inner = inner[step]
        if data.draw(st.booleans()):
            inner[last] = data.draw(
                JSON | st.sampled_from(["loop", "fence", "c", "m", "end", "while", "carry", "next"])
            )
        elif isinstance(inner, dict):
            del inner[last]
        else:
            inner.append(copy.deepcopy(inner[last]))
    read_or_refuse(json.dumps(value))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_file_with_any_bytes_changed_is_read_or_refused(data):
    text = bytearray(EXAMPLES[0].read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        text[start : start + data.draw(st.integers(0, 20))] = data.draw(
            st.binary(max_size=4)
            | st.sampled_from([b'"', b"[", b"{", b"}", b",", b"\\u", b"1e999", b"NaN", b"\\ud800"])
        )
    read_or_refuse(bytes(text))


def read_or_refuse(text: str | bytes) -> None:
    refused = None
    try:
        document = loads(text)
    except FileErrors as errors:
        refused = str(errors)
    if refused is not None:
        assert refused
        assert all(line and line.isascii() and len(line) < 400 for line in refused.split("\n"))
        return
    graph = document.graph()  # what can be read is legal
    once = dumps(document)
    assert dumps(Document.of(graph, document.view, document.notes, document.extra)) == once
    assert dumps(loads(once)) == once


def test_a_frame_and_its_nodes_survive():
    document = Document(
        (Node("a", "ones", frame="g"),), frames=(Frame("f", "comment"), Frame("g", "no_grad", frame="f"))
    )
    assert loads(dumps(document)) == document
    assert isinstance(document.graph(), Graph)


LOOP = {
    "format": "autograd-canvas",
    "version": 1,
    "nodes": [
        {"id": "x", "op": "ones", "position": [0, 0]},
        {"id": "c", "op": "carry", "position": [0, 0], "frame": "loop"},
        {"id": "r", "op": "repeat_while", "params": {"most": 50}, "position": [0, 0], "frame": "loop"},
        {"id": "m", "op": "mul", "params": {"other": 2}, "position": [0, 0], "frame": "fence"},
        {"id": "end", "op": "relu", "position": [0, 0]},
    ],
    "edges": [
        {"from": "x", "to": "c", "port": "start"},
        {"from": "m", "to": "c", "port": "next"},
        {"from": "c", "to": "m", "port": "input"},
        {"from": "c", "to": "end", "port": "input"},
    ],
    "frames": [
        {"id": "loop", "kind": "while", "rect": [0, 0, 1, 1]},
        {"id": "fence", "kind": "no_grad", "rect": [0, 0, 1, 1], "frame": "loop"},
    ],
}


def loop_with(*where, to):
    value = copy.deepcopy(LOOP)
    place = value
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = to
    return json.dumps(value)


def test_a_loop_survives_with_the_wire_that_goes_back():
    text = dumps(loads(json.dumps(LOOP)))
    assert dumps(loads(text)) == text
    graph = loads(text).graph()
    assert graph.order() == ["x", "c", "r", "m", "end"]
    assert graph.edges["c", "next"].source == "m"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (loop_with("edges", 0, "from", to="m"), "edges[0]: c is set before the loop begins: its start cannot come"),
        (loop_with("nodes", 3, "frame", to=None), "edges[1]: a cycle: loop, m depend on each other"),
        (loop_with("frames", 0, "kind", to="comment"), "edges[1]: a cycle: c, m depend on each other"),
        (loop_with("nodes", 1, "op", to="spiral"), "edges[1]: a cycle: c, m depend on each other"),
        (loop_with("edges", 3, "to", to="x"), "edges[3]: x has no inputs: ones makes its own values."),
        (loop_with("edges", 0, "from", to="end"), "edges[0]: a cycle: end, loop depend on each other"),
        (loop_with("frames", 0, "id", to="x"), 'frames[0].id: "x" is the id of nodes[0] already'),
        (loop_with("frames", 1, "id", to="loop"), 'frames[1].id: "loop" is the id of frames[0] already'),
        (loop_with("frames", 0, "frame", to="fence"), "frames[0].frame: a frame cannot stand inside itself"),
        (
            loop_with("nodes", 2, "params", "most", to=0),
            "nodes[2].params.most: expected at least 1, got 0",
        ),
    ],
)  # fmt: skip
def test_a_bad_loop_is_refused_with_the_place_of_the_fault(text, line):
    assert any(error.startswith(line) for error in errors_of(text)), errors_of(text)


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        ({"id": "f", "kind": "comment", "rect": [0, 0, 1, 1], "frame": "gone"}, 'there is no frame "gone"'),
        ({"id": "f", "kind": "comment", "rect": [0, 0, 1, 1], "frame": "f"}, "a frame cannot stand inside itself"),
        ({"id": "f", "kind": "comment", "rect": [0, 0, -1, 1]}, "a rectangle has no negative size"),
    ],
)
def test_a_bad_frame_is_one_fault_and_the_wires_that_go_back_are_none(frame, line):
    bad = {**LOOP, "frames": [*LOOP["frames"], frame]}
    [only] = errors_of(json.dumps(bad))
    assert only.startswith("frames[2].")
    assert only.endswith(line)


def test_frames_nested_without_end_are_refused_soon():
    def nested(deep: int) -> str:
        rect = [0, 0, 1, 1]
        frames = [
            {"id": f"f{i}", "kind": "while", "rect": rect, "frame": f"f{i - 1}" if i else None} for i in range(deep)
        ]
        return json.dumps({**GOOD, "nodes": [], "edges": [], "frames": frames})

    assert len(loads(nested(64)).graph().course()) == 1
    (line,) = errors_of(nested(65))
    assert line == "frames[64].frame: frames stand in each other 64 deep at most"
    assert errors_of(nested(50_000))[-1] == f"and {50_000 - 64 - 20} more errors"
