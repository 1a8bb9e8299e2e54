"""One node as an expression: ``x * 2``, ``z.mean()``, ``torch.softmax(x, 0)``. The op's declaration says how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.convert.literals import number, setting
from engine.document.params import plain, same
from engine.document.records import Json, Node
from engine.op import Op, Param
from engine.ops.calling import names_of

_CALL = re.compile(r"(?P<called>torch\.[\w.]+|\{\w+\}\.\w+)\((?P<given>.*)\)(?P<rest>[^()]*)")
_PLACE = re.compile(r"\{(\w+)\}")
SPREAD = ("einsum", "block_diag")
"""Ops of any number of tensors that take them one by one; the others take them in one list."""
METHODS = ("reduction",)
"""Categories whose functions are written as methods, as everybody does: ``z.mean()``."""


@dataclass(frozen=True, slots=True)
class Term:
    """What stands at a port: a variable, a number, or an expression, which needs parentheses beside an operator."""

    text: str
    kind: str = "name"  # "call", "number", "expression"

    def beside(self, template: str) -> str:
        """The text as it stands at the `{}` of a template that is no call."""
        if template.startswith("{}."):
            return self.text if self.kind in ("name", "call") else f"({self.text})"
        first = template.startswith("{}")
        if self.kind == "expression" or (self.kind == "number" and first and "**" in template and self.text[0] == "-"):
            return f"({self.text})"
        return self.text


def inline(value: Json) -> Term:
    """The number that stands at a port without an edge."""
    return Term(number(value), "number")


def expression(node: Node, op: Op, given: Mapping[str, Term]) -> Term:
    """What the node computes from what stands at its ports; an optional port that is empty is left out."""
    found = _CALL.fullmatch(op.torch) if op.torch else None
    tensors = any(term.kind != "number" for term in given.values())
    if op.torch and not found and (tensors or not names_of(op)):
        return _operator(op.torch, given)
    template = op.torch if op.torch and found else _by_name(op, given)
    return _call(node, op, given, template)


def draws(op: Op) -> bool:
    """Whether the op takes random numbers, from a stream that a seed begins."""
    return any(param.kind == "seed" for param in op.params)


def _operator(template: str, given: Mapping[str, Term]) -> Term:
    ports = _PLACE.findall(template)
    text = _PLACE.sub(lambda match: given[match[1]].beside(_alone(template, match[1])), template)
    return Term(text, "call" if len(ports) == 1 and "." in template else "expression")


def _alone(template: str, port: str) -> str:
    """The template with {} for one port."""
    return template.replace(f"{{{port}}}", "{}", 1) if template.startswith(f"{{{port}}}") else f" {template}"


def _by_name(op: Op, given: Mapping[str, Term]) -> str:
    """The template of a call by the op's first name."""
    ports = [port.name for port in op.ports]
    order = list(op.order)
    if op.category in METHODS and not op.torch and ports and given[ports[0]].kind != "number":
        return f"{{{ports[0]}}}.{op.name}({', '.join(f'{{{name}}}' for name in order if name != ports[0])})"
    return f"{names_of(op)[0]}({', '.join(f'{{{name}}}' for name in order)})"


def _call(node: Node, op: Op, given: Mapping[str, Term], template: str) -> Term:
    match = _CALL.fullmatch(template)
    assert match is not None, template
    words = [word.strip() for word in match["given"].split(",") if word.strip()]
    names = [place[1] if (place := _PLACE.search(word)) else "" for word in words]
    params = {param.name: param for param in op.params}
    set_here = dict(_settings(node, op))
    whole = bool(match["rest"]) or "" in names
    """`torch.max(x)` is another function than `torch.max(x, 0)`: where it picks a part of a result, all is spelled."""

    def value(name: str) -> str:
        return set_here.get(name) or setting(params[name], plain(params[name].default))

    texts: list[str] = []
    by_place = True
    for at, (word, name) in enumerate(zip(words, names, strict=True)):
        needed = whole or name in op.required or (not op.ports and op.torch is not None)
        needed = needed or any(later in given or (op.variadic and later == op.order[0]) for later in names[at + 1 :])
        if not name:
            text: str | None = word
        elif name not in params:
            text = _tensors(op, name, given)
        else:
            text = value(name) if needed or name in set_here else None
            alone = len(words) == 1 and template[0] == "{"
            if text and params[name].kind == "shape" and (alone or (not op.ports and op.required == (name,))):
                text = _sizes(text)
        by_place = by_place and text is not None and "=" not in word and (name not in params or needed)
        if text is not None:
            texts.append(text if by_place else f"{name}={text}")
    texts += [f"{name}={text}" for name, text in set_here.items() if f"{{{name}}}" not in template]
    called = _PLACE.sub(lambda place: given[place[1]].beside("{}."), match["called"])
    rest = _PLACE.sub(lambda place: value(place[1]), match["rest"])
    return Term(f"{called}({', '.join(texts)}){rest}", "call")


def _settings(node: Node, op: Op) -> Iterator[tuple[str, str]]:
    """The params that are set to something else than what they are anyway."""
    for param in op.params:
        value = node.params.get(param.name)
        if param.name not in node.params or param.kind in ("seed", "any"):
            continue
        if param.name in op.required or not _usual(param, value):
            yield param.name, setting(param, value, node.params.get("dtype"))


def _usual(param: Param, value: Json) -> bool:
    return same(plain(param.default), value)


def _tensors(op: Op, name: str, given: Mapping[str, Term]) -> str | None:
    """What stands at a port; of an op of any number of tensors, all of them: as one list, or one after the other."""
    if not op.variadic:
        return given[name].text if name in given else None
    texts = [given[port.name].text for port in op.ports if port.name in given]
    return ", ".join(texts) if op.name in SPREAD else f"[{', '.join(texts)}]"


def _sizes(text: str) -> str:
    """Sizes one by one, where a call takes nothing else: ``torch.ones(2, 3)``; none at all stay a tuple."""
    inside = text[1:-1].removesuffix(",")
    return inside or text
