"""One node as an expression of torch: what is written for every op gives what the op gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine.convert.calls import draws
from engine.convert.script import torch_script
from engine.document.arrays import encode_array
from engine.document.graph import Graph
from engine.document.params import plain, wrong_param
from engine.op import OPS, Op
from tests.convert.code import agree, execute
from tests.run.graphs import Written, graph_of, leaf, run_of
from tests.run.test_every_op import fitting

APPLIED = [op for op in OPS.values() if not op.statement and not op.control]


def tried(op: Op) -> Iterator[Graph]:
    """A node of the op over what it is tried on, with a pass backward from it where it has a history."""
    for tensors, params, _ in fitting(op):
        try:
            given = {name: plain(value) for name, value in params.items() if value is not None}
        except TypeError:
            continue  # what only a call in Python can be given
        if any(wrong_param(op, name, value) for name, value in given.items()):
            continue
        if draws(op):
            given["seed"] = 5
        nodes: dict[str, tuple[str, dict[str, Any]]] = {"node": (op.name, given)}
        for port, tensor in zip(op.ports, tensors, strict=False):
            if tensor is not None:
                array = np.asarray(tensor.array)
                learns = port.name in op.gradients and array.dtype.kind == "f"
                nodes[f"for_{port.name}"] = leaf(encode_array(array), learns, dtype=str(array.dtype))
                given[port.name] = f"for_{port.name}"
        made = run_of(graph_of(nodes)).tensor("node")
        if made is not None and made.requires_grad:
            nodes["v"] = ("ones_like", {"input": "node"})
            nodes["end"] = ("backward", {"tensor": "node", "gradient": "v"})
        if made is not None:
            yield graph_of(nodes)


@pytest.mark.parametrize("op", APPLIED, ids=lambda op: op.name)
def test_the_code_of_every_op_gives_the_same_value_and_gradients(op: Op) -> None:
    for graph in tried(op):
        agree(graph)


@pytest.mark.parametrize(
    ("node", "line"),
    [
        (("mul", {"input": "x", "other": 2}), "x * 2"),
        (("mul", {"input": "x", "other": -0.5}), "x * -0.5"),
        (("pow", {"input": -2, "exponent": "x"}), "(-2) ** x"),
        (("add", {"input": "x", "other": "-inf"}), "x + -torch.inf"),
        (("sum", {"input": "x"}), "x.sum()"),
        (("sum", {"input": "x", "dim": [0], "keepdim": True}), "x.sum(dim=(0,), keepdim=True)"),
        (("norm", {"input": "x", "p": "inf"}), "x.norm(p=torch.inf)"),
        (("softmax", {"input": "x", "dim": 0}), "torch.softmax(x, 0)"),
        (("clamp", {"input": "x", "max": 1}), "torch.clamp(x, max=1)"),
        (("view", {"input": "x", "shape": [3, -1]}), "x.view(3, -1)"),
        (("reshape", {"input": "x", "shape": [3]}), "torch.reshape(x, (3,))"),
        (("max_dim", {"input": "x"}), "torch.max(x, -1, False).values"),
        (("split", {"input": "x", "split_size": 2, "index": 1}), "torch.split(x, 2, 0)[1]"),
        (("cat", {"tensors1": "x", "tensors2": "x"}), "torch.cat([x, x])"),
        (("einsum", {"operands1": "x", "operands2": "x", "equation": "i,i"}), "torch.einsum('i,i', x, x)"),
        (("detach", {"input": "x"}), "x.detach()"),
        (("data", {"input": "x"}), "x.data"),
        (("ones", {"size": []}), "torch.ones(())"),
        (("zeros", {"size": [4], "dtype": "int64"}), "torch.zeros(4, dtype=torch.int64)"),
        (
            ("tensor", {"data": [["nan", 1.0]], "requires_grad": True}),
            "torch.tensor([[torch.nan, 1.0]], requires_grad=True)",
        ),
    ],
)
def test_a_node_is_written_as_one_would_type_it(node: tuple[str, dict[str, Any]], line: str) -> None:
    code = torch_script(graph_of({"x": leaf([1.0, 2.0, 3.0]), "y": node}).snapshot())
    assert code.endswith(f"y = {line}\n")


def test_many_numbers_are_written_as_bytes() -> None:
    numbers = [i / 7 for i in range(100)]
    for data, dtype in ((numbers, None), ([numbers, numbers], "float64"), ([True, False] * 40, None)):
        graph = graph_of({"x": ("tensor", {"data": data, "dtype": dtype})})
        _, code = agree(graph)
        assert code.text.startswith("import base64\n\nimport numpy as np\nimport torch\n")
        assert len(code.text) < 2500


def test_a_call_that_has_no_tensor_raises_as_the_node_does() -> None:
    nodes: Written = {"y": ("exp", {"input": 2.0})}
    _, message = execute(torch_script(graph_of(nodes).snapshot()))
    assert message == run_of(nodes).results["y"].error
