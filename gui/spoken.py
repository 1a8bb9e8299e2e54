"""What the engine says, in the language of the window. The engine itself speaks English and knows no Qt."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.sentence import Sentence


def spoken(text: str) -> str:
    """A sentence of the engine, translated: its template first, then the sentences that it was made of.

    The texts are listed for translators in `gui/engine_texts.py`. torch's own words are not among them: a learner
    is to meet them as they are.
    """
    if not isinstance(text, Sentence):
        return QCoreApplication.translate("Engine", text) if text else ""
    values = {name: spoken(value) if isinstance(value, Sentence) else value for name, value in text.values.items()}
    return QCoreApplication.translate("Engine", text.template).format(**values)
