"""The classic autograd tutorial, line by line, against what torch printed."""

from __future__ import annotations

from engine import torch


def test_the_tutorial_prints_what_torch_prints() -> None:
    torch.manual_seed(0)
    x = torch.ones(2, 2, requires_grad=True)
    assert repr(x) == "tensor([[1., 1.],\n        [1., 1.]], requires_grad=True)"
    y = x + 2
    assert repr(y) == "tensor([[3., 3.],\n        [3., 3.]], grad_fn=<AddBackward0>)"
    assert repr(y.grad_fn).startswith("<AddBackward0 object at 0x")
    z = y * y * 3
    out = z.mean()
    assert f"{z!r} {out!r}" == (
        "tensor([[27., 27.],\n        [27., 27.]], grad_fn=<MulBackward0>) tensor(27., grad_fn=<MeanBackward0>)"
    )
    a = torch.randn(2, 2)
    a = (a * 3) / (a - 1)
    assert not a.requires_grad
    a.requires_grad_(True)
    assert a.requires_grad
    b = (a * a).sum()
    assert repr(b.grad_fn).startswith("<SumBackward0 object at 0x")
    out.backward()
    assert repr(x.grad) == "tensor([[4.5000, 4.5000],\n        [4.5000, 4.5000]])"

    x = torch.randn(3, requires_grad=True)
    y = x * 2
    i = 0
    while y.data.norm() < 1000:
        y = y * 2
        i += 1
    assert f"{x!r} {y!r} {i}" == (
        "tensor([-1.0845, -1.3986,  0.4033], requires_grad=True) "
        "tensor([-1110.5509, -1432.1617,   413.0272], grad_fn=<MulBackward0>) 9"
    )
    v = torch.tensor([0.1, 1.0, 0.0001], dtype=torch.float)
    y.backward(v)
    assert repr(x.grad) == "tensor([1.0240e+02, 1.0240e+03, 1.0240e-01])"

    assert x.requires_grad
    assert (x**2).requires_grad
    with torch.no_grad():
        assert not (x**2).requires_grad
    y = x.detach()
    assert not y.requires_grad
    assert all(x.eq(y).tolist())
    assert repr(x.detach().norm()) == "tensor(1.8152)"


def test_a_vector_times_the_jacobian() -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y.backward(torch.tensor([0.1, 1.0, 0.0001]))
    assert repr(x.grad) == "tensor([2.0000e-01, 2.0000e+00, 2.0000e-04])"


def test_the_norm_is_the_root_of_the_sum_of_squares() -> None:
    y = torch.tensor([3.0, 4.0, 12.0])
    assert torch.norm(y, 2).item() == torch.sqrt(torch.sum(torch.pow(y, 2))).item() == 13
