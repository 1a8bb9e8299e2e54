"""How fast loops on the canvas are beside the same code: `python tests/benchmarks/bench_loops.py`.

A scalar loop of 10,000 turns is evaluated and run backward, and its log written; beside it the same lines of code on
engine.torch. The sides take turns, the best of all turns counts. Then the player stands at random steps of the log.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from engine.autograd import backward, trace
from engine.convert.script import torch_script
from engine.document.files import Document, save
from engine.document.graph import Graph
from engine.document.records import Edge, Frame, Node
from engine.run.backward import play, written_passes
from engine.run.evaluate import evaluate
from engine.run.replay import Replay, steps

TURNS = 10_000
TIMES = 5
SEEKS = 1_000
WIRES = """
y > mul1.input, w > mul1.other, mul1 > add1.input, add1 > y.next, i > add2.input, add2 > i.next,
i > lt1.input, lt1 > repeat_while1.condition, y > backward1.tensor
"""


def loop(turns: int) -> Graph:
    """y = y · w + 0.001, `turns` times."""
    inside = "while1"
    nodes = [
        Node("w", "tensor", {"data": 0.9999, "requires_grad": True}, (0, 0)),
        Node("y", "carry", {"start": 1.0}, (300, 0), inside),
        Node("i", "carry", {"start": 0}, (300, 200), inside),
        Node("mul1", "mul", {}, (600, 0), inside),
        Node("add1", "add", {"other": 0.001}, (900, 0), inside),
        Node("add2", "add", {"other": 1}, (600, 200), inside),
        Node("lt1", "lt", {"other": turns}, (600, 400), inside),
        Node("repeat_while1", "repeat_while", {"most": turns}, (900, 400), inside),
        Node("backward1", "backward", {}, (1200, 0)),
    ]
    edges = []
    for wire in WIRES.split(","):
        source, _, target = wire.partition(">")
        edges.append(Edge(source.strip(), *target.strip().split(".")))
    return Graph(nodes, edges, [Frame(inside, "while", "", (276, -60, 850, 600))])


def best(*sides: Callable[[], object]) -> list[float]:
    """The best time of each in seconds; they take turns."""
    times = [float("inf")] * len(sides)
    for _ in range(TIMES):
        for at, side in enumerate(sides):
            start = time.perf_counter()
            side()
            times[at] = min(times[at], time.perf_counter() - start)
    return times


def against_the_code(graph: Graph) -> None:
    snapshot = graph.snapshot()
    lines = torch_script(snapshot).replace("import torch\n", "from engine import torch\n")
    code = compile(lines, "script", "exec")
    forward = compile(lines.replace("y.backward()\n", ""), "forward", "exec")

    def written() -> None:
        exec(code, {})

    def written_and_traced() -> None:
        space: dict[str, object] = {}
        exec(forward, space)
        entries: list[trace.Step] = []
        backward(space["y"], trace=entries)

    def on_the_canvas() -> None:
        backward(evaluate(snapshot).tensor("y"))

    def with_its_log() -> None:
        run = evaluate(snapshot)
        play(run, written_passes(run))

    code_time, traced, canvas, logged = best(written, written_and_traced, on_the_canvas, with_its_log)
    print(
        f"{TURNS} turns, forward and backward, ms:      code {code_time * 1e3:8.1f}   canvas {canvas * 1e3:8.1f}   "
        f"ratio {canvas / code_time:.2f}"
    )
    print(
        f"the same, traced and told in a log, ms:   code {traced * 1e3:8.1f}   canvas {logged * 1e3:8.1f}   "
        f"ratio {logged / traced:.2f}   (to the code without a trace {logged / code_time:.2f})"
    )


def scrubbed(graph: Graph) -> None:
    run = evaluate(graph.snapshot())
    log = play(run, written_passes(run))
    start = time.perf_counter()
    replay = Replay(log)
    cuts = steps(log)
    print(f"{len(log)} events, {len(cuts)} steps: read in {(time.perf_counter() - start) * 1e3:.0f} ms")
    drawn = random.Random(0)
    tell("a state anywhere in it", [drawn.randrange(len(log)) for _ in range(SEEKS)], replay.state)


def scrubbed_in_a_window(graph: Graph) -> None:
    from tempfile import TemporaryDirectory

    from PySide6.QtCore import QSettings, qInstallMessageHandler

    from gui.app import dispose, make_app
    from gui.main_window import MainWindow
    from gui.settings import Settings

    qInstallMessageHandler(_unheard)  # the offscreen platform says at each layout what it does not support
    app = make_app()
    with TemporaryDirectory() as folder:
        save(f"{folder}/loop.autograd", Document.of(graph))
        window = MainWindow(Settings(QSettings(f"{folder}/s.ini", QSettings.Format.IniFormat)), native_dialogs=False)
        window.resize(1600, 900)
        window.show()
        session = window.session
        session.open(Path(folder) / "loop.autograd")
        session.settle()
        session.player.duration_scale = 0.0
        session.backward()
        start = time.perf_counter()
        session.settle()
        app.processEvents()
        print(f"the window takes the log in {(time.perf_counter() - start) * 1e3:.0f} ms, evaluation and all")

        def seek(step: int) -> None:
            session.player.seek(step)
            app.processEvents()

        drawn = random.Random(0)
        tell("a seek in the window, painted", [drawn.randrange(session.player.count) for _ in range(SEEKS)], seek)
        dispose(window)


def _unheard(*_message: object) -> None:
    pass


def tell(what: str, places: list[int], go: Callable[[int], object]) -> None:
    """The median and the 99th percentile of going to these places, in time of the processor."""
    times = []
    for place in places:
        start = time.process_time()
        go(place)
        times.append((time.process_time() - start) * 1e3)
    median, late = np.percentile(times, [50, 99])
    print(f"{what}: median {median:.2f} ms, 99th percentile {late:.2f} ms")


if __name__ == "__main__":
    graph = loop(TURNS)
    against_the_code(graph)
    scrubbed(graph)
    scrubbed_in_a_window(graph)
