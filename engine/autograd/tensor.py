"""Tensor: an array that knows its history.

Methods and operators that compute (`x.exp()`, `x + y`) are the declared ops; engine.ops puts them on this
class. Here is what a tensor is: its numbers, its flags, its gradient.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

import engine.autograd as autograd  # still being set up here; used when a pass is asked for
from engine.autograd import dtypes
from engine.autograd.mode import is_grad_enabled
from engine.autograd.printing import tensor_text
from engine.autograd.shapes import Size, normal_dim

if TYPE_CHECKING:
    from weakref import ref

    from engine.autograd.function import AccumulateGrad, Function

_NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't "
    "be "
    "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf "
    "Tensor, "
    "use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you "
    "access "
    "the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information."
)
_NON_LEAF_FLAG = (
    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
    "subgraph "
    "that doesn't require differentiation use var_no_grad = var.detach()."
)


class Tensor:
    """Numbers of one dtype in some shape, with or without a history.

    array is a numpy array, or a numpy scalar for a tensor without dimensions that was computed (numpy
    multiplies
    those much faster); it is shared, never copied, with what was detached or viewed from it.
    """

    __array_priority__ = 1000
    __array_ufunc__ = None  # numpy leaves `np.float64(2) * x` to this class
    __slots__ = ("__weakref__", "_accumulate", "_grad", "_requires_grad", "array", "grad_fn", "origin")

    array: Any
    grad_fn: Function | None
    _requires_grad: bool
    _grad: Tensor | None
    _accumulate: ref[AccumulateGrad] | None
    origin: str | None
    """Why it has no history although it might have: "detached" or "no_grad"."""

    def __init__(self, array: Any, requires_grad: bool = False) -> None:
        """A leaf over a numpy array or scalar (not copied), or from nested lists in the default dtype."""
        if array.__class__ is list or array.__class__ is tuple:
            array = dtypes.array_of(array, dtypes.default_dtype())
        if array.ndim == 0 and isinstance(array, np.ndarray):
            array = array[()]
        self.array = array
        self.grad_fn = self._grad = self._accumulate = self.origin = None
        if requires_grad and array.dtype.kind != "f":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        self._requires_grad = requires_grad

    # ------------------------------------------------------------ what it is

    @property
    def shape(self) -> Size:
        """The size of every dimension."""
        return Size(self.array.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        return self.shape if dim is None else self.array.shape[normal_dim(dim, self.array.ndim)]

    @property
    def dtype(self) -> dtypes.DType:
        """torch's dtype of the numbers."""
        return dtypes.torch_dtype(self.array.dtype)

    @property
    def numpy_dtype(self) -> np.dtype[Any]:
        """numpy's dtype of the numbers."""
        return self.array.dtype

    @property
    def ndim(self) -> int:
        """How many dimensions there are."""
        return self.array.ndim

    def dim(self) -> int:
        """How many dimensions there are."""
        return self.array.ndim

    def numel(self) -> int:
        """How many elements there are."""
        return self.array.size

    nelement = numel

    def element_size(self) -> int:
        """Bytes an element takes."""
        return self.array.itemsize

    def stride(self) -> tuple[int, ...]:
        """Steps between neighbours along each dimension, in elements."""
        return tuple(step // self.array.itemsize for step in self.array.strides)

    def is_contiguous(self) -> bool:
        """Do the elements stand in memory row by row?"""
        return not isinstance(self.array, np.ndarray) or self.array.flags.c_contiguous

    def is_floating_point(self) -> bool:
        """May it require a gradient?"""
        return self.array.dtype.kind == "f"

    @property
    def device(self) -> str:
        """Where the numbers are: always "cpu"."""
        return "cpu"

    def type(self) -> str:
        """The old name of the kind of tensor: "torch.FloatTensor"."""
        return f"torch.{self.dtype.scalar_type}Tensor"

    # ------------------------------------------------------------ history

    @property
    def is_leaf(self) -> bool:
        """Was it made by the user, and not by an operation that is recorded?"""
        return self.grad_fn is None

    @property
    def requires_grad(self) -> bool:
        """Does a backward pass come here? May be set on leaves of floating dtype."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not isinstance(wanted, bool):
            raise RuntimeError("requires_grad must be a bool")
        self._require(wanted, "only Tensors of floating point and complex dtype can require gradients")

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Sets requires_grad and gives the tensor back."""
        if not isinstance(requires_grad, bool):
            raise TypeError(
                "requires_grad_(): argument 'requires_grad' (position 1) must be bool, not "
                f"{type(requires_grad).__name__}"
            )
        self._require(requires_grad, "only Tensors of floating point dtype can require gradients")
        return self

    def _require(self, wanted: bool, refusal: str) -> None:
        if self.grad_fn is not None and not wanted:
            raise RuntimeError(_NON_LEAF_FLAG)
        if wanted and self.array.dtype.kind != "f":
            raise RuntimeError(refusal)
        self._requires_grad = bool(wanted)

    @property
    def grad(self) -> Tensor | None:
        """What the backward passes so far have added up; None before the first."""
        if self._grad is None and self.grad_fn is not None and not self.retains_grad:
            warnings.warn(_NON_LEAF_GRAD, UserWarning, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            self._check_grad(value)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def _check_grad(self, value: Any) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if value.array.dtype != self.array.dtype:
            raise RuntimeError(
                f"attempting to assign a gradient with dtype '{value.dtype.type_name}' to a tensor with "
                "grad_dtype "
                f"'{self.dtype.scalar_type}'. The gradient must match the tensor's grad_dtype (defaults to "
                "the "
                "tensor's dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or "
                "None to "
                "allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and its "
                "gradient may "
                "break downstream systems that assume they match."
            )
        if value.array.shape != self.array.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value.array.shape)}' to a tensor of size "
                f"'{list(self.array.shape)}'. Please ensure that the gradient and the tensor are the same "
                "size"
            )

    @property
    def retains_grad(self) -> bool:
        """Was `retain_grad` called on this inner tensor?"""
        watchers = self.grad_fn.watchers if self.grad_fn is not None else None
        return any(getattr(watcher, "retains", None) is self for watcher in watchers or ())

    def retain_grad(self) -> None:
        """Keeps `.grad` also here, on a tensor inside a graph."""
        from engine.autograd.sweep import Retained

        if not self._requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self.grad_fn is not None and not self.retains_grad:
            self.grad_fn.watchers = [*(self.grad_fn.watchers or ()), Retained(self)]

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Adds to the `.grad` of every leaf the gradient of this tensor, weighted with `gradient`."""
        if create_graph or inputs is not None:
            raise NotImplementedError("backward() takes neither create_graph nor inputs here yet")
        autograd.backward(self, gradient, retain_graph=retain_graph)

    def detach(self) -> Tensor:
        """The same numbers (the same memory) without history."""
        return self._alias()

    @property
    def data(self) -> Tensor:
        """The same numbers (the same memory), unseen by autograd."""
        return self._alias()

    @data.setter
    def data(self, value: Tensor) -> None:
        self.array = value.array

    def _alias(self) -> Tensor:
        result = Tensor(self.array)
        result.array = self._memory()
        result.origin = "detached"
        return result

    def _memory(self) -> Any:
        """The numbers as an array that can be shared; a numpy scalar becomes one now."""
        if not isinstance(self.array, np.ndarray):
            self.array = np.array(self.array)
        return self.array

    def write(self, values: Any) -> None:
        """Put other numbers into the same memory, so that whoever shares it sees them."""
        array = self._memory()
        if values.shape != array.shape:
            raise RuntimeError(
                f"output with shape {list(array.shape)} doesn't match the broadcast shape {list(values.shape)}"
            )
        kind, own = dtypes.torch_dtype(values.dtype), self.dtype
        if kind.rank > own.rank:
            raise RuntimeError(
                f"result type {kind.scalar_type} can't be cast to the desired output type {own.scalar_type}"
            )
        if any(n > 1 and step == 0 for n, step in zip(array.shape, array.strides, strict=True)):
            raise RuntimeError(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory "
                "location. Please clone() the tensor before performing the operation."
            )
        array[...] = values

    # ------------------------------------------------------------ out of the tensor

    def item(self) -> Any:
        """The one number as a Python number."""
        if self.array.size != 1:
            raise RuntimeError(f"a Tensor with {self.array.size} elements cannot be converted to Scalar")
        return self.array.item()

    def tolist(self) -> Any:
        """The numbers as nested lists."""
        return self.array.tolist()

    def numpy(self) -> np.ndarray[Any, Any]:
        """The numbers as a numpy array, which shares the memory."""
        if self._requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        return np.asarray(self.array)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def _scalar(self) -> Any:
        if self.array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self.array.item()

    def __float__(self) -> float:
        return float(self._scalar())

    def __int__(self) -> int:
        return int(self._scalar())

    def __index__(self) -> int:
        if self.array.size != 1 or self.array.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.array.item())

    def __bool__(self) -> bool:
        if self.array.size != 1:
            raise RuntimeError(
                "Boolean value of Tensor with no values is ambiguous"
                if self.array.size == 0
                else "Boolean value of Tensor with more than one value is ambiguous"
            )
        return bool(self.array.item())

    def __len__(self) -> int:
        if self.array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return len(self.array)

    def __contains__(self, value: Any) -> bool:
        other = value.array if isinstance(value, Tensor) else value
        return bool(np.any(self.array == other))

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        name = self.grad_fn.__class__.__name__ if self.grad_fn is not None else None
        return tensor_text(self.array, self._requires_grad, name)

    def __format__(self, spec: str) -> str:
        if self.array.ndim == 0:
            return format(self.array.item(), spec)
        if spec:
            raise TypeError("unsupported format string passed to Tensor.__format__")
        return repr(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if self.grad_fn is not None:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at "
                "the "
                "moment.  If you were attempting to deepcopy a module, this may be because of a "
                "torch.nn.utils.weight_norm usage, see https://github.com/pytorch/pytorch/pull/103001"
            )
        result = Tensor(self.array.copy(), self._requires_grad)
        if self._grad is not None:
            result._grad = Tensor(self._grad.array.copy())
        memo[id(self)] = result
        return result

    # ------------------------------------------------------------ conversions

    def zero_(self) -> Tensor:
        """Sets every element to zero, as between two backward passes: `x.grad.zero_()`."""
        if self._requires_grad and is_grad_enabled():
            refuse_change(self)
        self.write(np.zeros_like(self.array))
        return self

    if TYPE_CHECKING:  # the declared ops, put here by engine.ops

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, index: Any) -> Tensor: ...
        def __iter__(self) -> Iterator[Tensor]: ...
        def __pos__(self) -> Tensor: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...


def refuse_change(tensor: Tensor) -> NoReturn:
    """Why an in-place operation cannot be recorded."""
    if tensor.grad_fn is None and tensor._requires_grad:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    raise NotImplementedError("changing a tensor in place inside a graph is not possible here yet")
