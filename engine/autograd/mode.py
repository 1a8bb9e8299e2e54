"""Whether operations are recorded: `no_grad`, `enable_grad`, `set_grad_enabled`.

The mode belongs to the thread (more exactly to its context), as in torch.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self, TypeVar

_enabled: ContextVar[bool] = ContextVar("grad_mode", default=True)

is_grad_enabled = _enabled.get
"""Are operations being recorded here and now?"""

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class _Mode:
    """A grad mode for a `with` block or for the calls of a decorated function."""

    wanted: bool

    def __init__(self) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> Self:
        self._before.append(_enabled.get())
        _enabled.set(self.wanted)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        _enabled.set(self._before.pop())

    def __call__(self, function: Decorated) -> Decorated:
        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self.again():
                return function(*args, **kwargs)

        return inside  # type: ignore[return-value]  # wraps keeps the signature; mypy cannot say so

    def again(self) -> _Mode:
        """The same mode, for another block."""
        return type(self)()


class no_grad(_Mode):
    """Nothing computed inside has a history: results do not require grad."""

    wanted = False

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """`@no_grad` works without the brackets, as in torch."""
        mode = super().__new__(cls)
        if function is None:
            return mode
        _Mode.__init__(mode)
        return mode(function)


class enable_grad(no_grad):
    """Records again inside a `no_grad` block."""

    wanted = True


_inference: ContextVar[bool] = ContextVar("inference_mode", default=False)

is_inference_mode_enabled = _inference.get
"""Are the tensors that are made here and now left out of autograd for good?"""


class inference_mode(_Mode):
    """Like no_grad; what is made inside can never be used where a history is recorded."""

    def __new__(cls, mode: bool | Callable[..., Any] = True) -> Any:
        made = super().__new__(cls)
        if callable(mode):
            made.__init__()  # type: ignore[misc]
            return made(mode)
        return made

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.mode = mode
        self._inference_before: list[bool] = []

    def __enter__(self) -> Self:
        self._before.append(_enabled.get())
        self._inference_before.append(_inference.get())
        _inference.set(self.mode)
        if self.mode:
            _enabled.set(False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        _inference.set(self._inference_before.pop())
        _enabled.set(self._before.pop())

    def again(self) -> _Mode:
        return inference_mode(self.mode)


class set_grad_enabled(_Mode):
    """Sets the mode at once; in a `with` statement it is set back at the end."""

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        super().__init__()
        self.wanted = mode
        self._restore: bool | None = _enabled.get()
        _enabled.set(mode)

    def __enter__(self) -> Self:
        self._before.append(_enabled.get() if self._restore is None else self._restore)
        self._restore = None
        _enabled.set(self.wanted)
        return self

    def __call__(self, function: Decorated) -> Decorated:
        if self._restore is not None:  # a decorator sets nothing until its function is called
            _enabled.set(self._restore)
        return super().__call__(function)

    def again(self) -> _Mode:
        return set_grad_enabled(self.wanted)
