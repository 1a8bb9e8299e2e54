"""Modules that are a function of torch.nn.functional and its settings: activations, losses, pools.

Each is one line: its name, the function's name, the settings with torch's defaults in torch's order.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

from engine.torch.nn import functional
from engine.torch.nn.module import Module

NEEDED: Any = inspect.Parameter.empty
"""A setting without a default."""

PLAIN: dict[str, type[Module]] = {}
"""The modules of this kind by name."""

_UNLESS_SET = ("inplace", "return_indices", "recompute_scale_factor")
"""Settings that a function is told of only when they are set."""

_OLDER = ("size_average", "reduce")
"""Settings of losses that became `reduction`."""

_BUFFERS = ("weight", "pos_weight")
"""Settings that are tensors, and part of the module's state."""

Settings = dict[str, Any]


class Plain(Module):
    """A function of torch.nn.functional with its settings kept."""

    function: str
    """Its name there."""
    shown: str | Callable[[Settings], str] | None
    """What stands in the brackets, where that is not every setting but `inplace`."""
    settings: tuple[str, ...]
    """The names of what the function is told."""
    signature: inspect.Signature
    ready: Callable[[Settings], None] | None
    """Refuses settings, or completes them."""
    trains: bool
    """The function is told whether the module is in training."""
    call: Callable[..., Any] | None = None
    """The function itself, once it was used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        try:
            bound = self.signature.bind_partial(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}.__init__() {error}") from None
        needed = [name for name, parameter in self.signature.parameters.items() if parameter.default is NEEDED]
        missing = [repr(name) for name in needed if name not in bound.arguments]
        if missing:
            plural = "s" if len(missing) > 1 else ""
            raise TypeError(
                f"{type(self).__name__}.__init__() missing {len(missing)} required positional argument{plural}: "
                f"{' and '.join(missing)}"
            )
        bound.apply_defaults()
        if self.ready is not None:
            type(self).ready(bound.arguments)  # type: ignore[misc]  # a function of the class, not a method
        for name, value in bound.arguments.items():
            if name in _BUFFERS:
                self.register_buffer(name, value)
            else:
                self.__dict__[name] = value

    def forward(self, *input: Any, **named: Any) -> Any:
        kind = type(self)
        function = kind.call
        if function is None:
            function = getattr(functional, self.function)
            kind.call = staticmethod(function)
        for name in self.settings:
            value = getattr(self, name)
            if name not in _UNLESS_SET or value:
                named[name] = value
        if self.trains:
            named["training"] = self.training
        return function(*input, **named)

    def extra_repr(self) -> str:
        shown = type(self).shown
        if shown is not None:
            return shown.format_map(self.__dict__) if isinstance(shown, str) else shown(self.__dict__)
        parts = [f"{name}={getattr(self, name)!r}" for name in self.settings if name != "inplace"]
        return ", ".join([*parts, "inplace=True"] if getattr(self, "inplace", False) else parts)


def plain(
    name: str,
    function: str,
    *,
    shown: str | Callable[[Settings], str] | None = None,
    ready: Callable[[Settings], None] | None = None,
    trains: bool = False,
    **settings: Any,
) -> None:
    """Make a module of a function; settings: name=default, in the order in which they may be given."""
    parameters = [
        inspect.Parameter(setting, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
        for setting, default in settings.items()
    ]
    PLAIN[name] = type(
        name,
        (Plain,),
        {
            "__doc__": f"`torch.nn.functional.{function}` as a module.",
            "function": function,
            "shown": shown,
            "settings": tuple(setting for setting in settings if setting not in _OLDER),
            "signature": inspect.Signature(parameters),
            "ready": ready,
            "trains": trains,
        },
    )


# ------------------------------------------------------------ activations


def _in_order(s: Settings) -> None:
    if s["max_val"] <= s["min_val"]:
        raise AssertionError(f"max_val ({s['max_val']}) must be greater than min_val ({s['min_val']})")


plain("Threshold", "threshold", threshold=NEEDED, value=NEEDED, inplace=False)
plain("ReLU", "relu", inplace=False)
plain("RReLU", "rrelu", lower=1.0 / 8, upper=1.0 / 3, inplace=False, trains=True)
plain("Hardtanh", "hardtanh", ready=_in_order, min_val=-1.0, max_val=1.0, inplace=False)
plain("ReLU6", "relu6", inplace=False)
plain("Sigmoid", "sigmoid")
plain("Hardsigmoid", "hardsigmoid", shown="", inplace=False)
plain("Tanh", "tanh")
plain("SiLU", "silu", inplace=False)
plain("Mish", "mish", inplace=False)
plain("Hardswish", "hardswish", shown="", inplace=False)
plain("ELU", "elu", alpha=1.0, inplace=False)
plain("CELU", "celu", alpha=1.0, inplace=False)
plain("SELU", "selu", inplace=False)
plain("GLU", "glu", dim=-1)
plain("GELU", "gelu", approximate="none")
plain("Hardshrink", "hardshrink", shown="{lambd}", lambd=0.5)
plain("LeakyReLU", "leaky_relu", negative_slope=0.01, inplace=False)
plain("LogSigmoid", "logsigmoid")
plain("Softplus", "softplus", beta=1.0, threshold=20.0)
plain("Softshrink", "softshrink", shown="{lambd}", lambd=0.5)
plain("Softsign", "softsign")
plain("Tanhshrink", "tanhshrink")
plain("Softmin", "softmin", dim=None)
plain("Softmax", "softmax", dim=None)
plain("LogSoftmax", "log_softmax", dim=None)


# ------------------------------------------------------------ losses


def _reduction(s: Settings) -> None:
    """torch's older way to say it."""
    average, reduce = s.pop("size_average", None), s.pop("reduce", None)
    if average is None and reduce is None:
        return
    average, reduce = average is not False, reduce is not False
    s["reduction"] = ("mean" if average else "sum") if reduce else "none"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{s['reduction']}' instead.",
        UserWarning,
        stacklevel=4,
    )


