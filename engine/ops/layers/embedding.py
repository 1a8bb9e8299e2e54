"""Whole numbers as vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd.dtypes import scalar_type
from engine.autograd.shapes import Sizes
from engine.autograd.tensor import Tensor
from engine.op import op, spelled


def _require_indices(input: Any, place: int = 1, function: str = "embedding") -> None:
    if input.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            f"Expected tensor for argument #{place} 'indices' to have one of the following scalar types: Long, Int; "
            f"but got torch.{scalar_type(input.dtype)}Tensor instead (while checking arguments for {function})"
        )


@op(
    "weight[input]",
    torch="torch.nn.functional.embedding({input}, {weight}, {padding_idx})",
    aliases=("lookup", "table", "rows", "words", "tokens", "vectors"),
)
def embedding(input: Any, weight: Any, *, padding_idx: int | None = None, scale_grad_by_freq: bool = False) -> Any:
    """Looks up a row of the table for every whole number. A row gets the gradients of all its uses."""
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    _require_indices(input)
    if input.size and (input.min() < 0 or input.max() >= len(weight)):
        raise IndexError("index out of range in self")
    return np.take(weight, input, 0)


@embedding.gradient("weight", "for each row the sum of g over its uses")
@op("for each row the sum of g over its uses", public=False, grad_fn="EmbeddingDenseBackwardBackward0")
def embedding_backward(
    g: Any, input: Any, *, weight_shape: Any = (), padding_idx: int | None = None, scale_grad_by_freq: bool = False
) -> Any:
    """Equal numbers are brought together, so that each row is added up in one go."""
    result = np.zeros(weight_shape, g.dtype)
    rows, uses = g.reshape(input.size, weight_shape[1]), input.reshape(-1)
    if not input.size:
        return result
    order = np.argsort(uses, kind="stable")
    sorted_uses = uses[order]
    starts = np.flatnonzero(np.concatenate([[True], sorted_uses[1:] != sorted_uses[:-1]]))
    result[sorted_uses[starts]] = np.add.reduceat(rows[order], starts)
    if scale_grad_by_freq:
        counts = np.bincount(uses, minlength=len(result))
        result /= np.maximum(counts, 1)[:, None].astype(g.dtype)
    if padding_idx is not None:
        result[_counted(padding_idx, len(result))] = 0
    return result


def _counted(padding_idx: int, rows: int) -> int:
    """A negative row counts from the end."""
    return padding_idx + rows if padding_idx < 0 else padding_idx


@embedding_backward.gradient("g", "the row of g for every number")
def _(gg: Any, input: Any, *, weight_shape: Sizes, padding_idx: int | None) -> Any:
    rows = embedding.of(input, gg, padding_idx=None, scale_grad_by_freq=False)
    if padding_idx is None:
        return rows
    return np.where((input != _counted(padding_idx, weight_shape[0]))[..., None], rows, 0)


def _renormalize(weight: Tensor, input: Any, max_norm: float, norm_type: float) -> None:
    """Rows in use that are too long are made shorter, in place."""
    _require_indices(input.array, 2, "embedding_renorm_")
    table = weight.array.copy()
    rows = np.unique(input.array)
    lengths = np.linalg.norm(table[rows].astype(np.float64), norm_type, axis=1)
    long = lengths > max_norm
    table[rows[long]] *= (max_norm / (lengths[long] + 1e-7))[:, None].astype(table.dtype)
    weight.detach().write(table)


@spelled("torch.nn.functional.embedding")
def embedding_called(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """F.embedding, which may also shorten rows of the table. Sparse gradients are dense here."""
    if padding_idx is not None:
        assert -weight.size(0) <= padding_idx < weight.size(0), "Padding_idx must be within num_embeddings"
    if max_norm is not None:
        _renormalize(weight, input, max_norm, norm_type)
    return embedding(input, weight, padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq)


@spelled("torch.embedding")
def torch_embedding(
    weight: Tensor, indices: Tensor, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Tensor:
    """torch.embedding, which takes the table first, and for which -1 is no padding."""
    chosen = padding_idx if padding_idx >= 0 else None
    return embedding(indices, weight, padding_idx=chosen, scale_grad_by_freq=scale_grad_by_freq)


@op(
    "1 at input, else 0",
    torch="torch.nn.functional.one_hot({input}, {num_classes})",
    aliases=("classes", "categories", "indicator", "labels"),
)
def one_hot(input: Any, *, num_classes: int = -1) -> Any:
    """A row of zeros with a single one for every whole number, which says where the one is."""
    if input.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if input.size == 0:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return np.zeros((*input.shape, num_classes), np.int64)
    if input.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(input.max()) + 1
    elif num_classes < 1:
        raise RuntimeError("num_classes should be positive")
    elif input.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return (np.asarray(input)[..., None] == np.arange(num_classes)).astype(np.int64)
