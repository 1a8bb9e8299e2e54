"""Where a node may stand: what belongs to a loop, and what cannot be in one.

The verbs refuse the rest. A file may hold it all the same: then it opens, and the node says what is wrong.
"""

from __future__ import annotations

from engine.sentence import says

from .loops import CARRY, REPEAT, Loops
from .proposal import Proposal
from .records import Frame, Node

BACKWARD = "backward"


def misplaced(node: Node, loops: Loops) -> str | None:
    """Why the node cannot stand in these loops, or outside of all; None if it can."""
    if node.op in (CARRY, REPEAT) and not loops:
        return says("{name} belongs to a loop: drop it into a while frame.", name=node.name)
    if node.op == BACKWARD and loops:
        return says("{name} runs a pass when the program is done: it cannot stand inside a loop.", name=node.name)
    return None


def stray(proposal: Proposal) -> str | None:
    """What is wrong with where the nodes would stand that a user puts somewhere."""
    for node in proposal.reframed():
        loops = proposal.loops(node)
        if wrong := misplaced(node, loops):
            return wrong
        if node.op == REPEAT:
            for other in proposal.contents(loops[-1]):
                if isinstance(other, Node) and (other.op, proposal.loops(other)) == (REPEAT, loops) and other != node:
                    return second(proposal.frames[loops[-1]], other)
    return None


def second(loop: Frame, first: Node) -> str:
    """What is wrong with another repeat_while in a loop that has one."""
    return says("{loop} has its repeat_while already: {name}.", loop=loop.name, name=first.name)
