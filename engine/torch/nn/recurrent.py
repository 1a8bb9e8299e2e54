"""Recurrent layers: the same step for every element of a sequence, with a memory of the ones before."""

from __future__ import annotations

import math
import warnings
from typing import Any, ClassVar

import numpy as np

from engine.autograd.tensor import Tensor
from engine.torch.names import NAMES
from engine.torch.nn import functional, init
from engine.torch.nn.layers import weight_of
from engine.torch.nn.module import Module
from engine.torch.nn.parameter import Parameter

Memory = tuple[Tensor, ...]
"""What a step remembers: (hidden,), or of an LSTM (hidden, cell)."""
Weights = tuple[Parameter, Parameter, Parameter | None, Parameter | None]

GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}


def step(kind: str, x: Tensor, memory: Memory, weights: Weights, squash: str = "tanh") -> Memory:
    """One element of a sequence: what is remembered after it."""
    w_ih, w_hh, b_ih, b_hh = weights
    hidden = memory[0]
    new, old = functional.linear(x, w_ih, b_ih), functional.linear(hidden, w_hh, b_hh)
    if kind == "RNN":
        return (getattr(new + old, squash)(),)
    if kind == "LSTM":
        i, f, g, o = (new + old).chunk(4, 1)
        cell = f.sigmoid() * memory[1] + i.sigmoid() * g.tanh()
        return o.sigmoid() * cell.tanh(), cell
    (r_new, z_new, n_new), (r_old, z_old, n_old) = new.chunk(3, 1), old.chunk(3, 1)
    r, z = (r_new + r_old).sigmoid(), (z_new + z_old).sigmoid()
    n = (n_new + r * n_old).tanh()
    return (n + z * (hidden - n),)


