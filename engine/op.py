"""What an operation is, said once.

An op is a pure function over numpy arrays and one gradient function for each of its inputs::

    @op("sin(input)", promote="float")
    def sin(input):
        "The sine of every element."
        return np.sin(input)

    @sin.gradient("input", "g × cos(input)")
    def _(g, input):
        return g * np.cos(input)

Everything else is read off the function: positional arguments are the ports, keyword-only arguments are
the params (type, default, `Annotated[float, Range(0, 1)]`, `Literal[...]`), the docstring is the help, the
module is the category.

A gradient function asks for what it needs by name, and what it names is what a backward pass keeps:

- `g`, always first: the gradient that arrives, in the shape of the result
- a port's name: that input's array (None if the port is empty); a Python number as a 0-d value
- `output`: the result
- `input_shape` (any port + `_shape`): only the shape, which costs nothing to keep
- keyword-only: the op's params

It may return the gradient in any shape that broadcasting made out of the input's: the engine sums it back.
A port without a gradient function passes none on. An op without any gradient function has no history.

A composite op is written in tensors and other ops. Its gradients come from its parts; what it declares itself is
what the learner reads, and a test holds the two equal.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

Promotion = Literal["common", "float"]
"""common: inputs meet in one dtype by torch's promotion; float: then integers become the default float."""


