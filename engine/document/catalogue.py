"""What the document needs to know of the ops: which exist, and what inputs they have."""

from __future__ import annotations

import engine.ops  # noqa: F401  (fills OPS)
from engine.op import OPS, Op, Param

__all__ = ["OPS", "Op", "Param", "find", "ports"]


def find(name: str) -> Op | None:
    """The op of that name, or None: a file may hold ops that this version does not know."""
    return OPS.get(name)


def ports(name: str) -> tuple[str, ...]:
    """The input ports of an op, in order; none for an op that is not known."""
    op = OPS.get(name)
    return tuple(port.name for port in op.ports) if op is not None else ()
