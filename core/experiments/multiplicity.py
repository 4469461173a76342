"""Many comparisons at once: p-values that say what the smallest of them is worth."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def holm(p: npt.ArrayLike) -> Floats:
    """Adjusted p, in the input's order: below alpha, the chance of any false alarm is (Holm 1979).

    NaN or None (no comparison was possible) stays NaN and counts as no comparison.
    """
    return _adjusted(p, _holm)


def benjamini_hochberg(p: npt.ArrayLike) -> Floats:
    """Adjusted p, in the input's order: below alpha, the share of false alarms among alarms is.

    Benjamini and Hochberg 1995. NaN or None (no comparison was possible) stays NaN and counts as
    no comparison.
    """
    return _adjusted(p, _benjamini_hochberg)


def _holm(ordered: Floats) -> Floats:
    return np.maximum.accumulate(ordered * np.arange(ordered.size, 0, -1))


def _benjamini_hochberg(ordered: Floats) -> Floats:
    scaled = ordered * ordered.size / np.arange(1, ordered.size + 1)
    return np.minimum.accumulate(scaled[::-1])[::-1]


def _adjusted(p: npt.ArrayLike, rule: Callable[[Floats], Floats]) -> Floats:
    values = np.asarray(p, dtype=np.float64)
    adjusted = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    adjusted[order] = np.minimum(1.0, rule(values[order]))
    return adjusted
