"""Metrics, calibration and thresholds of one label on held-out rows, at a stated base rate."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain.policy import LabelThresholds

Floats = npt.NDArray[np.float64]

#: Review from this score on: a review then costs 30 % of a mistake (Chow 1970).
_REVIEW_AT = 0.30
_LEAST_RECALL = 0.60
#: Reject by itself only where at least this share of the rejected is truly bad ...
_REJECT_PRECISION = 0.95
#: ... shown on at least this many held-out positives above the bound.
_REJECT_POSITIVES = 40


#: With fewer positives a fitted slope is noise and makes scores overconfident.
_PLATT_POSITIVES = 50


@dataclass
class LabelReport:
    """What a head reaches on rows it never saw."""

    count: int
    positives: int
    base_rate: float
    auroc: float
    auprc: float
    f1: float
    ece: float
    slope: float
    shift: float
    thresholds: LabelThresholds
    review_share: float
    review_recall: float
    seconds: float = 0.0


def weights_at_base_rate(truth: npt.NDArray[np.int8], base_rate: float) -> Floats:
    """Weights that make positives the stated share of the rows."""
    share = truth.mean()
    weights: Floats = np.where(truth == 1, base_rate / share, (1 - base_rate) / (1 - share))
    return weights


def measure_label(logits: Floats, truth: npt.NDArray[np.int8], base_rate: float) -> LabelReport:
    """Fits Platt's slope and shift at the base rate, then measures; half fits, half measures."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # extra `train`
    from sklearn.metrics import (  # noqa: PLC0415  # extra `train`
        average_precision_score,
        f1_score,
        roc_auc_score,
    )

    weights = weights_at_base_rate(truth, base_rate)
    fits = np.random.default_rng(0).random(truth.size) < 0.5
    if truth[fits].sum() >= _PLATT_POSITIVES:
        platt = LogisticRegression(C=1e6).fit(
            logits[fits, None], truth[fits], sample_weight=weights[fits]
        )
        slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    else:
        slope, shift = 1.0, _shift_to(logits[fits], weights[fits], base_rate)
    scores = 1 / (1 + np.exp(-(slope * logits + shift)))
    thresholds = suggest_thresholds(scores, truth, weights)
    above = scores >= thresholds.approve_below
    return LabelReport(
        count=int(truth.size),
        positives=int(truth.sum()),
        base_rate=base_rate,
        auroc=float(roc_auc_score(truth, logits)),
        auprc=float(average_precision_score(truth, logits)),
        f1=float(f1_score(truth, logits > 0, average="macro")),
        ece=expected_calibration_error(scores[~fits], truth[~fits], weights[~fits]),
        slope=slope,
        shift=shift,
        thresholds=thresholds,
        review_share=float(weights[above].sum() / weights.sum()),
        review_recall=float(truth[above].sum() / max(1, truth.sum())),
    )


def _shift_to(logits: Floats, weights: Floats, base_rate: float) -> float:
    """The shift at which the weighted mean score is the base rate, by bisection."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = np.average(1 / (1 + np.exp(-(logits + middle))), weights=weights)
        low, high = (middle, high) if mean < base_rate else (low, middle)
    return (low + high) / 2


def expected_calibration_error(
    scores: Floats, truth: npt.NDArray[np.int8], weights: Floats, bins: int = 10
) -> float:
    """ECE = sum over equal-width bins of (weight share) * |observed rate - mean score|."""
    place = np.minimum((scores * bins).astype(int), bins - 1)
    error = 0.0
    for each in range(bins):
        inside = place == each
        weight = weights[inside].sum()
        if weight > 0:
            observed = np.average(truth[inside], weights=weights[inside])
            predicted = np.average(scores[inside], weights=weights[inside])
            error += weight / weights.sum() * abs(observed - predicted)
    return float(error)


def suggest_thresholds(
    scores: Floats, truth: npt.NDArray[np.int8], weights: Floats
) -> LabelThresholds:
    """The review bound by cost, lowered until recall suffices; the reject bound by precision."""
    review_at = min(_REVIEW_AT, float(np.quantile(scores[truth == 1], 1 - _LEAST_RECALL)))
    order = np.argsort(-scores)
    positives = np.cumsum((weights * truth)[order])
    precision = positives / np.cumsum(weights[order])
    enough = np.cumsum(truth[order]) >= _REJECT_POSITIVES
    fits = np.flatnonzero(enough & (precision >= _REJECT_PRECISION))
    if not fits.size:
        return LabelThresholds(approve_below=round(review_at, 3))
    reject_at = max(float(scores[order][fits[-1]]), 0.8)
    return LabelThresholds(approve_below=round(review_at, 3), reject_above=round(reject_at, 3))


def tone_cuts(scores: Floats, tones: npt.NDArray[np.int8]) -> tuple[float, float]:
    """Below the first bound a text counts as positive, from the second on as negative.

    The pair with the best mean recall over the three tones (-1, 0, 1), among percentiles.
    """
    places = np.unique(np.quantile(scores, np.linspace(0.02, 0.98, 97)))
    below = np.array(
        [[(scores[tones == tone] < place).mean() for place in places] for tone in (-1, 0, 1)]
    )
    # recall of positive below the first + of neutral between + of negative from the second on
    total = below[2][:, None] + (below[1][None, :] - below[1][:, None]) + 1 - below[0][None, :]
    total[np.tril_indices(places.size)] = -1.0
    low, high = np.unravel_index(int(np.argmax(total)), total.shape)
    return round(float(places[low]), 4), round(float(places[high]), 4)
