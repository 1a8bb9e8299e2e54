"""`torch.nn`."""

from __future__ import annotations

from typing import Any

from engine.torch.names import missing
from engine.torch.nn import functional, init
from engine.torch.nn import together as utils
from engine.torch.nn.attention import MultiheadAttention
from engine.torch.nn.containers import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from engine.torch.nn.convolutions import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from engine.torch.nn.layers import Bilinear, Embedding, Flatten, Identity, Linear, PReLU, Softmax2d, Unflatten
from engine.torch.nn.module import Module
from engine.torch.nn.normalization import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    GroupNorm,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
    LayerNorm,
    RMSNorm,
)
from engine.torch.nn.parameter import Parameter
from engine.torch.nn.plain import PLAIN
from engine.torch.nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell

globals().update(PLAIN)


def __getattr__(name: str) -> Any:
    raise missing("torch.nn", name, [known for known in globals() if not known.startswith("_")])


__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Bilinear",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "Embedding",
    "Flatten",
    "GRUCell",
    "GroupNorm",
    "Identity",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LSTMCell",
    "LayerNorm",
    "Linear",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiheadAttention",
    "PReLU",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "RMSNorm",
    "RNNCell",
    "Sequential",
    "Softmax2d",
    "Unflatten",
    "functional",
    "init",
    "utils",
]
