"""The same elements with their dimensions in another order."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import shapes
from engine.op import Dims, Shape, op, spelled


@op(
    "inputᵀ",
    torch="torch.transpose({input}, {dim0}, {dim1})",
    also=("torch.swapdims",),
    aliases=("swap", "ᵀ", "flip axes"),
    view=True,
    required=("dim0", "dim1"),
)
def transpose(input: Any, *, dim0: int = 0, dim1: int = 1) -> Any:
    """Swaps two dimensions: rows become columns."""
    if input.ndim == 0:
        shapes.normal_dim(dim0, 0), shapes.normal_dim(dim1, 0)
        return input
    return np.swapaxes(input, shapes.normal_dim(dim0, input.ndim), shapes.normal_dim(dim1, input.ndim))


@transpose.gradient("input", "gᵀ")
def _(g: Any, *, dim0: int, dim1: int) -> Any:
    return g if g.ndim == 0 else np.swapaxes(g, dim0, dim1)


@spelled("torch.swapaxes", "Tensor.swapaxes")
def swapaxes(input: Any, axis0: int, axis1: int) -> Any:
    """`transpose` by numpy's name."""
    return transpose(input, dim0=axis0, dim1=axis1)


@op("inputᵀ", torch="{input}.t()", also=("torch.t",), aliases=("transpose", "ᵀ"), grad_fn="TBackward0", view=True)
def t(input: Any) -> Any:
    """The transpose of a matrix: rows become columns. A vector stays as it is."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return input.T


@t.gradient("input", "gᵀ")
def _(g: Any) -> Any:
    return t.of(g)


@op("permute(input)", aliases=("transpose", "reorder"), view=True, required=("dims",))
def permute(input: Any, *, dims: Shape = (1, 0)) -> Any:
    """Puts the dimensions into a new order."""
    if len(dims) != input.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {input.ndim} is not equal to len(dims) = {len(dims)}"
        )
    order = [shapes.normal_dim(dim, input.ndim) for dim in dims]
    if len(set(order)) != len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return np.transpose(input, order)


@permute.gradient("input", "permute back(g)")
def _(g: Any, *, dims: Shape) -> Any:
    return np.transpose(g, np.argsort([dim % len(dims) for dim in dims]))


@op(
    "movedim(input)",
    also=("torch.moveaxis",),
    aliases=("permute", "transpose", "reorder"),
    grad_fn="PermuteBackward0",
    required=("source", "destination"),
    composite=True,
)
def movedim(input: Any, *, source: Dims = 0, destination: Dims = 1) -> Any:
    """Moves dimensions to other places; the others keep their order."""
    start, end = listed(source), listed(destination)
    if len(start) != len(end):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(start)} dims) should contain the same number "
            f"of dims as destination ({list(end)} dims)"
        )
    froms, places = ([shapes.normal_dim(dim, input.ndim) for dim in dims] for dims in (start, end))
    for name, given, dims in (("source", start, froms), ("destination", end, places)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(given)})")
    return permute(input, dims=_moved(froms, places, input.ndim) if input.ndim else ())


def listed(dims: Any) -> tuple[int, ...]:
    """One number, several or None, as a tuple."""
    return () if dims is None else tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)


def _moved(froms: list[int], places: list[int], ndim: int) -> tuple[int, ...]:
    """The order of dimensions in which each of `froms` stands at its place."""
    order = [dim for dim in range(ndim) if dim not in froms]
    for place, dim in sorted(zip(places, froms, strict=True)):
        order.insert(place, dim)
    return tuple(order)


@movedim.gradient("input", "move back(g)")
def _(g: Any, *, source: Dims, destination: Dims) -> Any:
    return np.moveaxis(g, listed(destination), listed(source))


def reversed_dims(x: Any) -> Any:
    """`x.T`: the dimensions in reverse order."""
    return permute(x, dims=tuple(range(x.ndim))[::-1])


def _matrices(name: str) -> Any:
    def swapped(x: Any) -> Any:
        if x.ndim == 1:
            raise RuntimeError(f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor.")
        return x if x.ndim == 0 else transpose(x, dim0=-2, dim1=-1)

    return swapped


def hermitian(x: Any) -> Any:
    """`x.H`: the transpose of a matrix, whose numbers are real here."""
    if x.ndim not in (0, 2):
        batches = " For batches of matrices, consider using tensor.mH" if x.ndim > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {x.ndim}-D tensor.{batches}")
    return x if x.ndim == 0 else transpose(x, dim0=0, dim1=1)


PROPERTIES = {"T": reversed_dims, "H": hermitian, "mT": _matrices("mT"), "mH": _matrices("mH")}
"""What torch writes without a call: `x.T`."""

spelled("torch.adjoint", "Tensor.adjoint")(_matrices("adjoint()"))
