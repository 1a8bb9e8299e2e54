"""The error function and its complement, which numpy does not have.

The rational approximations of Sun's fdlibm (s_erf.c), over whole arrays; each is right to the last bit or next to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_SMALL = (
    (1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02, -5.77027029648944159157e-03,
     -2.37630166566501626084e-05),
    (1.0, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
     1.32494738004321644526e-04, -3.96022827877536812320e-06),
)  # fmt: skip
_AROUND_ONE = (
    (-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01, 3.18346619901161753674e-01,
     -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03),
    (1.0, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
     1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02),
)  # fmt: skip
_LARGE = (
    (-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01, -6.23753324503260060396e+01,
     -1.62396669462573470355e+02, -1.84605092906711035994e+02, -8.12874355063065934246e+01,
     -9.81432934416914548592e+00),
    (1.0, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02,
     6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02, 6.57024977031928170135e+00,
     -6.04244152148580987438e-02),
)  # fmt: skip
_LARGEST = (
    (-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01, -1.60636384855821916062e+02,
     -6.37566443368389627722e+02, -1.02509513161107724954e+03, -4.83519191608651397019e+02),
    (1.0, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
     3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02, -2.24409524465858183362e+01),
)  # fmt: skip
_AT_ONE = 8.45062911510467529297e-01
"""erf(1), rounded to a float that adds up exactly."""


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Any) -> Any:
    """A quotient of two polynomials, lowest powers first."""
    above, below = coefficients
    return np.polyval(above[::-1], x) / np.polyval(below[::-1], x)


def _tail(x: Any, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> Any:
    """erfc of what is large; x² is split so that its square is exact."""
    rounded = x.astype(np.float32).astype(np.float64)
    rest = (rounded - x) * (rounded + x) + _ratio(coefficients, 1 / (x * x))
    return np.exp(-rounded * rounded - 0.5625) * np.exp(rest) / x


def _by_size(x: Any, parts: tuple[Callable[[Any], Any], ...]) -> Any:
    """Each part over the elements whose size is its own; `x` is not negative, and nan stays nan."""
    place = np.searchsorted((0.84375, 1.25, 1 / 0.35, 28.0), x, "right")
    result = np.array(x)
    for i, part in enumerate(parts):
        here = (place == i) & (x == x)
        if here.any():
            result[here] = part(x[here])
    return result


def erf_values(array: Any) -> Any:
    """erf of every element, in the dtype of the array."""
    x = np.abs(np.asarray(array, np.float64))
    values = _by_size(
        x,
        (
            lambda x: x + x * _ratio(_SMALL, x * x),
            lambda x: _AT_ONE + _ratio(_AROUND_ONE, x - 1),
            lambda x: 1 - _tail(x, _LARGE),
            lambda x: 1 - _tail(x, _LARGEST),
            np.ones_like,
        ),
    )
    return np.copysign(values, array).astype(array.dtype)


def erfc_values(array: Any) -> Any:
    """1 - erf of every element, exact also where erf is almost 1."""
    x = np.asarray(array, np.float64)
    size = np.abs(x)
    far = _by_size(
        size,
        (
            lambda x: 0.5 - (x - 0.5 + x * _ratio(_SMALL, x * x)),  # so that nothing is lost at a half
            lambda x: 1 - _AT_ONE - _ratio(_AROUND_ONE, x - 1),
            lambda x: _tail(x, _LARGE),
            lambda x: _tail(x, _LARGEST),
            np.zeros_like,
        ),
    )
    return np.where(x < 0, 2 - far, far).astype(array.dtype)
