"""A Parameter is a leaf that a Module counts among its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.tensor import Tensor


class _Marked(type):
    """`isinstance(x, Parameter)` asks for the mark: operations go their straight way with the class Tensor only."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return instance.__class__ is Tensor and getattr(instance, "_parameter", False)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return subclass is Tensor or super().__subclasscheck__(subclass)


if TYPE_CHECKING:

    class Parameter(Tensor):
        """For type checkers, what the marked tensor is."""

        def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None: ...

else:

    class Parameter(metaclass=_Marked):
        """Makes a tensor over the same memory that belongs to a Module once it is assigned to one."""

        def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Tensor:
            if data is None:
                data = Tensor(np.zeros(0, dtypes.numpy_dtype(None)))
            made = data.detach()
            made.origin = None
            made._parameter = True
            if requires_grad and data.array.dtype.kind != "f":
                raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
            made._requires_grad = requires_grad
            return made
