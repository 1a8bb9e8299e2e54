"""No op runs that would need more numbers than a machine holds; its node says how many it would be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.autograd import Tensor
from engine.document.records import Edge
from engine.op import OPS
from engine.run.estimates import largest_shape
from engine.run.evaluate import Result
from engine.run.limits import MOST_IN_RESULT, too_large
from engine.run.trial import misfit
from tests.run.graphs import leaf, run_of, value


def shape(size: list[int]) -> tuple[str, dict[str, Any]]:
    return "zeros", {"size": size}


@pytest.mark.parametrize(
    ("op", "params", "error"),
    [
        ("arange", {"end": 5e9}, "would need 5,000,000,000 numbers; the limit is 16,777,216"),
        ("arange", {"end": 5_000_000_000}, "would need 5,000,000,000 numbers; the limit is 16,777,216"),
        ("arange", {"start": 0, "end": -5e9, "step": -1}, "would need 5,000,000,000 numbers"),
        ("arange", {"end": 1, "step": 1e-12}, "would need 1e12 numbers"),
        ("eye", {"n": 200_000}, "would need 200,000 × 200,000 = 4e10 numbers; the limit is 16,777,216"),
        ("ones", {"size": [2**40, 2]}, "would need 1.1e12 × 2 = 2.2e12 numbers"),
        ("rand", {"size": [0, 2**62]}, "would have a size of 4.61e18; the limit is 16,777,216"),
        ("zeros", {"size": [2**62] * 20}, "= more than 1e300 numbers"),
        ("linspace", {"steps": 5_000_000_000}, "would need 5,000,000,000 numbers"),
        ("logspace", {"steps": 5_000_000_000}, "would need 5,000,000,000 numbers"),
        ("eye", {"n": 10, "m": 2_000_000_000}, "would need 10 × 2,000,000,000 = 2e10 numbers"),
        ("tril_indices", {"row": 100_000, "col": 100_000}, "would need 2 × 1e10 = 2e10 numbers"),
        ("randperm", {"n": 5_000_000_000}, "would need 5,000,000,000 numbers"),
        ("randint", {"size": [200_000, 200_000]}, "would need 200,000 × 200,000 = 4e10 numbers"),
    ],
)
def test_a_source_that_is_too_large_says_its_size(op: str, params: dict[str, Any], error: str) -> None:
    assert error in str(run_of({"x": (op, params)}).results["x"].error)


@pytest.mark.parametrize(
    ("left", "op", "right", "error"),
    [
        (
            [4_000_000, 1],
            "add",
            [1, 1_000_000],
            "would need 4,000,000 × 1,000,000 = 4e12 numbers; the limit is 67,108,864",
        ),
        ([100_000, 1], "gt", [100_000], "would need 100,000 × 100,000 = 1e10 numbers; the limit is 67,108,864"),
        ([100_000, 2], "matmul", [2, 100_000], "would need 100,000 × 100,000 = 1e10 numbers"),
        ([100_000, 2], "mm", [2, 100_000], "would need 100,000 × 100,000 = 1e10 numbers"),
        ([2000, 2000, 1], "matmul", [1, 1000], "would need 2,000 × 2,000 × 1,000 = 4,000,000,000 numbers"),
        ([3000, 1, 1, 1000], "matmul", [1, 3000, 1000, 1], "would need 3,000 × 3,000 × 1 × 1,000 = 9,000,000,000"),
    ],
)
def test_a_result_that_is_too_large_says_its_shape(left: list[int], op: str, right: list[int], error: str) -> None:
    second = OPS[op].ports[1].name
    run = run_of({"a": shape(left), "b": shape(right), "y": (op, {"input": "a", second: "b"})})
    assert error in str(run.results["y"].error)
    assert run.tensor("a") is not None


@pytest.mark.parametrize(
    ("op", "inputs", "params", "sizes"),
    [
        ("outer", [[100_000], [200_000]], {}, "100,000 × 200,000 = 2e10"),
        ("kron", [[1000, 1000], [300, 400]], {}, "300,000 × 400,000 = 1.2e11"),
        ("repeat", [[1000]], {"repeats": [1000, 1000]}, "1,000 × 1,000,000 = 1,000,000,000"),
        ("tile", [[1000]], {"dims": [1_000_000]}, "1,000,000,000"),
        ("repeat_interleave", [[1000, 3]], {"repeats": 1_000_000}, "1,000 × 3 × 1,000,000 = 3,000,000,000"),
        ("pad", [[2, 3]], {"pad": [100_000, 0, 0, 100_000]}, "100,002 × 100,003 = 1e10"),
        ("diag_embed", [[20_000]], {}, "20,000 × 20,000 = 400,000,000"),
        ("diag", [[20_000]], {}, "20,000 × 20,000 = 400,000,000"),
        ("block_diag", [[9_000, 1], [1, 9_000]], {}, "9,001 × 9,001 = 81,018,001"),
        ("cat", [[4000, 4000]] * 5, {}, "80,000,000"),
        ("einsum", [[10_000, 2], [2, 10_000]], {"equation": "ij,jk->ik"}, "10,000 × 10,000 = 100,000,000"),
        ("einsum", [[10_000], [10_000]], {"equation": "i,j->"}, None),
        ("einsum", [[500, 500], [500, 500], [500, 500]], {"equation": "ij,kl,jk->il"}, "500 × 500 × 500 × 500"),
        ("tensordot", [[20_000, 3], [3, 20_000]], {"dims": 1}, "20,000 × 20,000 = 400,000,000"),
        ("linear", [[10_000, 2], [10_000, 2]], {}, "10,000 × 10,000 = 100,000,000"),
        ("addmm", [[1], [10_000, 2], [2, 10_000]], {}, "10,000 × 10,000 = 100,000,000"),
        ("conv2d", [[1, 8, 1000, 1000], [8, 8, 9, 9]], {}, "1 × 8 × 9 × 9 × 992 × 992 = 637,673,472"),
        ("conv_transpose2d", [[1, 1, 500, 500], [1, 8, 9, 9]], {}, "1 × 8 × 9 × 9 × 500 × 500"),
        ("adaptive_avg_pool2d", [[1, 2, 4, 4]], {"output_size": 10_000}, "1 × 2 × 10,000 × 10,000"),
        ("interpolate", [[1, 2, 4, 4]], {"scale_factor": 5000.0}, "1 × 2 × 20,000 × 20,000"),
        ("im2col", [[1, 8, 1000, 1000]], {"kernel_size": 9}, "1 × 8 × 9 × 9 × 992 × 992"),
        ("cdist", [[20_000, 2], [20_000, 2]], {}, "20,000 × 20,000 × 2 = 800,000,000"),
        ("scaled_dot_product_attention", [[10_000, 2]] * 3, {}, "10,000 × 10,000 = 100,000,000"),
        ("svd_u", [[20_000, 2]], {}, "20,000 × 20,000 = 400,000,000"),
        ("unfold", [[9000]], {"size": 8000, "step": 1}, None),
        ("unfold", [[90_000]], {"size": 8000, "step": 1}, "82,001 × 8,000 = 656,008,000"),
        ("as_strided", [[9]], {"size": [10_000, 10_000], "stride": [0, 0]}, "10,000 × 10,000 = 100,000,000"),
    ],
)
def test_what_makes_much_of_little_says_how_much(
    op: str, inputs: list[list[int]], params: dict[str, Any], sizes: str | None
) -> None:
    tensors = [Tensor(np.broadcast_to(np.zeros((), np.float32), size)) for size in inputs]
    refused = too_large(OPS[op], (*tensors, *[None] * (len(OPS[op].ports) - len(tensors))), params)
    assert (refused is None) if sizes is None else (sizes in str(refused))


def test_an_index_that_is_a_large_number_makes_no_large_table() -> None:
    indices = Tensor(np.array([3, 2_000_000_000]))
    assert "2 × 2,000,000,001 = 4,000,000,002" in str(too_large(OPS["one_hot"], (indices,), {}))
    assert too_large(OPS["one_hot"], (Tensor(np.array([3, 2])),), {}) is None
    weight = Tensor(np.broadcast_to(np.zeros((), np.float32), (3, 1_000_000)))
    many = Tensor(np.zeros(1000, np.int64))
    assert "1,000 × 1,000,000" in str(too_large(OPS["embedding"], (many, weight), {}))


def test_an_expansion_costs_nothing_itself_but_is_not_made_either() -> None:
    run = run_of({"x": shape([5000, 1]), "y": ("expand", {"input": "x", "size": [1_000_000, -1, 7]})})
    assert run.results["y"] == Result(
        error="would need 1,000,000 × 5,000 × 7 = 3.5e10 numbers; the limit is 67,108,864"
    )


@pytest.mark.parametrize(
    ("left", "op", "right", "made"),
    [
        ([2, 3], "matmul", [3, 4], [2, 4]),
        ([3], "matmul", [3, 4], [4]),
        ([2, 3], "matmul", [3], [2]),
        ([3], "matmul", [3], []),
        ([5, 2, 3], "matmul", [3], [5, 2]),
        ([3], "matmul", [5, 3, 4], [5, 4]),
        ([5, 1, 2, 3], "matmul", [7, 3, 4], [5, 7, 2, 4]),
        ([5, 2, 1], "bmm", [5, 1, 4], [5, 2, 4]),
        ([2, 1], "mul", [3], [2, 3]),
    ],
)
def test_the_estimate_is_at_least_what_comes_out(left: list[int], op: str, right: list[int], made: list[int]) -> None:
    second = OPS[op].ports[1].name
    run = run_of({"a": shape(left), "b": shape(right), "y": (op, {"input": "a", second: "b"})})
    tensors = [run.tensor(id) for id in ("a", "b", "y")]
    assert tensors[2] is not None
    assert list(tensors[2].shape) == made
    estimate = largest_shape(OPS[op], tuple(tensors[:2]), {})
    assert estimate is not None
    count = 1
    for size in estimate:
        count *= size
    assert count >= tensors[2].numel()


def test_a_row_times_a_column_is_one_number_however_long_they_are() -> None:
    run = run_of({"a": shape([1, 100_000]), "b": shape([100_000, 1]), "y": ("matmul", {"input": "a", "other": "b"})})
    assert value(run, "y") == [[0]]


@pytest.mark.parametrize(
    ("op", "params"),
    [
        ("arange", {"end": "inf"}),
        ("arange", {"end": "nan"}),
        ("arange", {"step": 0}),
        ("arange", {"end": -3}),
        ("arange", {"end": 1e300, "step": 1e-300}),
        ("arange", {"end": "x"}),
        ("eye", {"n": -1}),
        ("ones", {"size": "x"}),
        ("ones", {"size": [-2, 3]}),
        ("ones", {"size": [2, "x"]}),
    ],
)
def test_what_the_op_is_going_to_refuse_is_left_to_it(op: str, params: dict[str, Any]) -> None:
    assert too_large(OPS[op], (), params) is None
    assert run_of({"source": (op, params)}).results["source"].error


def test_shapes_that_do_not_fit_are_left_to_the_op() -> None:
    big = [4000, 1000]
    run = run_of({"a": shape(big), "b": shape([7]), "c": leaf(1.0), "y": ("add", {"input": "a", "other": "b"})})
    assert "must match the size of tensor" in str(run.results["y"].error)
    a, b, c = (run.tensor(id) for id in "abc")
    assert largest_shape(OPS["matmul"], (a, c), {}) is None
    assert largest_shape(OPS["matmul"], (a, 2), {}) is None
    assert largest_shape(OPS["expand"], (a,), {"size": [3]}) is None
    assert largest_shape(OPS["bmm"], (a, b), {}) is not None  # too small to matter: bmm says what is wrong


def test_the_limits_themselves_are_within() -> None:
    assert too_large(OPS["zeros"], (), {"size": [MOST_IN_RESULT // 4]}) is None
    assert too_large(OPS["zeros"], (), {"size": [MOST_IN_RESULT // 4 + 1]}) is not None
    assert too_large(OPS["arange"], (), {}) is None
    assert too_large(OPS["arange"], (), {"start": 0.5, "end": 3}) is None


def test_a_wire_that_would_need_too_much_is_a_misfit_and_is_not_tried() -> None:
    run = run_of({"a": shape([250_000, 2]), "b": shape([2, 250_000]), "y": ("matmul", {"input": "a"})})
    assert "250,000 × 250,000" in str(misfit(run, Edge("b", "y", "other")))