class _Recurrent(Module):
    """What cells and layers share."""

    kind: ClassVar[str]
    hidden_size: int
    squash: str = "tanh"

    def reset_parameters(self) -> None:
        """Start over with new numbers."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def _memories(self, hx: Any) -> Memory:
        return hx if self.kind == "LSTM" else (hx,)

    def _told(self, memory: Memory) -> Any:
        return memory if self.kind == "LSTM" else memory[0]


def _nothing(like: Tensor, *sizes: int) -> Tensor:
    return Tensor(np.zeros(sizes, like.array.dtype))


class _Cell(_Recurrent):
    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = GATES[self.kind] * hidden_size
        self.weight_ih = weight_of(rows, input_size, dtype=dtype)
        self.weight_hh = weight_of(rows, hidden_size, dtype=dtype)
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, weight_of(rows, dtype=dtype) if bias else None)
        self.reset_parameters()

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        name = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        given: Memory | None = None if hx is None else self._memories(hx)
        for i, value in enumerate(given or ()):
            if value.dim() not in (1, 2):
                what = f"hx[{i}]" if self.kind == "LSTM" else "hidden"
                raise ValueError(f"{name}: Expected {what} to be 1D or 2D, got {value.dim()}D instead")
        single = input.dim() == 1
        x = input.unsqueeze(0) if single else input
        if given is None:
            given = (_nothing(x, x.size(0), self.hidden_size),) * (2 if self.kind == "LSTM" else 1)
        elif single:
            given = tuple(value.unsqueeze(0) for value in given)
        weights = (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        memory = step(self.kind, x, given, weights, self.squash)
        return self._told(tuple(value.squeeze(0) for value in memory) if single else memory)

    def extra_repr(self) -> str:
        parts = [str(self.input_size), str(self.hidden_size)]
        if self.bias is not True:
            parts.append(f"bias={self.bias}")
        if self.squash != "tanh":
            parts.append(f"nonlinearity={self.squash}")
        return ", ".join(parts)


class RNNCell(_Cell):
    """One step of a plain recurrent network."""

    kind = "RNN"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = self.squash = nonlinearity

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return super().forward(input, hx)


class LSTMCell(_Cell):
    """One step of a long short-term memory."""

    kind = "LSTM"


class GRUCell(_Cell):
    """One step of a gated recurrent unit."""

    kind = "GRU"


class _Layers(_Recurrent):
    """Steps along a sequence, layer upon layer, forwards and perhaps also backwards."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}",
                stacklevel=2,
            )
        for name, size in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
            if not isinstance(size, int):
                raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
            if size <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if proj_size >= hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if proj_size and self.kind != "LSTM":
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        self.input_size, self.hidden_size, self.num_layers, self.bias = input_size, hidden_size, num_layers, bias
        self.batch_first, self.dropout = batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        rows, out = GATES[self.kind] * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            for suffix in self._suffixes(layer):
                width = input_size if layer == 0 else out * (1 + bidirectional)
                setattr(self, f"weight_ih{suffix}", weight_of(rows, width, dtype=dtype))
                setattr(self, f"weight_hh{suffix}", weight_of(rows, out, dtype=dtype))
                if bias:
                    setattr(self, f"bias_ih{suffix}", weight_of(rows, dtype=dtype))
                    setattr(self, f"bias_hh{suffix}", weight_of(rows, dtype=dtype))
                if proj_size:
                    setattr(self, f"weight_hr{suffix}", weight_of(proj_size, hidden_size, dtype=dtype))
        self.reset_parameters()

    def _suffixes(self, layer: int) -> list[str]:
        """What the names of the weights of a layer end with, one for each direction."""
        return [f"_l{layer}", f"_l{layer}_reverse"][: 1 + self.bidirectional]

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """(what every step gave, what is remembered at the end)."""
        if input.dim() not in (2, 3):
            tensor = " tensor" if self.kind == "RNN" else ""
            raise ValueError(f"{self.kind}: Expected input to be 2D or 3D, got {input.dim()}D{tensor} instead")
        single = input.dim() == 2
        batch_first = self.batch_first and not single
        x = input.unsqueeze(1) if single else input.transpose(0, 1) if batch_first else input
        if x.size(-1) != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {x.size(-1)}"
            )
        first = self._first(x, hx, single)
        ends: list[Memory] = []
        for layer in range(self.num_layers):
            outs = []
            for suffix in self._suffixes(layer):
                out, end = self._along(x, tuple(part[len(ends)] for part in first), suffix)
                outs.append(out)
                ends.append(end)
            x = outs[0] if len(outs) == 1 else NAMES["torch.cat"](outs, -1)
            if self.dropout and layer < self.num_layers - 1:
                x = functional.dropout(x, self.dropout, self.training)
        memory = tuple(NAMES["torch.stack"]([*parts]) for parts in zip(*ends, strict=True))
        if single:
            return x.squeeze(1), self._told(tuple(part.squeeze(1) for part in memory))
        return x.transpose(0, 1) if batch_first else x, self._told(memory)

    def _first(self, x: Tensor, hx: Any, single: bool) -> Memory:
        """What is remembered before the sequence: nothing, unless it is given."""
        count, batch = self.num_layers * (1 + self.bidirectional), x.size(1)
        sizes = [self.proj_size or self.hidden_size, self.hidden_size][: 1 + (self.kind == "LSTM")]
        if hx is None:
            return tuple(_nothing(x, count, batch, size) for size in sizes)
        given = self._memories(hx)
        for part, size, what in zip(given, sizes, ("hidden size", "hidden[1] size"), strict=True):
            if part.dim() != (2 if single else 3):
                kind, n = ("unbatched 2-D", 2) if single else ("batched 3-D", 3)
                raise RuntimeError(f"For {kind} input, hx should also be {n}-D but got {part.dim()}-D tensor")
            expected = (count, size) if single else (count, batch, size)
            if part.shape != expected:
                name = "hidden[0] size" if self.kind == "LSTM" and what == "hidden size" else what
                full = (count, batch, size)
                raise RuntimeError(f"Expected {name} {full}, got {[*(part.unsqueeze(1) if single else part).shape]}")
        return tuple(part.unsqueeze(1) for part in given) if single else given

    def _along(self, x: Tensor, memory: Memory, suffix: str) -> tuple[Tensor, Memory]:
        """One direction of one layer."""
        own = self._parameters
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weights: Any = tuple(own.get(f"{name}{suffix}") for name in names)
        elements = x.unbind(0)
        backwards = suffix.endswith("reverse")
        outs = []
        for element in reversed(elements) if backwards else elements:
            memory = step(self.kind, element, memory, weights, self.squash)
            if self.proj_size:
                memory = (functional.linear(memory[0], own[f"weight_hr{suffix}"]), *memory[1:])
            outs.append(memory[0])
        return NAMES["torch.stack"](outs[::-1] if backwards else outs), memory

    def flatten_parameters(self) -> None:
        """Nothing: it is of use on a GPU."""

    def extra_repr(self) -> str:
        usual = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
        }
        others = [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        return ", ".join([str(self.input_size), str(self.hidden_size), *others])


class RNN(_Layers):
    """A plain recurrent network over sequences."""

    kind = "RNN"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        *others: Any,
        **settings: Any,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(input_size, hidden_size, num_layers, *others, **settings)
        self.nonlinearity = self.squash = nonlinearity


class LSTM(_Layers):
    """A long short-term memory over sequences (Hochreiter and Schmidhuber, 1997)."""

    kind = "LSTM"


class GRU(_Layers):
    """A gated recurrent unit over sequences (Cho et al., 2014)."""

    kind = "GRU"
