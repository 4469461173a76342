"""How much harm there is, from imperfect answers or with a model's help."""

from math import sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from core.metrics.intervals import Interval


def rogan_gladen(apparent: float, sensitivity: float, specificity: float) -> float | None:
    """The true share when the test errs: (AP + Sp - 1) / (Se + Sp - 1), kept in [0, 1].

    Rogan and Gladen (1978). None for a test that is no better than chance.
    """
    youden = sensitivity + specificity - 1
    if youden <= 0:
        return None
    return min(1.0, max(0.0, (apparent + specificity - 1) / youden))


def prediction_powered_mean(
    predicted_labelled: npt.ArrayLike,
    truth: npt.ArrayLike,
    predicted: npt.ArrayLike,
    confidence: float = 0.95,
) -> tuple[float, Interval]:
    """mean f(all) + mean(Y - f) on a random labelled part (Angelopoulos et al. 2023, lambda 1)."""
    everywhere = np.asarray(predicted, dtype=np.float64)
    rectifier = np.asarray(truth, dtype=np.float64) - np.asarray(
        predicted_labelled, dtype=np.float64
    )
    value = float(everywhere.mean() + rectifier.mean())
    error = sqrt(everywhere.var() / everywhere.size + rectifier.var() / rectifier.size)
    reach = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return value, Interval(low=value - reach, high=value + reach)


def bucket_prevalence(shares: npt.ArrayLike, rates: npt.ArrayLike) -> float:
    """sum w_b p_b: the share of positives from the mix of score buckets, whose rates are known.

    One labelled sample gives the rates p_b; each group of items only its mix w_b (sum 1).
    """
    return float(np.sum(np.asarray(shares, dtype=np.float64) * np.asarray(rates, dtype=np.float64)))
