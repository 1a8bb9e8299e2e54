"""The timeline: transport, the sentence of the step, and the track that one scrubs."""

from gui.panels.timeline.panel import Timeline
from gui.panels.timeline.sentence import sentence
from gui.panels.timeline.track import Track

__all__ = ["Timeline", "Track", "sentence"]
