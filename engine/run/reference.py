"""What each op is, said once for whoever reads: `main.py ops` prints it, the Help of the window shows it.

Everything is read off the declaration, in sections of lines. A line is what it is about (an input, a param, nothing)
and what is said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from engine.document.search import Entry
from engine.op import MOST_PORTS, OPS, Op, Param, Range
from engine.ops import CATEGORIES
from engine.ops.calling import names_of
from engine.ops.kinks import KINKS, Kink
from engine.sentence import Sentence, says

Listed = TypeVar("Listed", Op, Entry)

TITLES: Mapping[str, str] = {
    "source": says("Tensors"),
    "control": says("Autograd"),
    "arithmetic": says("Arithmetic"),
    "functions": says("Functions"),
    "activation": says("Activation"),
    "reduction": says("Reduction"),
    "linalg": says("Matrices"),
    "shape": says("Shape"),
    "indexing": says("Indexing"),
    "comparison": says("Comparison and logic"),
    "loss": says("Loss"),
    "convolution": says("Convolution and pooling"),
    "layers": says("Layers"),
}
"""What the categories are called, in the order in which a learner finds them."""


def title(category: str) -> str:
    """What a category is called; by its own name if nobody gave it a title."""
    return TITLES.get(category, category.replace("_", " ").capitalize())


@dataclass(frozen=True, slots=True)
class Section:
    """One thing that is to be said of an op: lines of (what it is about, what is said)."""

    title: str
    lines: tuple[tuple[str, str], ...]
    code: bool = False
    """Its lines are mathematics or Python throughout."""


def doc(op: Entry) -> str:
    """The help of an op or a frame without the line breaks and the backquotes of its source."""
    return " ".join(op.doc.replace("`", "").split())


def sections(op: Entry) -> tuple[Section, ...]:
    """All that is said of an op or a frame besides its name and its help."""
    if not isinstance(op, Op):
        return (Section(says("Found as"), (("", ", ".join(op.aliases)),)),)
    found = (
        Section(says("Formula"), (("", op.formula),), code=True),
        Section(says("Gradients"), _gradients(op), code=True),
        Section(says("At its corners"), tuple(("", _told(kink)) for kink in KINKS.get(op.name, ()))),
        Section(says("In torch"), tuple(("", line) for line in torch_lines(op)), code=True),
        Section(says("Inputs"), _inputs(op)),
        Section(says("Parameters"), tuple((param.name, _setting(op, param)) for param in settings(op))),
        Section(says("History"), tuple(_history(op))),
        Section(says("Found as"), (("", ", ".join(op.aliases)),) if op.aliases else ()),
    )
    return tuple(section for section in found if section.lines)


def settings(op: Op) -> tuple[Param, ...]:
    """The params that a person sets; the others only an op inside another takes."""
    return tuple(param for param in op.params if param.kind != "any")


def torch_lines(op: Op) -> tuple[str, ...]:
    """How it is written in torch: as an operator where there is one, as a call, and by which other names."""
    names = names_of(op)
    if not names:
        return (_filled(op),) if op.torch else ()
    first = _call(op, names[0])
    written = (_filled(op),) if op.torch and not op.torch.startswith("torch.") else ()
    if names[0].startswith("Tensor.") and written:
        first = _call(op, names[0].removeprefix("Tensor."), method=True)
        written = ()
    return (*written, first, ", ".join(names[1:])) if names[1:] else (*written, first)


def _filled(op: Op) -> str:
    """The line of torch code with the names of the inputs and params in it."""
    return (op.torch or "").replace("{", "").replace("}", "")


def _call(op: Op, name: str, method: bool = False) -> str:
    params = {param.name: param for param in op.params}
    words = []
    for each in op.order:
        param = params.get(each)
        if param is not None and (param.kind in ("any", "seed")):
            continue
        given = param is None or each in op.required
        words.append(each if given or param is None else f"{each}={_default(param)}")
    optional = {port.name for port in op.ports if port.optional}
    words = [f"{word}=None" if word in optional else word for word in words]
    if method and words:
        return f"{words[0]}.{name}({', '.join(words[1:])})"
    return f"{name}({', '.join(words)})"


def _gradients(op: Op) -> tuple[tuple[str, str], ...]:
    if op.statement or op.control:
        return ()
    if op.variadic:
        return tuple((f"∂/∂{port}", gradient.formula) for port, gradient in op.gradients.items())
    if not op.gradients:
        made = says("through the operations that it is made of") if op.composite else says("none passes through it")
        return (("", made),) if op.ports else ()
    return tuple(
        (f"∂/∂{port.name}", op.gradients[port.name].formula if port.name in op.gradients else says("none"))
        for port in op.ports
    )


def _told(kink: Kink) -> Sentence:
    """Which slope the op takes where mathematics leaves a choice."""
    at, slope = (", ".join(f"{number:g}" for number in numbers) for numbers in (kink.at, kink.gradient or ()))
    if kink.gradient is None:
        return says("{code} at x = {at} passes no gradient", code=kink.code, at=at)
    return says("{code} at x = {at} has the slope {slope}", code=kink.code, at=at, slope=slope)


def _history(op: Op) -> Iterable[tuple[str, str]]:
    """The names that torch prints for its history."""
    if not op.gradients or op.statement:
        return
    yield "grad_fn", op.grad_fn
    ports = {port.name for port in op.ports}
    for name, printed in op.overloads.items():
        yield (says("{port} a number", port=name) if name in ports else says("{param} given", param=name)), printed


def _inputs(op: Op) -> tuple[tuple[str, str], ...]:
    if op.variadic:
        return ((op.order[0], says("any number of tensors; a node has room for {most}", most=MOST_PORTS)),)
    number = op.promote is not None and len(op.ports) > 1
    kind = says("a tensor or a number") if number else says("a tensor")
    optional = says("a tensor, or nothing")
    return tuple((port.name, optional if port.optional else kind) for port in op.ports)


def _setting(op: Op, param: Param) -> str:
    if param.name in op.required:
        return says("{type}; a new node has {default}", type=kind(param), default=_default(param))
    return f"{kind(param)} = {_default(param)}"


_KINDS = {
    "text": "str",
    "shape": "ints",
    "dims": "int | ints",
    "dtype": "dtype",
    "numbers": "numbers",
    "seed": "int",
}


def kind(param: Param) -> str:
    """What a param may be, as Python writes it: ``float in [0, 1] | None``."""
    text = _KINDS.get(param.kind, param.kind) if param.choices is None else " | ".join(map(repr, param.choices))
    if param.range is not None:
        text += _span(param.range)
    return f"{text} | None" if param.default is None and None not in (param.choices or ()) else text


def _span(span: Range) -> str:
    if span.low is not None and span.high is not None:
        return f" in [{span.low:.9g}, {span.high:.9g}]"
    return f" ≥ {span.low:.9g}" if span.low is not None else f" ≤ {span.high:.9g}" if span.high is not None else ""


def _default(param: Param) -> str:
    if isinstance(param.default, float) and param.default.is_integer() and abs(param.default) < 1e15:
        return f"{param.default:.1f}"
    return repr(param.default)


# As text -------------------------------------------------------------------------------------------------------------


def as_text() -> str:
    """Every op, for a terminal."""
    lines: list[str] = []
    for category, ops in by_category(OPS.values()):
        lines += [title(category), "=" * len(title(category)), ""]
        for op in ops:
            lines += [op.name, f"    {doc(op)}"]
            for section in sections(op):
                for number, (about, said) in enumerate(section.lines):
                    head = section.title.lower() if not number else ""
                    lines.append(f"    {head:<12}{f'{about}: ' if about else ''}{said}")
            lines.append("")
    return "\n".join(lines).rstrip()


def as_markdown() -> str:
    """Every op, as a page of Markdown."""
    lines = ["# Operations", ""]
    for category, ops in by_category(OPS.values()):
        lines += [f"## {title(category)}", ""]
        for op in ops:
            lines += [f"### {op.name}", "", doc(op), ""]
            for section in sections(op):
                lines += [f"- **{section.title}:** {_inline(section)}"]
            lines.append("")
    return "\n".join(lines).rstrip()


def _inline(section: Section) -> str:
    return "; ".join(f"{about} {_code(said)}" if about else _code(said) for about, said in section.lines)


def _code(text: str) -> str:
    """Code in backquotes; what is said in words stays as it is."""
    return text if isinstance(text, Sentence) else f"`{text}`"


def by_category(ops: Iterable[Listed]) -> list[tuple[str, list[Listed]]]:
    """Ops and frames in their categories; those without a title come last."""
    groups: dict[str, list[Listed]] = {category: [] for category in (*TITLES, *CATEGORIES)}
    for op in ops:
        groups[op.category].append(op)
    return [(category, members) for category, members in groups.items() if members]
