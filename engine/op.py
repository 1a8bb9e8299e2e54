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

A gradient function is plain numpy. In a pass that is recorded itself (`create_graph`) it is called with tensors, and
numpy's functions record (engine.ops.protocol says which). Where torch has an operation of its own for a gradient, or
numpy would have to write into an array, the gradient function is an op too::

    @tanh.gradient("input", "g × (1 - output × output)")
    @op("g × (1 - result × result)", public=False)
    def tanh_backward(g, result):
        return g * (1 - result * result)

Its port `result` is the output of the op whose gradient it is; its params may name `input_shape` (any port +
`_shape`). `of` calls an op on arrays or tensors, whichever it is given.

An op of any number of tensors has one port for all of them, `*tensors`; its gradient function asks by keyword for
`place` (which of them) and `sizes` (their shapes).

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
    """A tensor that an op takes. An optional port may stay empty; a wired one takes an edge only, no number."""

    name: str
    optional: bool = False
    wired: bool = False


MOST_PORTS = 6
"""How many ports a node of an op of any number of tensors has on the canvas."""


@dataclass(frozen=True, slots=True)
class Param:
    """A setting of an op.

    kind names the field that edits it: "float", "int", "bool", "text", "choice", "shape" (tuple of sizes),
    "dims" (int, tuple of ints or None), "dtype" (name or None), "numbers" (nested lists), "seed", or "any" for what
    only an op inside another takes.
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
    """Keyword-only names: params, a port's `…_shape`, `place`, `sizes`."""
    op: Op | None = None
    """The function as an op, which a pass that is recorded applies in its place."""


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
    also: tuple[str, ...]
    """Other dotted names that it has in torch: "torch.multiply", "torch.nn.functional.tanh", "Tensor.negative"."""
    order: tuple[str, ...]
    """The order of its arguments in a call: of torch where that is not ports, then params."""
    variadic: bool
    """It takes any number of tensors."""
    statement: bool
    """It does something when a program reaches it, and has no value (backward)."""
    composite: bool
    """Its function is written in tensors and other ops, whose histories it leaves behind."""
    control: bool
    """It is the program's own flow, a loop: `evaluate` runs it, nobody applies it."""
    public: bool
    """False for what torch does inside other calls and gives no name to."""
    promote: Promotion | None
    apart: tuple[str, ...]
    """Ports that keep their own dtype where the others are promoted: a condition, a mask."""
    view: bool
    """The result may share memory with the first input."""
    grad_fn: str
    """The printed name of its history."""
    overloads: Mapping[str, str]
    """Other printed names: by a port that holds a Python number, or by a param that is given."""
    kernel: Callable[..., Any]
    """What runs on arrays: the function, or a C function that does the same without a call of Python's."""
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

    def of(self, *values: Any, **params: Any) -> Any:
        """The op on arrays, as plain numpy; on tensors, recorded. All params must be given."""
        if any(hasattr(value, "requires_grad") for value in values):
            return self.applied[0](*values, **params)
        return self.function(*values, **params)

    def gradient(self, port: str, formula: str) -> Callable[[Any], Any]:
        """Declare the gradient of one port; the formula is written in `g` and the names the function
        takes."""
        if port not in [p.name for p in self.ports] and not (self.variadic and port == self.order[0]):
            raise ValueError(f"{self.name} has no port {port!r}")

        def declare(function: Any) -> Any:
            declared = function if isinstance(function, Op) else None
            plain = declared.function if declared else function
            parameters = list(inspect.signature(plain).parameters.values())
            needs = tuple(p.name for p in parameters[1:] if p.kind is not p.KEYWORD_ONLY)
            if "result" not in [p.name for p in self.ports]:
                needs = tuple("output" if name == "result" else name for name in needs)
            params = tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
            self.gradients[port] = Gradient(formula, plain, needs, params, declared)
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


def op_named(name: str) -> Op:
    """An op, wherever it is declared; KeyError if it is nowhere."""
    return OPS[name] if name in OPS else PARTS[name]


SPELLED: dict[str, Callable[..., Any]] = {}
"""By dotted name: what torch calls by one name and decides by its arguments, in ops (`torch.max`)."""


def spelled(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a function that is written in ops its names in torch: "torch.max", "Tensor.max"."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            SPELLED[name] = function
        return function

    return declare


def op(
    formula: str,
    *,
    torch: str | None = None,
    also: tuple[str, ...] = (),
    order: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    grad_fn: str | None = None,
    overloads: Mapping[str, str] | None = None,
    required: tuple[str, ...] = (),
    promote: Promotion | None = None,
    apart: tuple[str, ...] = (),
    kernel: Callable[..., Any] | None = None,
    view: bool = False,
    statement: bool = False,
    composite: bool = False,
    control: bool = False,
    wired: tuple[str, ...] = (),
    public: bool = True,
) -> Callable[[Callable[..., Any]], Op]:
    """Declare a function as an op and put it in `OPS` (see the module's docstring)."""

    def declare(function: Callable[..., Any]) -> Op:
        name = function.__name__.rstrip("_")
        hints = get_type_hints(function, include_extras=True)
        signature = inspect.signature(function).parameters.values()
        many = next((p.name for p in signature if p.kind is p.VAR_POSITIONAL), None)
        if many:
            ports = tuple(Port(f"{many}{i}", i > 1) for i in range(1, MOST_PORTS + 1))
        else:
            places = [(p.name, p.default is not p.empty) for p in signature if p.kind is not p.KEYWORD_ONLY]
            ports = tuple(
                # a statement works on a tensor that was made: a number has no history
                Port(port, optional, port in wired or (statement and not optional))
                for port, optional in places
            )
        declared = Op(
            name=name,
            ports=ports,
            params=tuple(
                _param(p.name, hints.get(p.name, Any), p.default) for p in signature if p.kind is p.KEYWORD_ONLY
            ),
            formula=formula,
            doc=inspect.getdoc(function) or "",
            category=function.__module__.split(".")[2],
            aliases=aliases,
            torch=torch,
            also=also,
            order=order or tuple(p.name for p in signature),
            variadic=many is not None,
            statement=statement,
            composite=composite,
            control=control,
            public=public,
            promote=promote,
            apart=apart,
            view=view,
            grad_fn=grad_fn or "".join(word.capitalize() for word in name.split("_")) + "Backward0",
            overloads=overloads or {},
            kernel=kernel or function,
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
        kind = "choice" if choices else _KINDS.get(_plain(hint), "any")
    return Param(name, hint, default, choices, span, kind)


def _plain(hint: Any) -> Any:
    """The type that edits a hint: `int | float` and `float | None` are edited as float."""
    if get_origin(hint) in (Union, UnionType):
        options = set(get_args(hint))
        return float if float in options else next(iter(options - {type(None)}))
    return hint
