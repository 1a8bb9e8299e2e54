"""Attention: every query looks at all keys, and takes the more of a value the better its key fits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd.tensor import Tensor
from engine.op import op
from engine.ops.activation.slopes import softmax_backward_data
from engine.ops.arithmetic.by_number import mul_number
from engine.ops.arithmetic.operators import add
from engine.ops.layers.dropout import dropout
from engine.ops.linalg.products import matmul
from engine.ops.shape.arranging import repeat_interleave
from engine.ops.shape.axes import transpose
from engine.ops.shape.converting import cast

# ---------------------------------------------------------------- parts


def _softmax(scores: Any) -> Any:
    """Along the last dimension; a row of which nothing may be looked at is 0."""
    top = scores.max(-1, keepdims=True) if scores.shape[-1] else np.zeros((*scores.shape[:-1], 1), scores.dtype)
    shifted = np.exp(scores - np.where(np.isneginf(top), 0, top))
    total = shifted.sum(-1, keepdims=True)
    return shifted / np.where(total == 0, 1, total)


@op("softmax(input)", public=False)
def safe_softmax(input: Any, *, dim: int = -1) -> Any:
    """Softmax that gives 0, not nan, where everything is masked."""
    return _softmax(input)


@safe_softmax.gradient("input", "output × (g - sum(g × output))")
def _(g: Any, output: Any, *, dim: int) -> Any:
    return softmax_backward_data.of(g, output, dim=dim)


@op("softmax(query @ keyᵀ × scale + mask) @ value", public=False)
def scaled_dot_product_flash_attention_for_cpu(
    query: Any, key: Any, value: Any, *, mask: Any = None, scale: float = 1.0
) -> Any:
    """What torch computes in one go where queries, keys and values have a batch and heads."""
    return np.matmul(_softmax(_scores(query, key, mask, scale)), value).astype(query.dtype, copy=False)


def _scores(query: Any, key: Any, mask: Any, scale: float) -> Any:
    scores = np.matmul(query, np.swapaxes(key, -1, -2)) * scale
    return scores if mask is None else scores + mask


def _weights(query: Any, key: Any, mask: Any, scale: float) -> Any:
    return safe_softmax.of(_scores(query, key, mask, scale), dim=-1)


def _score_gradient(g: Any, query: Any, key: Any, value: Any, mask: Any, scale: float) -> Any:
    weights = _weights(query, key, mask, scale)
    return softmax_backward_data.of(np.matmul(g, np.swapaxes(value, -1, -2)), weights, dim=-1) * scale


@scaled_dot_product_flash_attention_for_cpu.gradient("query", "s @ key × scale, where s is what softmax passes back")
def _(g: Any, query: Any, key: Any, value: Any, *, mask: Any, scale: float) -> Any:
    return np.matmul(_score_gradient(g, query, key, value, mask, scale), key)


@scaled_dot_product_flash_attention_for_cpu.gradient("key", "sᵀ @ query × scale, where s is what softmax passes back")
def _(g: Any, query: Any, key: Any, value: Any, *, mask: Any, scale: float) -> Any:
    return np.matmul(np.swapaxes(_score_gradient(g, query, key, value, mask, scale), -1, -2), query)


@scaled_dot_product_flash_attention_for_cpu.gradient("value", "weightsᵀ @ g")
def _(g: Any, query: Any, key: Any, *, mask: Any, scale: float) -> Any:
    return np.matmul(np.swapaxes(_weights(query, key, mask, scale), -1, -2), g)


# ---------------------------------------------------------------- the op


@op(
    "softmax(query @ keyᵀ / √E + attn_mask) @ value",
    torch="torch.nn.functional.scaled_dot_product_attention({query}, {key}, {value}, {attn_mask}, {dropout_p}, "
    "{is_causal}, {scale})",
    aliases=("attention", "transformer", "self-attention", "softmax", "query key value"),
    composite=True,
)
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    *,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """Every query gets a mean of the values, weighted by how well their keys fit it."""
    _refuse(query, key, value, attn_mask)
    if is_causal and attn_mask is not None:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    mask = _added(attn_mask, query.array.dtype)
    if is_causal:
        shape = (query.shape[-2], key.shape[-2])
        mask = Tensor(np.where(np.tri(*shape, dtype=bool), 0.0, -math.inf).astype(query.array.dtype))
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    if _in_one_go(query, key, value, attn_mask, dropout_p, enable_gqa):
        return scaled_dot_product_flash_attention_for_cpu(
            query, key, value, mask=None if mask is None else mask.array, scale=factor
        )
    kind = query.array.dtype
    if kind == np.float16:
        query, key, value = (cast(t, dtype="float32") for t in (query, key, value))
    root = math.sqrt(abs(factor))
    key, value = _for_all_heads(query, key, value) if enable_gqa else (key, value)
    scaled = mul_number(query, number=math.copysign(root, factor))
    scores = matmul(scaled, mul_number(transpose(key, dim0=-2, dim1=-1), number=root))
    weights = safe_softmax(scores if mask is None else add(scores, mask), dim=-1)
    if dropout_p > 0:
        weights = dropout(weights, p=dropout_p)
    result = matmul(weights, value)
    return cast(result, dtype="float16") if kind == np.float16 else result


def _tell(port: str) -> None:
    """What the learner reads: the same as for the op that does it in one go."""
    gradient = scaled_dot_product_flash_attention_for_cpu.gradients[port]

    @scaled_dot_product_attention.gradient(port, gradient.formula)
    def _(g: Any, query: Any, key: Any, value: Any, *, scale: float | None) -> Any:
        known = {"query": query, "key": key, "value": value}
        factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
        return gradient.function(g, *(known[name] for name in gradient.needs), mask=None, scale=factor)


for _port in ("query", "key", "value"):
    _tell(_port)


def _added(mask: Any, dtype: np.dtype[Any]) -> Any:
    """A mask of what may be looked at, as numbers to add to the scores."""
    if mask is None or mask.array.dtype != np.bool_:
        return mask
    return Tensor(np.where(mask.array, 0.0, -math.inf).astype(dtype))


def _in_one_go(query: Any, key: Any, value: Any, mask: Any, dropout_p: float, enable_gqa: bool) -> bool:
    """Where torch has a kernel for all of it."""
    sizes = {tuple(t.shape[:-2]) for t in (query, key, value)}
    return (
        all(t.ndim == 4 and t.array.strides[-1] == t.array.itemsize and t.array.size for t in (query, key, value))
        and not enable_gqa
        and len(sizes) == 1
        and query.shape[-1] == key.shape[-1] == value.shape[-1]
        and dropout_p == 0
        and query.array.dtype in (np.float32, np.float64)
        and (mask is None or (mask.ndim in (2, 4) and not mask.requires_grad))
    )


def _for_all_heads(query: Any, key: Any, value: Any) -> tuple[Any, Any]:
    """Several heads of queries share a head of keys and values."""
    heads = query.shape[-3]
    if heads % key.shape[-3] or heads % value.shape[-3]:
        raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
    return tuple(
        t if t.shape[-3] == heads else repeat_interleave(t, repeats=heads // t.shape[-3], dim=-3) for t in (key, value)
    )


def _refuse(query: Any, key: Any, value: Any, mask: Any) -> None:
    kinds = [t.dtype for t in (query, key, value)]
    if len(set(kinds)) > 1:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{_c_name(kinds[0])} key.dtype: {_c_name(kinds[1])} and value.dtype: {_c_name(kinds[2])} instead."
        )
    if min(t.ndim for t in (query, key, value)) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.ndim} key.dim: {key.ndim} and value.dim: {value.ndim} instead."
        )
    if mask is not None and mask.array.dtype not in (np.bool_, np.float32, query.array.dtype):
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{_c_name(mask.dtype)} and  query.dtype: {_c_name(kinds[0])} instead."
        )


def _c_name(dtype: Any) -> str:
    return {"float64": "double", "float32": "float", "int64": "long int", "float16": "c10::Half"}.get(
        dtype.name, dtype.name
    )