@dataclass(frozen=True, slots=True)
class Range:
    """The values a number may take; None leaves an end open."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """Marks in an annotation which field edits a param, where the Python type does not say it."""

    name: str


Shape = Annotated[tuple[int, ...], Kind("shape")]
Dims = Annotated[int | tuple[int, ...] | None, Kind("dims")]
Dtype = Annotated[str | None, Kind("dtype")]
Numbers = Annotated[Any, Kind("numbers")]
Seed = Annotated[int | None, Kind("seed")]


@dataclass(frozen=True, slots=True)
class Port:
    """A tensor that an op takes. An optional port may stay empty."""

    name: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Param:
    """A setting of an op.

    kind names the field that edits it: "float", "int", "bool", "text", "choice", "shape" (tuple of sizes),
    "dims" (int, tuple of ints or None), "dtype" (name or None), "numbers" (nested lists) or "seed".
    """

    name: str
    type: Any
    default: Any
    choices: tuple[Any, ...] | None
    range: Range | None
    kind: str


@dataclass(frozen=True, slots=True)
class Gradient:
    """How the gradient of one port is found: the formula that is read and the function that runs."""

    formula: str
    function: Callable[..., Any]
    needs: tuple[str, ...]
    """Names after `g`: ports, `output`, or a port's `…_shape`."""
    params: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Op:
    """A declared operation. Call it on tensors and Python numbers; it gives one Tensor."""

    name: str
    ports: tuple[Port, ...]
    params: tuple[Param, ...]
    formula: str
    doc: str
    category: str
    aliases: tuple[str, ...]
    torch: str | None
    """The line of torch code, as "{input} + {other}"; None means `torch.<name>(ports, params)`."""
    statement: bool
    """It does something when a program reaches it, and has no value (backward)."""
    composite: bool
    """Its function is written in tensors and other ops, whose histories it leaves behind."""
    public: bool
    """False for what torch does inside other calls and gives no name to."""
    promote: Promotion | None
    view: bool
    """The result may share memory with the first input."""
    grad_fn: str
    """The printed name of its history."""
    overloads: Mapping[str, str]
    """Other printed names: by a port that holds a Python number, or by a param that is given."""
    required: tuple[str, ...]
    """Params that a call in torch must give; their defaults are what a new node starts with."""
    function: Callable[..., Any]
    gradients: dict[str, Gradient] = field(default_factory=dict)
    compositions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    """By a port that holds a Python number: what torch does instead, in other ops."""
    checks: list[Callable[..., None]] = field(default_factory=list)
    """What torch refuses by the inputs as they are given, before promotion."""
    applied: list[Callable[..., Any]] = field(default_factory=list)
    """The callable that the autograd layer made from this declaration (see engine.autograd.apply)."""

    @property
    def apply(self) -> Callable[..., Any]:
        """`apply(*inputs, **params) -> Tensor`; raises what torch raises, in its words."""
        return self.applied[0]

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        return self.applied[0](*inputs, **params)

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def gradient(self, port: str, formula: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare the gradient of one port; the formula is written in `g` and the names the function
        takes."""
        if port not in [p.name for p in self.ports]:
            raise ValueError(f"{self.name} has no port {port!r}")

        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            parameters = list(inspect.signature(function).parameters.values())
            needs = tuple(p.name for p in parameters[1:] if p.kind is not p.KEYWORD_ONLY)
            params = tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
            self.gradients[port] = Gradient(formula, function, needs, params)
            return function

        return declare

    def check(self, function: Callable[..., None]) -> Callable[..., None]:
        """Declare what is refused: called with arrays and Python numbers as they were given, unpromoted.

        Two arrays of one dtype and shape may go straight to the op's function, past this."""
        self.checks.append(function)
        return function

    def overload(self, port: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare what torch computes instead when `port` holds a Python number."""

        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            self.compositions[port] = function
            return function

        return declare


OPS: dict[str, Op] = {}
"""Every op that a learner can name, in the order of declaration; filled by importing `engine.ops`."""

PARTS: dict[str, Op] = {}
"""Ops that only appear inside others' histories."""


def op(
    formula: str,
    *,
    torch: str | None = None,
    aliases: tuple[str, ...] = (),
    grad_fn: str | None = None,
    overloads: Mapping[str, str] | None = None,
    required: tuple[str, ...] = (),
    promote: Promotion | None = None,
    view: bool = False,
    statement: bool = False,
    composite: bool = False,
    public: bool = True,
) -> Callable[[Callable[..., Any]], Op]:
    """Declare a function as an op and put it in `OPS` (see the module's docstring)."""

    def declare(function: Callable[..., Any]) -> Op:
        name = function.__name__.rstrip("_")
        hints = get_type_hints(function, include_extras=True)
        signature = inspect.signature(function).parameters.values()
        declared = Op(
            name=name,
            ports=tuple(Port(p.name, p.default is not p.empty) for p in signature if p.kind is not p.KEYWORD_ONLY),
            params=tuple(_param(p.name, hints[p.name], p.default) for p in signature if p.kind is p.KEYWORD_ONLY),
            formula=formula,
            doc=inspect.getdoc(function) or "",
            category=function.__module__.rpartition(".")[2],
            aliases=aliases,
            torch=torch,
            statement=statement,
            composite=composite,
            public=public,
            promote=promote,
            view=view,
            grad_fn=grad_fn or "".join(word.capitalize() for word in name.split("_")) + "Backward0",
            overloads=overloads or {},
            required=required,
            function=function,
        )
        registry = OPS if public else PARTS
        if name in registry:
            raise ValueError(f"there are two ops named {name}")
        registry[name] = declared
        return declared

    return declare


_KINDS = {float: "float", int: "int", bool: "bool", str: "text"}


def _param(name: str, hint: Any, default: Any) -> Param:
    """Read one keyword-only argument."""
    marks: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        marks = tuple(rest)
    span = next((mark for mark in marks if isinstance(mark, Range)), None)
    kind = next((mark.name for mark in marks if isinstance(mark, Kind)), None)
    choices = get_args(hint) if get_origin(hint) is Literal else None
    if kind is None:
        kind = "choice" if choices else _KINDS[_plain(hint)]
    return Param(name, hint, default, choices, span, kind)


def _plain(hint: Any) -> Any:
    """The type that edits a hint: `int | float` and `float | None` are edited as float."""
    if get_origin(hint) in (Union, UnionType):
        options = set(get_args(hint))
        return float if float in options else next(iter(options - {type(None)}))
    return hint
