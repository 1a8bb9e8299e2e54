"""What there is to say about a node's gradient at this moment: a sentence, and the numbers if there are any."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication

from engine.autograd.tensor import Tensor
from engine.document.loops import Place
from engine.run.replay import State


def gradient(place: Place, tensor: Tensor, state: State | None, handed: bool = False) -> tuple[str, np.ndarray | None]:
    """The gradient of `tensor`, which is that of a node in a turn; with a `state`, as it stands there in the pass.

    A carry only holds it (`handed`): whatever arrives there is handed on to where the tensor was made.
    """
    if not tensor.requires_grad:
        return QCoreApplication.translate("Inspector", "None – requires_grad is off, so no gradient comes here."), None
    if tensor.is_leaf and not handed:
        return _of_leaf(place, tensor, state)
    if handed:
        kept = QCoreApplication.translate("Inspector", "Handed on: a loop variable keeps no gradient.")
    else:
        kept = QCoreApplication.translate("Inspector", "None – not a leaf: torch keeps .grad for leaves only.")
    arrived = state.at(*place) if state else None
    if arrived is None:
        return kept, None
    if arrived.of_n > 1:
        passing = QCoreApplication.translate("Inspector", "Passing through, {count} of {of_n} arrived:").format(
            count=arrived.count, of_n=arrived.of_n
        )
    else:
        passing = QCoreApplication.translate("Inspector", "Passing through:")
    return f"{kept}\n{passing}", arrived.total


def _of_leaf(place: Place, tensor: Tensor, state: State | None) -> tuple[str, np.ndarray | None]:
    if state is not None:
        tray = state.tray_at(*place)
        kept = tray.after if tray else None
    else:
        kept = tensor.grad.array if tensor.grad is not None else None
    if kept is None:
        return QCoreApplication.translate("Inspector", "None – nothing has been added here yet."), None
    return "", kept
