"""`torch.nn`."""

from __future__ import annotations

from engine.torch.nn import functional

__all__ = ["functional"]
