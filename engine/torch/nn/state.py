"""What a Module has learnt, by name: out of it and back into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.autograd.mode import no_grad
from engine.autograd.tensor import Tensor
from engine.torch.nn.parameter import Parameter

if TYPE_CHECKING:
    from engine.torch.nn.module import Module


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` did not find, and what it had no place for."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"

    def __str__(self) -> str:
        return repr(self)


def _own(module: Module) -> Iterator[tuple[str, Tensor]]:
    """The parameters and lasting buffers of a module itself."""
    for name, parameter in module._parameters.items():
        if parameter is not None:
            yield name, parameter
    for name, buffer in module._buffers.items():
        if buffer is not None and name not in module._non_persistent_buffers_set:
            yield name, buffer


def gather(module: Module, into: dict[str, Any], prefix: str, keep_vars: bool) -> dict[str, Any]:
    """Put what a module and all inside it hold under dotted names."""
    for name, member in _own(module):
        into[prefix + name] = member if keep_vars else member.detach()
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=into, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    return into


def load(module: Module, state_dict: Any, strict: bool, assign: bool) -> IncompatibleKeys:
    """Copy numbers into a module; RuntimeError with all that does not fit."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
    places = {
        (f"{path}." if path else "") + name: (owner, name)
        for path, owner in module.named_modules(remove_duplicate=False)
        for name, _ in _own(owner)
    }
    missing = [key for key in places if key not in state_dict]
    unexpected = [key for key in state_dict if key not in places]
    errors = []
    for kind, keys in (("Missing", missing), ("Unexpected", unexpected)):
        if keys and strict:
            named = ", ".join(f'"{key}"' for key in keys)
            errors.append(f"{kind} key(s) in state_dict: {named}. ")
    for key, (owner, name) in places.items():
        if key in state_dict and (wrong := _put(owner, name, key, state_dict[key], assign)):
            errors.append(wrong)
    if errors:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(errors))
    return IncompatibleKeys(missing, unexpected)


def _put(owner: Module, name: str, key: str, value: Any, assign: bool) -> str | None:
    """One tensor into its place; what is wrong with it."""
    place = getattr(owner, name)
    if not isinstance(value, Tensor):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint '
            f"but received {type(value)}"
        )
    if place.ndim == 0 and value.shape == (1,):
        value = value[0]
    if value.shape != place.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, the shape in current "
            f"model is {place.shape}."
        )
    if assign:
        setattr(owner, name, Parameter(value, place.requires_grad) if isinstance(place, Parameter) else value)
    else:
        with no_grad():
            place.copy_(value)
    return None
