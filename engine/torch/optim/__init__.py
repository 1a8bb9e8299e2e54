"""`torch.optim`."""

from __future__ import annotations

from engine.torch.optim import lr_scheduler
from engine.torch.optim.adaptive import Adadelta, Adagrad, Adam, Adamax, AdamW, RMSprop
from engine.torch.optim.descent import SGD
from engine.torch.optim.optimizer import Optimizer

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Optimizer", "RMSprop", "lr_scheduler"]
