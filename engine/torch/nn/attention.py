"""Attention: every element of a sequence looks at all others, by several heads."""

from __future__ import annotations

import math
from typing import Any

from engine.autograd.tensor import Tensor
from engine.torch.names import NAMES
from engine.torch.nn import functional, init
from engine.torch.nn.layers import Linear, weight_of
from engine.torch.nn.module import Module


class NonDynamicallyQuantizableLinear(Linear):
    """A linear layer, by the name that torch prints here."""


class MultiheadAttention(Module):
    """Queries look at keys and take up values, in several heads at once (Vaswani et al., 2017)."""

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and "
                f"num_heads={num_heads} instead"
            )
        if add_bias_kv or add_zero_attn:
            raise NotImplementedError("MultiheadAttention: add_bias_kv and add_zero_attn are not supported here")
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = embed_dim, num_heads, dropout, batch_first
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        self.together = self.kdim == self.vdim == embed_dim
        separate = {"q_proj_weight": embed_dim, "k_proj_weight": self.kdim, "v_proj_weight": self.vdim}
        for name, width in separate.items():
            self.register_parameter(name, None if self.together else weight_of(embed_dim, width, dtype=dtype))
        packed = weight_of(3 * embed_dim, embed_dim, dtype=dtype) if self.together else None
        self.register_parameter("in_proj_weight", packed)
        self.register_parameter("in_proj_bias", weight_of(3 * embed_dim, dtype=dtype) if bias else None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, dtype=dtype)
        for name in ("in_proj_weight", *separate):
            if getattr(self, name) is not None:
                init.xavier_uniform_(getattr(self, name))
        if bias:
            init.zeros_(self.out_proj.bias)  # type: ignore[arg-type]  # it has one

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """(what the queries took up, how much they looked at each key)."""
        batched = self._is_batched(query, key, value)
        if is_causal and attn_mask is None:
            raise RuntimeError(
                "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
                "`generate_square_subsequent_mask` to create this mask."
            )
        given = [query, key, value]
        if not batched:
            given = [x.unsqueeze(1) for x in given]
        elif self.batch_first:
            given = [x.transpose(1, 0) for x in given]
        targets, batch, _ = given[0].shape
        sources = given[1].size(0)
        mask = self._mask(attn_mask, key_padding_mask, batch, targets, sources, query)
        q, k, v = [
            x.view(x.size(0), batch * self.num_heads, self.head_dim).transpose(0, 1) for x in self._projected(*given)
        ]
        scores, keys = q * math.sqrt(1.0 / self.head_dim), k.transpose(-2, -1)
        bmm = NAMES["torch.bmm"]
        weights = functional.softmax(bmm(scores, keys) if mask is None else mask + bmm(scores, keys), dim=-1)
        if self.dropout and self.training:
            weights = functional.dropout(weights, p=self.dropout)
        found = bmm(weights, v).transpose(0, 1).reshape(targets * batch, self.embed_dim)
        result = self.out_proj(found).view(targets, batch, self.embed_dim)
        weights = weights.view(batch, self.num_heads, targets, sources)
        if average_attn_weights:
            weights = weights.mean(dim=1)
        if not batched:
            return result.squeeze(1), weights.squeeze(0) if need_weights else None
        return result.transpose(1, 0) if self.batch_first else result, weights if need_weights else None

    def _is_batched(self, query: Tensor, key: Tensor, value: Tensor) -> bool:
        n = query.dim()
        if n not in (2, 3):
            raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {n}-D query tensor")
        if key.dim() != n or value.dim() != n:
            kind = "batched (3-D)" if n == 3 else "unbatched (2-D)"
            raise AssertionError(
                f"For {kind} `query`, expected `key` and `value` to be {n}-D but found {key.dim()}-D and "
                f"{value.dim()}-D tensors respectively"
            )
        if query.size(-1) != self.embed_dim:
            raise AssertionError(f"was expecting embedding dimension of {self.embed_dim}, but got {query.size(-1)}")
        return n == 3

    def _projected(self, query: Tensor, key: Tensor, value: Tensor) -> list[Tensor]:
        names = ("q_proj_weight", "k_proj_weight", "v_proj_weight")
        weights = self.in_proj_weight.chunk(3) if self.together else [getattr(self, name) for name in names]
        biases = (None, None, None) if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        return [
            functional.linear(x, weight, bias)
            for x, weight, bias in zip((query, key, value), weights, biases, strict=True)
        ]

    def _mask(
        self, mask: Tensor | None, padding: Tensor | None, batch: int, targets: int, sources: int, like: Tensor
    ) -> Tensor | None:
        """What is added to the scores: -inf where nothing may be looked at."""
        total = None
        if mask is not None:
            sizes = (targets, sources) if mask.dim() == 2 else (batch * self.num_heads, targets, sources)
            if mask.shape != sizes:
                raise RuntimeError(f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should be {sizes}.")
            total = _added(mask, like)
            total = total.unsqueeze(0) if mask.dim() == 2 else total
        if padding is not None:
            hidden = _added(padding, like).view(batch, 1, 1, sources).expand(-1, self.num_heads, -1, -1)
            hidden = hidden.reshape(batch * self.num_heads, 1, sources)
            total = hidden if total is None else total + hidden
        return total


def _added(mask: Tensor, like: Tensor) -> Tensor:
    """A mask of truths as numbers to add: -inf where it is true."""
    if mask.is_floating_point():
        return mask
    return NAMES["torch.zeros_like"](mask, dtype=like.dtype).masked_fill_(mask, -math.inf)