def _margin(s: Settings) -> None:
    _reduction(s)
    if s["margin"] <= 0:
        raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {s['margin']} instead")


def _delta(s: Settings) -> None:
    if not isinstance(s["delta"], (int, float)):
        raise TypeError(f"delta must be a float or int, got: {type(s['delta'])}")


def _classes(s: Settings) -> None:
    _reduction(s)
    if s["p"] not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")


def loss(name: str, function: str, **settings: Any) -> None:
    """A loss prints without its settings; where torch's older arguments stand, they follow the others unless said."""
    if "reduction" not in settings:
        settings |= {"size_average": None, "reduce": None, "reduction": "mean"}
    plain(name, function, shown="", **{"ready": _reduction, **settings})


_FIRST: Settings = {"size_average": None, "reduce": None, "reduction": "mean"}

loss("L1Loss", "l1_loss")
loss("MSELoss", "mse_loss")
loss("SmoothL1Loss", "smooth_l1_loss", **_FIRST, beta=1.0)
loss("HuberLoss", "huber_loss", ready=_delta, reduction="mean", delta=1.0)
loss("NLLLoss", "nll_loss", weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean")
loss(
    "CrossEntropyLoss",
    "cross_entropy",
    weight=None,
    size_average=None,
    ignore_index=-100,
    reduce=None,
    reduction="mean",
    label_smoothing=0.0,
)
loss("BCELoss", "binary_cross_entropy", weight=None)
loss("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", weight=None, **_FIRST, pos_weight=None)
loss("KLDivLoss", "kl_div", **_FIRST, log_target=False)
loss(
    "PoissonNLLLoss",
    "poisson_nll_loss",
    log_input=True,
    full=False,
    size_average=None,
    eps=1e-8,
    reduce=None,
    reduction="mean",
)
loss("GaussianNLLLoss", "gaussian_nll_loss", full=False, eps=1e-6, reduction="mean")
loss("HingeEmbeddingLoss", "hinge_embedding_loss", margin=1.0)
loss("SoftMarginLoss", "soft_margin_loss")
loss("MarginRankingLoss", "margin_ranking_loss", margin=0.0)
loss("MultiMarginLoss", "multi_margin_loss", ready=_classes, p=1, margin=1.0, weight=None)
loss("MultiLabelMarginLoss", "multilabel_margin_loss")
loss("MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss", weight=None)
loss("CosineEmbeddingLoss", "cosine_embedding_loss", margin=0.0)
loss("TripletMarginLoss", "triplet_margin_loss", ready=_margin, margin=1.0, p=2.0, eps=1e-6, swap=False)
plain("CosineSimilarity", "cosine_similarity", shown="", dim=1, eps=1e-8)
plain("PairwiseDistance", "pairwise_distance", shown="", p=2.0, eps=1e-6, keepdim=False)


# ------------------------------------------------------------ pools and windows


def _stride(s: Settings) -> None:
    if s["stride"] is None:
        s["stride"] = s["kernel_size"]


def _one_dimension(s: Settings) -> None:
    _stride(s)
    for name in ("kernel_size", "stride", "padding"):
        s[name] = tuple_of(s[name], 1)


def tuple_of(value: Any, n: int) -> tuple[Any, ...]:
    """One number for each of n dimensions."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * n


_MAX = "kernel_size={kernel_size}, stride={stride}, padding={padding}, dilation={dilation}, ceil_mode={ceil_mode}"
_AVERAGE = "kernel_size={kernel_size}, stride={stride}, padding={padding}"

for _n in "12":
    plain(
        f"MaxPool{_n}d",
        f"max_pool{_n}d",
        shown=_MAX,
        ready=_stride,
        kernel_size=NEEDED,
        stride=None,
        padding=0,
        dilation=1,
        return_indices=False,
        ceil_mode=False,
    )
    plain(f"AdaptiveAvgPool{_n}d", f"adaptive_avg_pool{_n}d", output_size=NEEDED)
    plain(
        f"AdaptiveMaxPool{_n}d",
        f"adaptive_max_pool{_n}d",
        shown="output_size={output_size}",
        output_size=NEEDED,
        return_indices=False,
    )
plain(
    "AvgPool1d",
    "avg_pool1d",
    shown=_AVERAGE,
    ready=_one_dimension,
    kernel_size=NEEDED,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
)
plain(
    "AvgPool2d",
    "avg_pool2d",
    shown=_AVERAGE,
    ready=_stride,
    kernel_size=NEEDED,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
)
plain("Unfold", "unfold", kernel_size=NEEDED, dilation=1, padding=0, stride=1)
plain("Fold", "fold", output_size=NEEDED, kernel_size=NEEDED, dilation=1, padding=0, stride=1)
plain("PixelShuffle", "pixel_shuffle", upscale_factor=NEEDED)
plain("PixelUnshuffle", "pixel_unshuffle", downscale_factor=NEEDED)


def _factor(s: Settings) -> None:
    factor = s["scale_factor"]
    s["scale_factor"] = tuple(map(float, factor)) if isinstance(factor, tuple) else float(factor) if factor else None


def _scaled(s: Settings) -> str:
    by = "size" if s["scale_factor"] is None else "scale_factor"
    return f"{by}={s[by]!r}, mode={s['mode']!r}"


plain(
    "Upsample",
    "interpolate",
    shown=_scaled,
    ready=_factor,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
)


# ------------------------------------------------------------ dropout


def _probability(s: Settings) -> None:
    if s["p"] < 0.0 or s["p"] > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {s['p']}")


for _name, _function in {
    "Dropout": "dropout",
    "Dropout1d": "dropout1d",
    "Dropout2d": "dropout2d",
    "Dropout3d": "dropout3d",
    "AlphaDropout": "alpha_dropout",
}.items():
    plain(_name, _function, shown="p={p}, inplace={inplace}", ready=_probability, trains=True, p=0.5, inplace=False)
