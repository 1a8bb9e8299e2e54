"""Sentences for the user that remember what they were made of, so that a window can say them in another language.

The engine speaks English and knows no translator: `says("There is no node {id}.", id=id)` is a str like any other.
"""

from __future__ import annotations

from collections.abc import Mapping


class Sentence(str):
    """A str with the template and the values that it was made from."""

    template: str
    values: Mapping[str, object]


def says(template: str, **values: object) -> Sentence:
    """The template with the values put in. The template is a literal: translators see it as it stands."""
    made = Sentence(template.format(**values))
    made.template, made.values = template, values
    return made
