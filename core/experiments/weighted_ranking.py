"""Which of two scores ranks harmful items higher, from reviews of unequal weight and in clusters.

DeLong's test wants independent, equally weighted items. The infinitesimal jackknife (Jaeckel 1972)
does not: a metric is a function of the rows' weights, each row moves it by its weight times the
derivative, and the variance of a sum of moves is that of the design (`paired_ratios.variance_of`).
With equal weights and single rows it is DeLong's variance but for n against n - 1.
"""

from collections.abc import Callable
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from core.experiments.paired_ratios import Design, RatioDifference, two_sided_p, variance_of
from core.metrics.intervals import Interval

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_Moves = Callable[[Flags, Floats, Floats], tuple[float, Floats]]

_FEWEST = 2


def auc_difference(
    harmful: Flags, scores_a: npt.ArrayLike, scores_b: npt.ArrayLike, design: Design
) -> RatioDifference | None:
    """AUROC of B - that of A over rows (n,); None with fewer than two rows of a class."""
    return _difference(harmful, scores_a, scores_b, design, _auc_moves)


def precision_difference(
    harmful: Flags, scores_a: npt.ArrayLike, scores_b: npt.ArrayLike, design: Design
) -> RatioDifference | None:
    """Average precision of B - that of A; None with fewer than two rows of a class."""
    return _difference(harmful, scores_a, scores_b, design, _precision_moves)


def _difference(
    harmful: Flags, scores_a: npt.ArrayLike, scores_b: npt.ArrayLike, design: Design,
    moves_of: _Moves,
) -> RatioDifference | None:  # fmt: skip
    positives = int(np.count_nonzero(harmful))
    if min(positives, harmful.size - positives) < _FEWEST:
        return None
    a, moves_a = moves_of(harmful, np.asarray(scores_a, dtype=np.float64), design.weights)
    b, moves_b = moves_of(harmful, np.asarray(scores_b, dtype=np.float64), design.weights)
    apart = moves_b - moves_a
    is_same = bool(np.all(np.abs(apart) < 1e-15))
    difference = 0.0 if is_same else b - a
    error = 0.0 if is_same else sqrt(variance_of(apart, design))
    # Both separate the classes, with other scores: nothing is known of how areas vary.
    reach = float(ndtri(0.975)) * error if error > 0 or is_same else 2.0
    return RatioDifference(
        a=a,
        b=b,
        difference=difference,
        interval=Interval(low=max(-1.0, difference - reach), high=min(1.0, difference + reach)),
        error=error,
        p=two_sided_p(difference, error),
        count=int(harmful.size),
    )


def auc_error(harmful: Flags, scores: Floats, design: Design) -> float:
    """The standard error of one AUROC."""
    return sqrt(variance_of(_auc_moves(harmful, scores, design.weights)[1], design))


def precision_error(harmful: Flags, scores: Floats, design: Design) -> float:
    """The standard error of one average precision."""
    return sqrt(variance_of(_precision_moves(harmful, scores, design.weights)[1], design))


def _auc_moves(harmful: Flags, scores: Floats, weights: Floats) -> tuple[float, Floats]:
    """The AUROC, and each row's move: (its placement - AUC) w / W of its class; ties half."""
    step = np.unique(scores, return_inverse=True)[1]
    up = np.bincount(step, weights=weights * harmful)
    down = np.bincount(step, weights=weights * ~harmful)
    whole_up, whole_down = float(up.sum()), float(down.sum())
    below = (np.cumsum(down) - down / 2)[step] / whole_down
    above = (whole_up - np.cumsum(up) + up / 2)[step] / whole_up
    auc = float(np.sum(weights[harmful] * below[harmful]) / whole_up)
    moves = np.where(
        harmful, weights * (below - auc) / whole_up, weights * (above - auc) / whole_down
    )
    return auc, moves


def _precision_moves(harmful: Flags, scores: Floats, weights: Floats) -> tuple[float, Floats]:
    """Average precision, and each row's move.

    AP = 1/P sum_t h_t H_t / T_t over the scores t, h_t the harmful weight at t, H_t and T_t the
    harmful and the whole weight at t or above, P all of it. So dAP/dw of a row with score s and
    truth y is y (H_s / T_s - AP) / P + 1/P sum over t <= s of h_t (y / T_t - H_t / T_t^2).
    """
    step = np.unique(-scores, return_inverse=True)[1]
    here = np.bincount(step, weights=weights * harmful)
    hits = np.cumsum(here)
    total = np.cumsum(np.bincount(step, weights=weights))
    whole = float(hits[-1])
    precision = hits / total
    found = float(np.sum(here * precision) / whole)
    # Of a row, all steps from its own on: it is counted in each of them.
    gained = np.cumsum((here / total)[::-1])[::-1]
    lost = np.cumsum((here * hits / total**2)[::-1])[::-1]
    own = np.where(harmful, precision[step] - found + gained[step], 0.0)
    return found, weights * (own - lost[step]) / whole
