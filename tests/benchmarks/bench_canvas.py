"""How long the canvas takes for a frame, in ms of CPU: ``python -m tests.benchmarks.bench_canvas [NODES …]``.

Offscreen raster, 1600×1000. Each figure is the median of 20 frames. Nothing here is a test.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPixmap

from engine.document.graph import Graph
from engine.document.records import Edge, Node
from engine.run.evaluate import evaluate
from gui.app import make_app
from gui.canvas.view import CanvasView
from gui.session import Session
from gui.theme import DARK, load_fonts


def grid(count: int) -> tuple[list[Node], list[Edge]]:
    """Rows of chains: x → sin → sin → …, 50 nodes a row."""
    nodes, edges = [], []
    for index in range(count):
        row, column = divmod(index, 50)
        place = (column * 284.0, row * 200.0)
        id = f"n{index}"
        if column == 0:
            nodes.append(Node(id, "ones", {"size": [2, 2], "requires_grad": True}, place))
        else:
            nodes.append(Node(id, "sin", {}, place))
            edges.append(Edge(f"n{index - 1}", id, "input"))
    return nodes, edges


def frame(view: CanvasView, change: Callable[[int], None]) -> float:
    """The median CPU time of one changed frame, in ms."""
    target = QPixmap(view.viewport().size())
    times = []
    for index in range(20):
        change(index)
        start = time.process_time()
        view.viewport().render(target)
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times)


def measure(count: int) -> None:
    """Print one row."""
    session = Session()
    nodes, edges = grid(count)
    session.graph = Graph(nodes, edges)
    session.run = evaluate(session.graph.snapshot())
    start = time.process_time()
    view = CanvasView(session)
    built = time.process_time() - start
    view.set_theme(DARK)
    view.resize(1600, 1000)
    view.show()
    scene = view.canvas

    def pan(index: int) -> None:
        view.horizontalScrollBar().setValue(view.horizontalScrollBar().value() + (7 if index % 2 else -7))

    def zoom(index: int) -> None:
        view.zoom_by(1.05 if index % 2 else 1 / 1.05)

    def drag(index: int) -> None:
        scene.preview.moved = frozenset({"n25"})
        scene.preview.offset = QPointF(index, index)
        scene.preview_changed.emit()

    row = [f"{count:>7}", f"{built:8.2f} s"]
    for name, level in (("fit", None), ("0.24", 0.24), ("0.4", 0.4), ("1", 1.0)):
        if level is None:
            view.fit_all()
        else:
            view.set_zoom(level)
            view.centerOn(3000, 1000)
        view.viewport().render(QPixmap(view.viewport().size()))
        row.append(f"{name}: pan {frame(view, pan):6.1f}  zoom {frame(view, zoom):6.1f}")
    row.append(f"drag {frame(view, drag):6.1f}")
    print("   ".join(row))
    scene.preview.moved = frozenset()
    session.close()
    view.dispose()


if __name__ == "__main__":
    make_app()
    load_fonts()
    print("  nodes     build      ms a frame at each zoom")
    for size in [int(word) for word in sys.argv[1:]] or [100, 1000, 10_000]:
        measure(size)
