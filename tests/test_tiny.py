"""The whole engine in one breath: if this fails, read no other failure first."""

from __future__ import annotations

from assets import ROOT


def test_the_tutorial_graph_gives_4_5() -> None:
    from engine.document import files
    from engine.run.backward import play, written_passes
    from engine.run.evaluate import evaluate

    document = files.load(ROOT / "examples" / "blitz_mean.autograd")
    run = evaluate(document.graph().snapshot())
    x, out = run.tensor("x"), run.tensor("out")
    assert x is not None
    assert out is not None
    assert out.item() == 27.0

    play(run, written_passes(run))
    assert x.grad.tolist() == [[4.5, 4.5], [4.5, 4.5]]
