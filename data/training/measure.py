"""Metrics, calibration and thresholds of one label on held-out rows, at a stated base rate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain.policy import LabelThresholds
from core.metrics.bootstrap import bootstrap
from core.metrics.calibration import expected_calibration_error
from core.metrics.classification import confusion
from core.metrics.ranking import Ranked

Floats = npt.NDArray[np.float64]

#: Reject by itself only where at least this share of the rejected is truly bad ...
_REJECT_PRECISION = 0.95
#: ... shown on at least this many held-out positives above the bound.
_REJECT_POSITIVES = 40


#: With fewer positives a fitted slope is noise and makes scores overconfident.
_PLATT_POSITIVES = 50
_ROUNDS = 200


@dataclass
class LabelReport:
    """What a head reaches on rows it never saw."""

    count: int
    positives: int
    base_rate: float
    auroc: float
    auroc_interval: tuple[float, float]
    auprc: float
    f1: float
    ece: float
    slope: float
    shift: float
    thresholds: LabelThresholds
    review_share: float
    review_recall: float


def weights_at_base_rate(truth: npt.NDArray[np.int8], base_rate: float) -> Floats:
    """Weights that make positives the stated share of the rows."""
    share = truth.mean()
    weights: Floats = np.where(truth == 1, base_rate / share, (1 - base_rate) / (1 - share))
    return weights


def measure_label(
    logits: Floats,
    truth: npt.NDArray[np.int8],
    base_rate: float,
    *,
    review_from: float,
    groups: Sequence[str],
) -> LabelReport:
    """Fits Platt's slope and shift at the base rate, then measures; half fits, half measures."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # extra `train`

    weights = weights_at_base_rate(truth, base_rate)
    # Rows of a group stand on one side: half of the groups fit, the other half measure.
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    fits = (np.random.default_rng(0).random(int(member.max()) + 1) < 0.5)[member]
    if truth[fits].sum() >= _PLATT_POSITIVES:
        platt = LogisticRegression(C=1e6).fit(
            logits[fits, None], truth[fits], sample_weight=weights[fits]
        )
        slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    else:
        slope, shift = 1.0, _shift_to(logits[fits], weights[fits], base_rate)
    scores = 1 / (1 + np.exp(-(slope * logits + shift)))
    thresholds = suggest_thresholds(scores, truth, weights, review_from)
    ranked = Ranked(truth, logits)
    area = bootstrap(ranked.auroc, truth.size, groups=groups, rounds=_ROUNDS)
    ones = np.ones(truth.size)
    above = scores >= thresholds.approve_below
    return LabelReport(
        count=int(truth.size),
        positives=int(truth.sum()),
        base_rate=base_rate,
        auroc=ranked.auroc(ones) or float("nan"),
        auroc_interval=(area.low, area.high) if area else (0.0, 1.0),
        auprc=ranked.average_precision(ones) or float("nan"),
        f1=confusion(truth, above).macro_f1,
        ece=expected_calibration_error(truth[~fits], scores[~fits], weights[~fits]),
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


def suggest_thresholds(
    scores: Floats, truth: npt.NDArray[np.int8], weights: Floats, review_from: float
) -> LabelThresholds:
    """The stated review bound, and the reject bound by precision."""
    order = np.argsort(-scores, kind="stable")
    positives = np.cumsum((weights * truth)[order])
    precision = positives / np.cumsum(weights[order])
    enough = np.cumsum(truth[order]) >= _REJECT_POSITIVES
    fits = np.flatnonzero(enough & (precision >= _REJECT_PRECISION))
    if not fits.size:
        return LabelThresholds(approve_below=review_from)
    reject_at = max(float(scores[order][fits[-1]]), 0.8)
    return LabelThresholds(approve_below=review_from, reject_above=round(reject_at, 3))


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
