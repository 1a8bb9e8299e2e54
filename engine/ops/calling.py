"""How torch calls an op: the names it goes by, and arguments by position, by name, sizes one by one."""

from __future__ import annotations

import numbers
import re
from collections.abc import Callable, Sequence
from typing import Any

from engine.autograd.rng import Generator
from engine.autograd.tensor import Tensor
from engine.op import Op

NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim", "x2": "other"}
"""torch also takes numpy's names for these."""

PLACES = ("device", "layout", "pin_memory", "memory_format")
"""Where torch would put a new tensor; here there is one place for all."""

_FUNCTION = re.compile(r"torch\.([\w.]+)\(")
_METHOD = re.compile(r"\{\w+\}\.(\w+)\(")
_ATTRIBUTE = re.compile(r"\{\w+\}\.\w+$")


def names_of(op: Op) -> tuple[str, ...]:
    """Every dotted name of an op: "torch.exp", "Tensor.exp", "torch.nn.functional.relu". None of what is not called:
    statements, loops, what torch has as an attribute (`x.data`)."""
    template = op.torch or f"torch.{op.name}("
    if op.statement or op.control or _ATTRIBUTE.match(template):
        return ()
    if found := _FUNCTION.match(template):
        names = [f"torch.{found[1]}", *op.also]
    elif found := _METHOD.match(template):
        names = [f"Tensor.{found[1]}", *op.also]
    else:
        names = [f"torch.{op.name}", *op.also]
    if op.ports and not op.variadic:
        names += [name.replace("torch.", "Tensor.") for name in names if name.count(".") == 1 and name[0] == "t"]
    return tuple(dict.fromkeys(names))


def make(op: Op, params: dict[str, Any], *inputs: Any) -> Any:
    """A new tensor from an op, with the arguments that torch takes for it."""
    return op.apply(*inputs, **_here(op, params))


def _here(op: Op, params: dict[str, Any]) -> dict[str, Any]:
    """The params of an op that makes a tensor, without where torch would put it; a generator stands for a seed."""
    if str(params.get("device", "cpu")).startswith("cuda"):
        raise AssertionError("Torch not compiled with CUDA enabled")
    params = {name: value for name, value in params.items() if name not in PLACES}
    if "generator" in params and any(param.kind == "seed" for param in op.params):
        params["seed"] = stream_of(params.pop("generator"))
    return params


def stream_of(generator: Any) -> Any:
    """A generator, or None for the stream that all share."""
    if generator is not None and not isinstance(generator, Generator):
        raise TypeError(f"argument 'generator' must be torch.Generator, not {type(generator).__name__}")
    return generator


def call(op: Op, name: str | None = None) -> Callable[..., Any]:
    """The op as torch calls it; `name` is how its refusals call it."""
    if not op.params and not op.variadic:
        return op.apply
    calling = _many(op) if op.variadic else _placed(op)
    calling.__name__ = calling.__qualname__ = (name or op.name).rpartition(".")[2]
    calling.__doc__ = op.doc
    return calling


def _placed(op: Op) -> Callable[..., Any]:
    ports, order = [port.name for port in op.ports], list(op.order)
    usual = order[: len(ports)] == ports
    required, apply = op.required, op.apply
    most = len(order) if ports else len(required)
    """Of a source only what it requires may be given by position."""
    spread_at = next((i for i, name in enumerate(order) if name not in ports), len(order))
    shaped = len(required) == 1 and any(p.name == order[spread_at] and p.kind == "shape" for p in op.params[:1])
    all_by_none = next((p.name for p in op.params if p.kind == "dims" and p.name in op.overloads), None)
    """A param whose being given, even as None, is another overload: None then is given as all, ()."""

    makes = any(param.kind == "seed" or param.name == "requires_grad" for param in op.params)

    def calling(*args: Any, **kwargs: Any) -> Any:
        if usual and not kwargs and not required and len(args) <= len(ports):
            return apply(*args)
        if makes and kwargs:
            kwargs = _here(op, kwargs)
        for numpys, torchs in NUMPY_NAMES.items():
            if numpys in kwargs and torchs in order and numpys not in order:
                kwargs[torchs] = kwargs.pop(numpys)
        rest = args[spread_at:]
        if shaped and rest and all(isinstance(n, numbers.Integral) for n in rest):
            args = (*args[:spread_at], rest)
        elif len(args) > most:
            plural = "" if most == 1 else "s"
            raise TypeError(f"{op.name}() takes {most} positional argument{plural} but {len(args)} were given")
        for name, value in zip(order, args, strict=False):
            if name in kwargs:
                raise TypeError(f"{op.name}() got multiple values for argument '{name}'")
            kwargs[name] = value
        if required:
            refuse_missing(op.name, op.required, kwargs)
            _refuse_number(op, kwargs)
        if all_by_none in kwargs and kwargs[all_by_none] is None:
            kwargs[all_by_none] = ()
        given = [kwargs.pop(name, None) for name in ports]
        while given and given[-1] is None:
            given.pop()
        return apply(*given, **kwargs)

    return calling


def _many(op: Op) -> Callable[..., Any]:
    """An op of any number of tensors takes them in one list."""
    apply, (tensors, *names) = op.apply, op.order

    def calling(*args: Any, **kwargs: Any) -> Any:
        for numpys, torchs in NUMPY_NAMES.items():
            if numpys in kwargs and torchs in names:
                kwargs[torchs] = kwargs.pop(numpys)
        kwargs.update(zip((tensors, *names), args, strict=False))
        if tensors not in kwargs:
            raise TypeError(f'{op.name}() missing 1 required positional arguments: "{tensors}"')
        given = kwargs.pop(tensors)
        if not isinstance(given, (tuple, list)):
            kind = type(given).__name__
            raise TypeError(f"{op.name}(): argument '{tensors}' (position 1) must be tuple of Tensors, not {kind}")
        for i, each in enumerate(given):
            if not isinstance(each, Tensor):
                raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(each).__name__}")
        return apply(*given, **kwargs)

    return calling


def refuse_missing(name: str, required: Sequence[str], given: dict[str, Any]) -> None:
    """What must be given by name, or by position after all that were."""
    missing = next((required[i:] for i, each in enumerate(required) if each not in given), None)
    if missing is not None:
        names = ", ".join(f'"{each}"' for each in missing)
        plural = "s" if len(missing) == 1 else ""  # torch's own grammar
        raise TypeError(f"{name}() missing {len(missing)} required positional argument{plural}: {names}")


def _refuse_number(op: Op, given: dict[str, Any]) -> None:
    if len(op.required) > 1 and op.params[0].kind == "shape" and isinstance(given[op.params[0].name], int):
        raise TypeError(f"{op.name}(): argument '{op.params[0].name}' (position 1) must be tuple of ints, not int")
