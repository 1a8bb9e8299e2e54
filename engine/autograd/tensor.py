"""Tensor: an array that knows its history.

Methods and operators that compute (`x.exp()`, `x + y`) are the declared ops; engine.ops puts them on this
class. Here is what a tensor is: its numbers, its flags, its gradient.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

import engine.autograd as autograd  # still being set up here; used when a pass is asked for
from engine.autograd import dtypes
from engine.autograd.device import CPU
from engine.autograd.device import device as Device
from engine.autograd.function import edge_of
from engine.autograd.hooks import Hooks, hooks_of
from engine.autograd.hooks import add as add_hook
from engine.autograd.mode import is_grad_enabled, is_inference_mode_enabled
from engine.autograd.printing import tensor_text
from engine.autograd.shapes import Size, normal_dim
from engine.autograd.versions import Counter, change, counter_of, is_apart, set_apart, stands_for, version_of

if TYPE_CHECKING:
    from engine.autograd.function import AccumulateGrad, Function
    from engine.autograd.hooks import Hook, RemovableHandle

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
_TO_SCALAR = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first."
)


_inference = is_inference_mode_enabled


class Tensor:
    """Numbers of one dtype in some shape, with or without a history.

    array is a numpy array, or a numpy scalar for a tensor without dimensions that was computed (numpy
    multiplies
    those much faster); it is shared, never copied, with what was detached or viewed from it.
    """

    __array_priority__ = 1000
    __array_ufunc__: Any = None  # engine.ops.protocol puts numpy's functions here
    __slots__ = (
        "__weakref__",
        "_accumulate",
        "_counter",
        "_grad",
        "_hooks",
        "_note",
        "_number",
        "_parameter",
        "_requires_grad",
        "_root",
        "_views",
        "array",
        "grad_fn",
        "origin",
    )

    array: Any
    grad_fn: Function | None
    _requires_grad: bool
    _grad: Tensor | None
    _accumulate: ref[AccumulateGrad] | None
    origin: str | None
    """Why it has no history although it might have: "detached", "data", "no_grad", "inference"."""
    # Set only where they are needed, for a result costs as much as the slots that are filled:
    _counter: Counter
    """How often its memory was changed (engine.autograd.versions)."""
    _hooks: Hooks | None
    """A leaf's hooks; those of other tensors are on their grad_fn."""
    _root: Tensor | None
    """Of a view: the tensor whose memory it shows."""
    _views: list[ref[Tensor]]
    """The views of it that may still live."""
    _number: int
    """Which output of its function it is."""
    _parameter: bool
    """Is it a torch.nn.Parameter?"""
    _note: str
    """Why a view may not be changed where that is recorded: "no_grad", "inference", "several", "custom"."""

    def __init__(self, array: Any = (), requires_grad: bool = False, *sizes: int) -> None:
        """A leaf over a numpy array or scalar (not copied), from nested lists in the default dtype, or of sizes."""
        if array.__class__ is not np.ndarray and not isinstance(array, np.generic):
            if array.__class__ is int:  # Tensor(2, 3)
                given = (array,) if requires_grad is False else (array, requires_grad, *sizes)
                array = np.zeros(given, dtypes.numpy_dtype(None))
                requires_grad = False
            array = _array_of(array)
        self.array = array if array.ndim else array[()]
        self.grad_fn = self._grad = self._accumulate = self._hooks = self._root = self.origin = None
        if requires_grad and array.dtype.kind != "f":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        self._requires_grad = requires_grad
        if _inference():
            self.origin = "inference"

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
        shape = self.array.shape
        if 0 in shape:  # numpy has no steps then
            return tuple(math.prod(max(n, 1) for n in shape[d + 1 :]) for d in range(len(shape)))
        return tuple(step // self.array.itemsize for step in self.array.strides)

    def is_contiguous(self) -> bool:
        """Do the elements stand in memory row by row?"""
        return not isinstance(self.array, np.ndarray) or self.array.flags.c_contiguous

    def is_floating_point(self) -> bool:
        """May it require a gradient?"""
        return self.array.dtype.kind == "f"

    @property
    def device(self) -> Device:
        """Where the numbers are: always the cpu."""
        return CPU

    def type(self) -> str:
        """The old name of the kind of tensor: "torch.FloatTensor"."""
        return f"torch.{self.dtype.scalar_type}Tensor"

    # ------------------------------------------------------------ history

    @property
    def is_leaf(self) -> bool:
        """Was it made by the user, and not by an operation that is recorded?"""
        return self.grad_fn is None

    @property
    def output_nr(self) -> int:
        """Which output of its function it is."""
        return getattr(self, "_number", 0)

    @property
    def requires_grad(self) -> bool:
        """Does a backward pass come here? May be set on leaves of floating dtype."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not isinstance(wanted, bool):
            raise RuntimeError("requires_grad must be a bool")
        if wanted and written_history(self) is not None:
            raise RuntimeError("you can only change requires_grad flags of leaf variables.")
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
        if written_history(self) is not None and not wanted:
            raise RuntimeError(_NON_LEAF_FLAG)
        if wanted and self.array.dtype.kind != "f":
            raise RuntimeError(refusal)
        if wanted and self.origin_or_none() == "inference" and not is_inference_mode_enabled():
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        if written_history(self) is None and not hasattr(self, "_accumulate"):
            self._accumulate, self._grad = None, self._kept_grad()
        self._requires_grad = bool(wanted)
        if is_apart(self):
            set_apart(self)
        if self._base is not None and not wanted:
            del self._accumulate
            self._requires_grad = self._base._requires_grad
        self.pass_on_requirement()

    def _kept_grad(self) -> Tensor | None:
        return getattr(self, "_grad", None)

    @property
    def grad(self) -> Tensor | None:
        """What the backward passes so far have added up; None before the first."""
        kept = self._kept_grad()
        if kept is None and written_history(self) is not None and not self.retains_grad:
            warnings.warn(_NON_LEAF_GRAD, UserWarning, stacklevel=2)
        return kept

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
        history = written_history(self)
        hooks = history.hooks if history is not None else None
        return hooks is not None and hooks.retains(self)

    def retain_grad(self) -> None:
        """Keeps `.grad` also here, on a tensor inside a graph."""
        if not self._requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self.grad_fn is not None and not self.retains_grad:
            hooks_of(self.grad_fn).retained.append(ref(self))

    def register_hook(self, hook: Hook) -> RemovableHandle:
        """Calls `hook(grad)` when the gradient of this tensor is complete; it may return another in its place."""
        if not self._requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        return add_hook(self._own_hooks().tensor, hook)

    def register_post_accumulate_grad_hook(self, hook: Hook) -> RemovableHandle:
        """Calls `hook(tensor)` after a backward pass has added to the `.grad` of this leaf."""
        if not self._requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.grad_fn is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        return add_hook(self._own_hooks().accumulated, hook)

    def _own_hooks(self) -> Hooks:
        if self.grad_fn is not None:
            return hooks_of(self.grad_fn)
        end = edge_of(self)
        if end is None:
            return Hooks()
        if getattr(self, "_hooks", None) is None:
            self._hooks = hooks_of(end)
            end.hooks = self._hooks
        return self._hooks  # type: ignore[return-value]  # it has just been set

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Adds to the `.grad` of every leaf the gradient of this tensor, weighted with `gradient`."""
        autograd.backward(self, gradient, retain_graph=retain_graph, create_graph=create_graph, inputs=inputs)

    def detach(self) -> Tensor:
        """The same numbers (the same memory) without history; a change of one in place is a change of both."""
        if self.is_tracked():
            result = self._alias(self.memory(), "detached")
            counter_of(self).share(result)
        elif is_inference_mode_enabled():
            result = self._alias(self.memory(), "inference")
        else:
            result = self._alias(self.memory()[...], "inference")
            Counter(apart=True).share(result)
        return result

    def detach_(self) -> Tensor:
        """Forgets the history of this tensor itself."""
        if is_inference_mode_enabled():  # there torch leaves it as it is
            return self
        if self._base is not None:
            raise RuntimeError(
                "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
                "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
                "detach_() cannot be called on these gradients. To fix this error, please refer to the "
                "Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
            )
        self.grad_fn, self._requires_grad = None, False
        self.pass_on_requirement()
        return self

    @property
    def data(self) -> Tensor:
        """The same numbers (the same memory), unseen by autograd: it does not notice changes made through it."""
        array = self.array
        if array.__class__ is not np.ndarray or not array.flags.writeable:
            array = self.memory()
        if self.grad_fn is not None or not self.is_inference():
            return self._alias(array[...], "data")
        result = self._alias(array[...], "inference")
        Counter(apart=True).share(result)
        return result

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self._requires_grad and not value.is_floating_point():
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        self.array = value.memory()[...]  # an array of its own: that of a `.data` counts apart

    def _alias(self, array: Any, origin: str) -> Tensor:
        result: Tensor = object.__new__(Tensor)
        result.array = array
        result.grad_fn = result._grad = result._accumulate = result._root = None
        result._requires_grad = False
        result.origin = origin
        return result

    def memory(self) -> Any:
        """The numbers as an array that can be shared and changed; a numpy scalar becomes one now."""
        array = self.array
        if array.__class__ is not np.ndarray:
            self.array = array = stands_for(array)
        elif array.base is None and not array.flags.writeable:
            self.array = array = array.copy()  # a log refers to it
        return array

    # ------------------------------------------------------------ views and versions

    @property
    def _base(self) -> Tensor | None:
        """Of a view, the tensor whose memory it shows."""
        return getattr(self, "_root", None)

    def _is_view(self) -> bool:
        """Does it show the memory of another tensor?"""
        return self._base is not None

    def base_or_self(self) -> Tensor:
        """The tensor that the memory belongs to."""
        root = getattr(self, "_root", None)
        return self if root is None else root

    def views(self) -> list[Tensor]:
        """The views of this tensor that are alive."""
        return [view for each in getattr(self, "_views", ()) if (view := each()) is not None]

    def show(self, base: Tensor, note: str | None = None) -> None:
        """Become a view of `base` (of its base, if that is a view), which may not be changed in place where `note`
        says.

        A view of a tensor that requires a gradient says that it does, also where none comes to it."""
        if base.is_inference():
            self.origin = "inference"
            return
        root = base.base_or_self()
        self._root = root
        if note is None:
            note = getattr(base, "_note", None)
        else:
            self.origin = "no_grad"
        if note is not None:
            self._note = note
        if is_apart(root):
            set_apart(self)
        self._requires_grad = self._requires_grad or root._requires_grad
        mine = ref(self)
        if hasattr(root, "_views"):
            if len(root._views) > 32:
                root._views = [each for each in root._views if each() is not None]
            root._views.append(mine)
        else:
            root._views = [mine]

    def pass_on_requirement(self) -> None:
        """Its views require a gradient if it does."""
        for view in self.views():
            own = hasattr(view, "_accumulate") or written_history(view) is not None
            view._requires_grad = self._requires_grad or (own and view._requires_grad)

    def outdate_views(self) -> None:
        """Its memory has changed: the histories of its views do not tell any more where their numbers come from."""
        for view in self.views():
            view.__class__ = Outdated

    def origin_or_none(self) -> str | None:
        """Why it has no history although it might have; None if there is nothing to say."""
        return getattr(self, "origin", None)

    @property
    def _version(self) -> int:
        """How often its memory was changed in place."""
        if not self.is_tracked():
            raise RuntimeError("Inference tensors do not track version counter.")
        return version_of(self)

    def is_inference(self) -> bool:
        """Was it made in inference mode?"""
        return self.origin_or_none() == "inference"

    def is_tracked(self) -> bool:
        """Does it count how often it was changed? What was made in inference mode does not, unless by `detach()`."""
        return not self.is_inference() or hasattr(self, "_counter")

    def write(self, values: Any) -> None:
        """Put other numbers into the memory, unrecorded; whoever shares it sees them, and its version goes up."""
        array = self.memory()
        change(self)
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
        if self._requires_grad and is_grad_enabled():
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        return np.asarray(self.array)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def _scalar(self) -> Any:
        if self.array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self.array.item()

    def __float__(self) -> float:
        if self._requires_grad and is_grad_enabled():
            warnings.warn(_TO_SCALAR, UserWarning, stacklevel=2)
        return float(self._scalar())

    def __int__(self) -> int:
        return int(self._scalar())

    def __index__(self) -> int:
        if self.array.size != 1 or self.array.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.array.item())

    def __bool__(self) -> bool:
        array = self.array
        if array.size != 1:
            raise RuntimeError(
                "Boolean value of Tensor with no values is ambiguous"
                if array.size == 0
                else "Boolean value of Tensor with more than one value is ambiguous"
            )
        return bool(array)

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
        try:
            name = self.grad_fn.__class__.__name__ if self.grad_fn is not None else None
        except RuntimeError:  # of a view that should not have been changed
            name = "Invalid"
        called = "Parameter containing:\n" if getattr(self, "_parameter", False) else ""
        return called + tensor_text(self.array, self._requires_grad, name)

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
        result = Tensor(np.array(self.array), self._requires_grad)
        kept = self._kept_grad()
        if kept is not None:
            result._grad = kept.__deepcopy__(memo)
        if getattr(self, "_parameter", False):
            result._parameter = True
        memo[id(self)] = result
        return result

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


written_history: Callable[[Tensor], Function | None] = vars(Tensor)["grad_fn"].__get__
"""The history that a tensor has had, be it outdated."""


class Outdated(Tensor):
    """A view whose memory was changed since its history was written; the first who asks for that writes another."""

    __slots__ = ()

    @property
    def grad_fn(self) -> Function | None:  # type: ignore[override]
        """Its history, from its base on."""
        from engine.autograd.inplace import renewed

        return renewed(self, written_history(self))


Outdated.__name__ = Outdated.__qualname__ = "Tensor"


def _array_of(data: Any) -> Any:
    """What `torch.Tensor` makes of what is not an array of numpy."""
    if isinstance(data, Tensor):
        return data.memory()
    if isinstance(data, Size):
        return np.zeros(data, dtypes.numpy_dtype(None))
    if isinstance(data, float):
        raise TypeError("new(): data must be a sequence (got float)")
    return data if isinstance(data, np.ndarray) else dtypes.array_of(data, dtypes.default_dtype())
