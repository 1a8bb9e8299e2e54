"""Matrices against numpy: einsum, products of every shape, decompositions that look at one triangle only."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import torch
from engine.torch import Tensor

DRAWN = np.random.default_rng(5)


def leaf(*shape: int) -> Tensor:
    return torch.from_numpy(DRAWN.standard_normal(shape)).requires_grad_()


def chain(tensor: Tensor) -> list[str]:
    """The names of the history, along first inputs."""
    names, function = [], tensor.grad_fn
    while function is not None and function.next:
        names.append(function.name())
        function = function.next[0]
    return names


def slopes_agree(function: Callable[..., Tensor], *inputs: Tensor) -> None:
    """Gradients by finite differences, of the gradients too."""
    assert torch.autograd.gradcheck(function, inputs)
    assert torch.autograd.gradgradcheck(function, inputs)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij,jk", [(2, 3), (3, 4)]),
        ("ba", [(2, 3)]),
        ("ij->", [(2, 3)]),
        ("ii", [(3, 3)]),
        ("ii->i", [(3, 3)]),
        ("iji->j", [(3, 2, 3)]),
        ("iij,j->i", [(3, 3, 2), (2,)]),
        ("i,j->ij", [(2,), (3,)]),
        ("i,i", [(3,), (3,)]),
        ("bij,bjk->bik", [(2, 2, 3), (2, 3, 1)]),
        ("...ij,...jk->...ik", [(2, 1, 3), (3, 2)]),
        ("...ij,...jk", [(2, 1, 1, 2), (2, 2, 1)]),
        ("i...->...", [(2, 3, 4)]),
        ("i...,i...", [(2, 3), (2, 3)]),
        ("...,...", [(2, 1), (3,)]),
        ("ij,kj,kl->il", [(2, 3), (2, 3), (2, 1)]),
        ("ij,jk,ki->", [(2, 3), (3, 2), (2, 2)]),
        ("ij,ik,il->jkl", [(2, 1), (2, 3), (2, 2)]),
        ("ij,i,j->", [(2, 3), (2,), (3,)]),
        (" i j , j k -> k i ", [(2, 3), (3, 4)]),
        ("ab,cd->", [(2, 3), (2, 2)]),
        (",ij->ij", [(), (2, 3)]),
        ("ij,jk->ik", [(2, 0), (0, 3)]),
    ],
)
def test_einsum_is_numpys(equation: str, shapes: list[tuple[int, ...]]) -> None:
    inputs = [leaf(*shape) for shape in shapes]
    output = torch.einsum(equation, *inputs)
    expected = np.einsum(equation.replace(" ", ""), *(x.detach().numpy() for x in inputs))
    np.testing.assert_allclose(output.array, expected, rtol=1e-12, atol=1e-12)
    slopes_agree(lambda *given: torch.einsum(equation, *given), *inputs)


def test_einsum_leaves_the_history_that_torch_leaves() -> None:
    assert chain(torch.einsum("ij,jk->ik", leaf(3, 4), leaf(4, 4))) == [
        "ViewBackward0",
        "PermuteBackward0",
        "ViewBackward0",
        "BmmBackward0",
        "ViewBackward0",
        "PermuteBackward0",
        "PermuteBackward0",
        "UnsqueezeBackward0",
    ]


def test_einsum_takes_a_list_and_numbers_for_names() -> None:
    x, y = leaf(2, 3), leaf(3, 4)
    product = (x @ y).tolist()
    assert torch.einsum("ij,jk", [x, y]).tolist() == product
    assert torch.einsum(x, [0, 1], y, [1, 2], [0, 2]).tolist() == product
    assert torch.einsum(x, [..., 1], y, [1, 2]).tolist() == product


@pytest.mark.parametrize(
    ("equation", "shapes", "message"),
    [
        ("ij,jk", [(2, 3)], "einsum(): fewer operands were provided than specified in the equation"),
        ("ij", [(2, 3), (3,)], "einsum(): more operands were provided than specified in the equation"),
        ("ij", [(2,)],
         "einsum(): the number of subscripts in the equation (2) does not match the number of dimensions (1) for "
         "operand 0 and no ellipsis was given"),
        ("i...j", [(2,)],
         "einsum(): the number of subscripts in the equation (2) is more than the number of dimensions (1) for "
         "operand 0"),
        ("ij->ii", [(2, 3)], "einsum(): output subscript i appears more than once in the output"),
        ("ij->k", [(2, 3)],
         "einsum(): output subscript k does not appear in the equation for any input operand"),
        ("i,i", [(2,), (3,)],
         "einsum(): subscript i has size 3 for operand 1 which does not broadcast with previously seen size 2"),
        ("ii", [(2, 3)], "einsum(): subscript i is repeated for operand 0 but the sizes don't match, 3 != 2"),
        ("i.j", [(2, 3)], "einsum(): found '.' for operand 0 that is not part of any ellipsis"),
        ("i1", [(2, 3)],
         "einsum(): invalid subscript given at index 1 in the equation string, subscripts must be in [a-zA-Z]"),
    ],
)  # fmt: skip
def test_a_wrong_equation_fails_in_torchs_words(equation: str, shapes: list[tuple[int, ...]], message: str) -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.einsum(equation, *(leaf(*shape) for shape in shapes))
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((2, 4, 3), (3,)),
        ((2, 4, 3), (3, 2)),
        ((3,), (2, 3, 4)),
        ((4, 3), (2, 3, 2)),
        ((1, 4, 3), (2, 3, 2)),
        ((2, 4, 3), (1, 3, 2)),
        ((2, 1, 2, 3), (2, 3, 1)),
        ((2, 0, 3), (3, 4)),
        ((2, 2, 0), (0, 4)),
    ],
)
@pytest.mark.parametrize("learning", ["both", "left", "right"])
def test_matmul_is_numpys_in_every_shape(left: tuple[int, ...], right: tuple[int, ...], learning: str) -> None:
    x, y = leaf(*left), leaf(*right)
    x, y = (x.detach() if learning == "right" else x), (y.detach() if learning == "left" else y)
    product = x @ y
    np.testing.assert_allclose(product.array, np.matmul(x.detach().array, y.detach().array), rtol=1e-12)
    slopes_agree(torch.matmul, x, y)


def test_a_batch_that_does_not_learn_is_multiplied_batch_by_batch_where_folding_would_copy() -> None:
    x, fixed = leaf(2, 3, 4), leaf(4, 5).detach()
    assert chain(x.transpose(0, 1) @ fixed)[:2] == ["UnsafeViewBackward0", "BmmBackward0"]
    assert chain(x @ fixed)[:2] == ["UnsafeViewBackward0", "MmBackward0"]


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 3)])
@pytest.mark.parametrize("with_bias", [True, False])
def test_linear_is_a_product_with_the_transposed_weight(shape: tuple[int, ...], with_bias: bool) -> None:
    x, weight, bias = leaf(*shape), leaf(4, 3), leaf(4)
    given = (x, weight, bias) if with_bias else (x, weight)
    expected = x.detach().array @ weight.detach().array.T + (bias.detach().array if with_bias else 0)
    np.testing.assert_allclose(torch.nn.functional.linear(*given).array, expected, rtol=1e-12)
    slopes_agree(torch.nn.functional.linear, *given)


def test_the_gradient_of_a_weight_lies_in_memory_as_the_weight_does() -> None:
    x, weight, bias = leaf(2, 3), leaf(4, 3), leaf(4)
    torch.nn.functional.linear(x, weight, bias).sum().backward()
    assert weight.grad is not None
    assert weight.grad.array.flags.c_contiguous


def symmetric(x: Tensor) -> Tensor:
    return x @ x.mT + 2 * torch.eye(x.shape[-2], dtype=torch.float64)


@pytest.mark.parametrize(
    "function",
    [
        torch.linalg.cholesky,
        lambda a: torch.linalg.cholesky(a, upper=True),
        torch.cholesky,
        torch.linalg.eigvalsh,
        lambda a: torch.linalg.eigvalsh(a, "U"),
        lambda a: torch.linalg.eigh(a).eigenvectors.abs(),
        lambda a: torch.linalg.pinv(a, hermitian=True),
    ],
)
@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3)])
def test_what_looks_at_one_triangle_has_the_slope_of_symmetric_matrices(
    function: Callable[..., Tensor], shape: tuple[int, ...]
) -> None:
    slopes_agree(lambda x: function(symmetric(x)), leaf(*shape))


@pytest.mark.parametrize(
    "function",
    [
        lambda a: torch.linalg.svd(a, False).U.abs(),
        torch.linalg.svdvals,
        lambda a: torch.linalg.svd(a, False).Vh.abs(),
        lambda a: torch.linalg.qr(a).Q,
        lambda a: torch.linalg.qr(a).R,
        torch.linalg.pinv,
        lambda a: torch.linalg.lstsq(a, torch.ones(a.shape[-2], 1, dtype=torch.float64)).solution,
        lambda a: torch.linalg.cond(a),
    ],
)
@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
def test_decompositions_have_slopes_of_slopes(function: Callable[..., Tensor], shape: tuple[int, ...]) -> None:
    slopes_agree(function, leaf(*shape))


@pytest.mark.parametrize(
    "function",
    [
        torch.linalg.inv,
        torch.det,
        torch.logdet,
        torch.slogdet,
        lambda a: torch.linalg.solve(a, a.mT),
        lambda a: torch.linalg.solve(a, a[..., 0]),
        lambda a: torch.linalg.solve_triangular(a, a, upper=False),
        lambda a: torch.linalg.matrix_power(a, -3),
        lambda a: torch.linalg.cond(a, 1),
    ],
)
@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3)])
def test_solutions_have_slopes_of_slopes(function: Callable[..., Any], shape: tuple[int, ...]) -> None:
    slopes_agree(lambda x: function(symmetric(x) + torch.triu(x)), leaf(*shape))


def test_the_determinant_of_a_singular_matrix_has_slopes_of_slopes() -> None:
    x = torch.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(torch.det(x), x, create_graph=True)
    np.testing.assert_allclose(slope.array, [[4, -2], [-2, 1]], atol=1e-12)
    (second,) = torch.autograd.grad(slope[0, 0], x)
    np.testing.assert_allclose(second.array, [[0, 0], [0, 1]], atol=1e-12)


def test_decompositions_put_together_again_give_the_matrix() -> None:
    a = leaf(2, 4, 3).detach()
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    np.testing.assert_allclose((u * s.unsqueeze(-2) @ vh).array, a.array)
    q, r = torch.linalg.qr(a)
    np.testing.assert_allclose((q @ r).array, a.array)
    values, vectors = torch.linalg.eigh(symmetric(a))
    np.testing.assert_allclose((vectors * values.unsqueeze(-2) @ vectors.mT).array, symmetric(a).array)
    full = torch.linalg.svd(a)
    assert [tuple(part.shape) for part in full] == [(2, 4, 4), (2, 3), (2, 3, 3)]
    assert repr(torch.slogdet(torch.eye(2))) == ("torch.return_types.slogdet(\nsign=tensor(1.),\nlogabsdet=tensor(0.))")


def test_of_single_precision_everything_stays_single() -> None:
    a = torch.tensor([[3.0, 1.0], [1.0, 2.0]], requires_grad=True)
    b = torch.ones(2)
    results = [
        torch.linalg.inv(a), torch.det(a), torch.logdet(a), *torch.slogdet(a), torch.linalg.solve(a, b),
        torch.linalg.cholesky(a), *torch.linalg.svd(a), *torch.linalg.eigh(a), *torch.linalg.qr(a),
        torch.linalg.pinv(a), torch.linalg.cond(a), torch.linalg.lstsq(a, b).solution, torch.cdist(a, a),
        torch.trace(a), torch.kron(a, a), torch.einsum("ij,jk", a, a), torch.addmm(b, a, a, beta=0.5, alpha=2),
    ]  # fmt: skip
    for result in results:
        assert result.dtype is torch.float32
        (grad,) = torch.autograd.grad(result.sum(), a)
        assert grad.dtype is torch.float32


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("torch.linalg.inv(ones(2, 2))", torch.linalg.LinAlgError,
         "linalg.inv: The diagonal element 2 is zero, the inversion could not be completed because the input matrix is "
         "singular."),
        ("torch.linalg.inv(zeros(2, 2, 2))", torch.linalg.LinAlgError,
         "linalg.inv: (Batch element 0): The diagonal element 1 is zero, the inversion could not be completed because "
         "the input matrix is singular."),
        ("torch.linalg.inv(ones(2, 3))", RuntimeError,
         "linalg.inv: A must be batches of square matrices, but they are 2 by 3 matrices"),
        ("torch.linalg.inv(ones(2))", RuntimeError,
         "linalg.inv: The input tensor A must have at least 2 dimensions."),
        ("torch.inverse(torch.tensor([[1]]))", RuntimeError,
         "linalg.inv: Expected a floating point or complex tensor as input. Got Long"),
        ("torch.linalg.solve(ones(2, 2), ones(2))", torch.linalg.LinAlgError,
         "torch.linalg.solve: The solver failed because the input matrix is singular."),
        ("torch.linalg.solve(ones(2, 2), ones(3, 2))", RuntimeError,
         "linalg.solve: Incompatible shapes of A and B for the equation AX = B (2x2 and 3x2)"),
        ("torch.linalg.cholesky(-torch.eye(2))", torch.linalg.LinAlgError,
         "linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the "
         "leading minor of order 1 is not positive-definite)."),
        ("torch.linalg.svd(torch.tensor([[float('nan')]]))", torch.linalg.LinAlgError,
         "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values."),
        ("torch.addmm(ones(2), ones(2, 3), ones(4, 5))", RuntimeError,
         "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"),
        ("torch.addmm(ones(3), ones(2, 3), ones(3, 2))", RuntimeError,
         "The expanded size of the tensor (2) must match the existing size (3) at non-singleton dimension 1.  Target "
         "sizes: [2, 2].  Tensor sizes: [3]"),
        ("torch.nn.functional.linear(ones(2, 3), ones(4, 3).double(), ones(4))", RuntimeError,
         "self and mat2 must have the same dtype, but got Float and Double"),
        ("torch.nn.functional.linear(ones(2, 3), ones(5, 4), ones(5))", RuntimeError,
         "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"),
        ("torch.outer(ones(2, 2), ones(2))", RuntimeError, "outer: Expected 1-D argument self, but got 2-D"),
        ("torch.bmm(ones(2, 3, 4), ones(2, 3, 4))", RuntimeError,
         "Expected size for first two dimensions of batch2 tensor to be: [2, 4] but got: [2, 3]."),
        ("torch.linalg.multi_dot([ones(2, 3)])", RuntimeError,
         "multi_dot(): expected at least 2 tensors but got 1"),
        ("torch.cdist(ones(2, 3), ones(2, 4))", RuntimeError,
         "X1 and X2 must have the same number of columns. X1: 3 X2: 4"),
        ("torch.linalg.cross(ones(2, 2), ones(2, 2))", RuntimeError,
         "linalg.cross: inputs dimension -1 must have length 3. Got 2 and 2"),
        ("torch.linalg.matrix_power(ones(2, 3), 2)", RuntimeError,
         "linalg.matrix_power: A must be batches of square matrices, but they are 2 by 3 matrices"),
        ("torch.tensordot(ones(2, 3), ones(2, 3), 1)", RuntimeError,
         "contracted dimensions need to match, but first has size 3 in dim -1 and second has size 2 in dim 0"),
        ("torch.mm(ones(2, 2).bool(), ones(2, 2).bool())", NotImplementedError,
         "\"addmm_impl_cpu_\" not implemented for 'Bool'"),
    ],
)  # fmt: skip
def test_what_cannot_be_multiplied_or_solved_is_refused_in_torchs_words(
    text: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        eval(text, {"torch": torch, "ones": torch.ones, "zeros": torch.zeros})
    assert str(raised.value) == message


def test_the_logarithm_of_no_volume_is_minus_infinity_and_infinitely_steep() -> None:
    x = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
    y = torch.logdet(x)
    y.backward()
    assert y.item() == -math.inf
    assert x.grad is not None
    assert x.grad.item() == math.inf
