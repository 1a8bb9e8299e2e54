"""What to do about an error, in one sentence; torch says only what is wrong."""

from __future__ import annotations

_ADVICE = (
    (
        "grad can be implicitly created only for scalar outputs",
        "Give backward a gradient of the same shape (the v of vᵀJ), or reduce to one number first, with sum or mean.",
    ),
    (
        "does not require grad and does not have a grad_fn",
        "Nothing here has history. Switch requires_grad on at a leaf that leads to this node, and follow the wires "
        "back: where they become dashed, something cut it off.",
    ),
    (
        "Trying to backward through the graph a second time",
        "The saved values are gone after one pass. On the canvas, press B: it runs forward again first; "
        "in a file, keep one backward node per graph.",
    ),
    ("Mismatch in shape: grad_output", "Give the gradient the very shape of the tensor; it is never broadcast."),
    ("must match the size of tensor", "Shapes are lined up from the right; each pair must be equal, or one of them 1."),
    ("shapes cannot be multiplied", "The columns of the left matrix must be as many as the rows of the right one."),
    ("can require gradients", "Choose a floating-point dtype, or switch requires_grad off."),
    (
        "condition is still true after",
        "Let the loop change what its condition reads, or allow it more turns: `most` of its repeat_while.",
    ),
    (
        "condition must be one boolean or number",
        "Reduce it to one number before it is compared, with norm, sum or max.",
    ),
    ("neither true nor false", "Scrub back through the turns of the loop to the first one with a NaN in it."),
)


def advice(message: str) -> str:
    """A sentence for the learner, or nothing if torch's words say it all."""
    return next((todo for part, todo in _ADVICE if part in message), "")
