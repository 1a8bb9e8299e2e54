"""Optimizer: parameters in groups, what is remembered of each, and a step that changes them."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

from engine.autograd.hooks import RemovableHandle
from engine.autograd.mode import enable_grad
from engine.autograd.tensor import Tensor
from engine.autograd.versions import change
from engine.torch.asking import typename
from engine.torch.nn.module import clear_grad

Group = dict[str, Any]
State = dict[str, Any]
Array = Any


class Optimizer:
    """The base class of all optimizers.

    A subclass says in `update` how the gradient of one parameter changes it; `group` has the settings, `state` is what
    the optimizer remembers of the parameter.
    """

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{typename(params)}"
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        self._before: dict[int, Callable[..., Any]] = {}
        self._after: dict[int, Callable[..., Any]] = {}
        groups = [*params]
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: Group) -> None:
        """More parameters, with settings of their own; the rest of the settings are the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        given = param_group["params"]
        if isinstance(given, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
                "will change between runs. Please use a list instead."
            )
        given = [given] if isinstance(given, Tensor) else [*given]
        names = [each[0] for each in given if isinstance(each, tuple)]
        params = [each[1] if isinstance(each, tuple) else each for each in given]
        if names and len(names) != len(params):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {typename(param)}")
            if not (param.is_leaf or param.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        if len({id(param) for param in params}) < len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=3,
            )
        for group in self.param_groups:
            if ("param_names" in group) != bool(names):
                kind = "with names" if names else "without names"
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param group "
                    f"{kind} to the optimizer"
                )
        known = {id(param) for group in self.param_groups for param in group["params"]}
        if any(id(param) in known for param in params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    # ------------------------------------------------------------ a step

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero."""
        for group in self.param_groups:
            for param in group["params"]:
                clear_grad(param, set_to_none)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient; closure computes the loss anew, which is given back."""
        for hook in [*self._before.values()]:
            hook(self, (closure,), {})
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            for param in group["params"]:
                grad = param._grad
                if grad is None:
                    continue
                g = -grad.array if group["maximize"] else grad.array
                state = self.state.get(param, {})
                self.update(writable(param), g, group, state)
                if state:
                    self.state[param] = state
        for hook in [*self._after.values()]:
            hook(self, (closure,), {})
        return loss

    def update(self, x: Array, g: Array, group: Group, state: State) -> None:
        """Change the numbers x of one parameter, whose gradient is g."""
        raise NotImplementedError

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(optimizer, args, kwargs)` is called before every step."""
        return _added(self._before, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`hook(optimizer, args, kwargs)` is called after every step."""
        return _added(self._after, hook)

    # ------------------------------------------------------------ state

    def state_dict(self) -> dict[str, Any]:
        """What the optimizer remembers, and its settings; parameters are numbers, in the order of the groups."""
        numbers: dict[int, int] = {}
        for param in chain.from_iterable(group["params"] for group in self.param_groups):
            numbers.setdefault(id(param), len(numbers))
        groups = [
            {**{name: value for name, value in group.items() if name != "params"}}
            | {"params": [numbers[id(param)] for param in group["params"]]}
            for group in self.param_groups
        ]
        return {"state": {numbers[id(param)]: state for param, state in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what another optimizer remembered."""
        saved = deepcopy(state_dict["param_groups"])
        if len(saved) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        pairs = [*zip(self.param_groups, saved, strict=True)]
        if any(len(own["params"]) != len(other["params"]) for own, other in pairs):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        params = {
            number: param for own, other in pairs for param, number in zip(own["params"], other["params"], strict=True)
        }
        self.state = defaultdict(dict)
        for number, state in state_dict["state"].items():
            self.state[params[number]] = {name: _copied(name, value, params[number]) for name, value in state.items()}
        for own, other in pairs:
            other["params"] = own["params"]
            if "param_names" in own:
                other.setdefault("param_names", own["param_names"])
        self.param_groups = saved

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            text += "".join(f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params")
        return text + ")"


def _added(hooks: dict[int, Callable[..., Any]], hook: Callable[..., Any]) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def _copied(name: str, value: Any, param: Tensor) -> Any:
    """A remembered tensor for a parameter, in its dtype; steps are counted in their own."""
    if not isinstance(value, Tensor):
        return deepcopy(value)
    return Tensor(value.array.copy() if name == "step" else value.array.astype(param.array.dtype))


def writable(param: Tensor) -> Array:
    """The numbers of a parameter, which are about to change."""
    array = param.memory()
    change(param)
    return array


def require(name: str, value: Any, fits: bool) -> None:
    """Refuse a setting in torch's words."""
    if not fits:
        raise ValueError(f"Invalid {name}: {value}")


def require_not_negative(**settings: Any) -> None:
    """Refuse settings below zero; the words are the names with spaces where torch has them."""
    for name, value in settings.items():
        require(_WORDS.get(name, f"{name} value"), value, value >= 0)


_WORDS = {"lr": "learning rate", "eps": "epsilon value"}


def require_betas(betas: Iterable[float]) -> None:
    """Refuse shares of the past that are not in [0, 1)."""
    for i, beta in enumerate(betas):
        require(f"beta parameter at index {i}", beta, 0 <= beta < 1)
