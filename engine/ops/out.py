"""torch's `out=`: the result goes into the memory of a tensor that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from engine.autograd.dtypes import scalar_type, torch_dtype, type_name
from engine.autograd.inplace import OVERLAP, refuse_repeated
from engine.autograd.mode import is_grad_enabled
from engine.autograd.tensor import Tensor
from engine.op import Op, spelled
from engine.ops.calling import call, names_of
from engine.ops.indexing.gathering import gather, take
from engine.ops.indexing.masking import masked_select
from engine.ops.indexing.rows import index_select
from engine.ops.shape.joining import cat

_calling = cache(call)


def _tensors(values: Any) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from _tensors(value)


def _write(op: Op, out: Tensor, given: list[Tensor], compute: Callable[[], Tensor]) -> Tensor:
    if is_grad_enabled() and any(tensor.requires_grad for tensor in (*given, out)):
        raise RuntimeError(
            f"{op.name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    if any(tensor is out or np.may_share_memory(tensor.memory(), out.memory()) for tensor in given):
        raise RuntimeError(OVERLAP)
    refuse_repeated(out.array)
    result = compute()
    wanted, own = result.array.dtype, out.array.dtype
    if op.promote is None and wanted != own:
        raise RuntimeError(f"Expected out tensor to have dtype {type_name(wanted)}, but got {type_name(own)} instead")
    if torch_dtype(wanted).rank > torch_dtype(own).rank:
        raise RuntimeError(
            f"result type {scalar_type(wanted)} can't be cast to the desired output type {scalar_type(own)}"
        )
    if out.array.shape == result.array.shape:
        out.write(result.array)
    else:
        out.array = result.array.astype(own)  # torch resizes it
    return out


def _with_out(op: Op) -> Callable[..., Tensor]:
    def function(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Tensor:
        if out is None:
            return _calling(op)(*args, **kwargs)
        given = [*_tensors(args), *_tensors(kwargs.values())]
        return _write(op, out, given, lambda: _calling(op)(*args, **kwargs))

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = op.doc
    return function


for _op in (cat, gather, index_select, masked_select, take):
    spelled(*(name for name in names_of(_op) if name.startswith("torch.")))(_with_out(_op))
