"""New tensors in the size and dtype of another one."""

from __future__ import annotations

from typing import Any

from engine.autograd.tensor import Tensor
from engine.op import Dtype, Op, Seed, op, spelled
from engine.ops.calling import make
from engine.ops.source.arguments import number
from engine.ops.source.constants import empty, full, ones, tensor, zeros
from engine.ops.source.random import rand, randint, randn


def _size_and_dtype(input: Tensor, dtype: Any) -> dict[str, Any]:
    return {"size": input.shape, "dtype": input.dtype if dtype is None else dtype}


@op("0 in the size of input", aliases=("zero", "same size"), composite=True)
def zeros_like(input: Any, *, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """Zeros in the size and dtype of another tensor."""
    return zeros(**_size_and_dtype(input, dtype), requires_grad=requires_grad)


@op("1 in the size of input", aliases=("one", "same size"), composite=True)
def ones_like(input: Any, *, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """Ones in the size and dtype of another tensor."""
    return ones(**_size_and_dtype(input, dtype), requires_grad=requires_grad)


@op("0 in the size of input", aliases=("uninitialized", "same size"), composite=True)
def empty_like(input: Any, *, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """A tensor in the size and dtype of another whose elements nobody has chosen yet. Here they are zeros."""
    return empty(**_size_and_dtype(input, dtype), requires_grad=requires_grad)


@op(
    "fill_value in the size of input",
    aliases=("constant", "fill", "same size"),
    required=("fill_value",),
    composite=True,
)
def full_like(input: Any, *, fill_value: int | float = 1.0, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """The same number everywhere, in the size and dtype of another tensor."""
    return full(**_size_and_dtype(input, dtype), fill_value=fill_value, requires_grad=requires_grad)


@spelled("torch.full_like")
def full_like_of(input: Tensor, fill_value: Any, **params: Any) -> Tensor:
    """`full_like(input, fill_value)`."""
    return make(full_like, {"fill_value": number("full_like", "fill_value", 2, fill_value), **params}, input)


@op("uniform in [0, 1)", aliases=("random", "uniform", "same size"), composite=True)
def rand_like(input: Any, *, seed: Seed = None, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """Random numbers between 0 and 1 in the size and dtype of another tensor."""
    return rand(**_size_and_dtype(input, dtype), seed=seed, requires_grad=requires_grad)


@op("normal, mean 0, deviation 1", aliases=("random", "normal", "gaussian", "noise", "same size"), composite=True)
def randn_like(input: Any, *, seed: Seed = None, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """Random numbers from the bell curve around 0, in the size and dtype of another tensor."""
    return randn(**_size_and_dtype(input, dtype), seed=seed, requires_grad=requires_grad)


@op(
    "integers in [low, high)",
    torch="torch.randint_like({input}, {low}, {high})",
    aliases=("random", "integer", "same size"),
    required=("high",),
    composite=True,
)
def randint_like(
    input: Any, *, low: int = 0, high: int = 10, seed: Seed = None, dtype: Dtype = None, requires_grad: bool = False
) -> Any:
    """Random whole numbers from low up to, but without, high, in the size and dtype of another tensor."""
    return randint(**_size_and_dtype(input, dtype), low=low, high=high, seed=seed, requires_grad=requires_grad)


@spelled("torch.randint_like")
def randint_like_between(input: Tensor, *bounds: int, **params: Any) -> Tensor:
    """`randint_like(input, high)`, `randint_like(input, low, high)`."""
    names = ("high",) if len(bounds) == 1 and "high" not in params else ("low", "high")
    params |= dict(zip(names, bounds, strict=False))
    return make(randint_like, params, input)


def _new(op: Op) -> Any:
    """`x.new_zeros(size)`: in the dtype of x."""

    def method(self: Tensor, *size: Any, **params: Any) -> Tensor:
        if "size" in params:
            size = (params.pop("size"), *size)
        if size and not isinstance(size[0], int):
            size = size[0]
        return make(op, {"size": tuple(size), **_in_dtype(self, params)})

    method.__name__ = method.__qualname__ = f"new_{op.name}"
    method.__doc__ = f"`{op.name}` in the dtype of this tensor."
    return method


def _in_dtype(self: Tensor, params: dict[str, Any]) -> dict[str, Any]:
    return {**params, "dtype": self.dtype if params.get("dtype") is None else params["dtype"]}


for _made in (zeros, ones, empty):
    spelled(f"Tensor.new_{_made.name}")(_new(_made))


@spelled("Tensor.new_full")
def new_full(self: Tensor, size: Any, fill_value: Any, **params: Any) -> Tensor:
    """One number everywhere, in the dtype of this tensor."""
    return make(full, {"size": size, "fill_value": fill_value, **_in_dtype(self, params)})


@spelled("Tensor.new_tensor")
def new_tensor(self: Tensor, data: Any, **params: Any) -> Tensor:
    """A tensor of these numbers in the dtype of this one."""
    return make(tensor, {"data": data, **_in_dtype(self, params)})
