"""Scores mapped so that .3 means that three in ten are harmful (Platt scaling)."""

import numpy as np
import numpy.typing as npt

from core.domain.score_map import Floats, ScoreMap, logits, sigmoid
from core.errors import RecalibrationError

Flags = npt.NDArray[np.bool_]
Folds = npt.NDArray[np.intp]

#: Fewer reviews than this, or fewer of either kind, fix no slope.
LEAST_REVIEWS, LEAST_OF_EITHER = 50, 10
FOLDS = 5
_ROUNDS = 100


def fit_score_map(
    harmful: npt.ArrayLike, scores: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> ScoreMap:
    """The slope and shift under which people's decisions are most likely.

    Maximises sum of w [t log q + (1 - t) log(1 - q)], q = sigmoid(slope x logit(score) + shift).
    The weights are scaled to sum to the number of reviews; t is Platt's smoothed target, (P + 1) /
    (P + 2) for harmful reviews and 1 / (N + 2) for others, P and N their weighted counts. Assumes
    that the log odds of harm are linear in those of the score. Raises RecalibrationError when
    there are too few reviews, or scores do not rise with harm. Platt 1999; Lin, Lin, Weng 2007.
    """
    truth = np.asarray(harmful, dtype=np.bool_)
    _enough(truth)
    return _fitted(truth, np.asarray(scores, dtype=np.float64), _scaled(weights, truth.size))


def out_of_fold(
    harmful: npt.ArrayLike,
    scores: npt.ArrayLike,
    folds: Folds,
    weights: npt.ArrayLike | None = None,
) -> Floats:
    """Each score mapped by what is fitted on the other folds only; (n,).

    A fold whose others fit no map keeps its scores: so would the model.
    """
    truth = np.asarray(harmful, dtype=np.bool_)
    values = np.asarray(scores, dtype=np.float64)
    weight = _scaled(weights, truth.size)
    mapped = values.copy()
    for fold in np.unique(folds):
        here = folds == fold
        try:
            found = _fitted(truth[~here], values[~here], _scaled(weight[~here], int((~here).sum())))
        except RecalibrationError:
            continue
        mapped[here] = found.of(values[here])
    return mapped


def stratified_folds(harmful: npt.ArrayLike, lots: npt.ArrayLike, folds: int = FOLDS) -> Folds:
    """A fold 0..folds-1 for each review, by its lot; harmful ones are spread evenly. (n,)."""
    truth = np.asarray(harmful, dtype=np.bool_)
    lot = np.asarray(lots)
    found = np.zeros(truth.size, dtype=np.intp)
    # One count over both kinds, so that the folds are equally large too.
    order = np.lexsort((lot, truth))
    found[order] = np.arange(truth.size) % folds
    return found


def _enough(truth: Flags) -> None:
    count, positives = truth.size, int(truth.sum())
    if count < LEAST_REVIEWS:
        raise RecalibrationError(f"{count:,} reviews are too few: {LEAST_REVIEWS} are needed.")
    if positives < LEAST_OF_EITHER:
        raise RecalibrationError(
            f"{positives:,} of {count:,} reviews found harm: {LEAST_OF_EITHER} are needed."
        )
    if count - positives < LEAST_OF_EITHER:
        raise RecalibrationError(
            f"{count - positives:,} of {count:,} reviews found none: {LEAST_OF_EITHER} are needed."
        )


def _scaled(weights: npt.ArrayLike | None, count: int) -> Floats:
    if weights is None:
        return np.ones(count)
    weight = np.asarray(weights, dtype=np.float64)
    scaled: Floats = weight * (count / weight.sum())
    return scaled


def _fitted(truth: Flags, scores: Floats, weights: Floats) -> ScoreMap:
    if np.unique(scores).size < 2:
        raise RecalibrationError("All reviewed items have the same score.")
    positives = float(weights[truth].sum())
    negatives = float(weights[~truth].sum())
    targets = np.where(truth, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    slope, shift = _newton(np.stack([logits(scores), np.ones(scores.size)]), targets, weights)
    if slope <= 0:
        raise RecalibrationError("Its scores do not rise with harm: no map that keeps order fits.")
    return ScoreMap(slope=slope, shift=shift)


def _newton(columns: Floats, targets: Floats, weights: Floats) -> tuple[float, float]:
    """(slope, shift) at the minimum of a convex loss, from the map that changes nothing."""
    at = np.array([1.0, 0.0])
    loss = _loss(at @ columns, targets, weights)
    for _ in range(_ROUNDS):
        found = sigmoid(at @ columns)
        gradient = columns @ (weights * (found - targets))
        if float(np.abs(gradient).max()) < 1e-9 * targets.size:
            break
        hessian = (columns * (weights * found * (1 - found))) @ columns.T
        # Where all scores are saturated the curvature is lost in rounding.
        step = np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
        size = 1.0
        while (lower := _loss((at - size * step) @ columns, targets, weights)) > loss:
            size /= 2
            if size < 1e-12:
                return float(at[0]), float(at[1])
        at, loss = at - size * step, lower
    return float(at[0]), float(at[1])


def _loss(values: Floats, targets: Floats, weights: Floats) -> float:
    return float(np.sum(weights * (np.logaddexp(0, values) - targets * values)))
