"""Fitting one logistic head a label on the rows that know the label (null = unknown: masked)."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.label import SCORED_LABELS, Label
from core.errors import WorkbenchError

Floats = npt.NDArray[np.float64]
TONE = "tone"


class Heads(NamedTuple):
    """Weights, shape (features, labels), and biases, shape (labels,)."""

    weights: Floats
    bias: Floats


def fit_heads(features: Any, rows: pl.DataFrame, *, c: float, seed: int) -> Heads:
    """One head per scored label on dense or sparse features, shape (n, features)."""
    fitted = [_fit(features, rows, label, c, seed) for label in SCORED_LABELS]
    return Heads(
        np.stack([weights for weights, _ in fitted], axis=1),
        np.array([bias for _, bias in fitted]),
    )


def _fit(
    features: Any, rows: pl.DataFrame, label: Label, c: float, seed: int
) -> tuple[Floats, float]:
    if label is Label.SENTIMENT:
        return _ordinal(features, rows[TONE], c, seed)
    known = np.flatnonzero(rows[label.value].is_not_null().to_numpy())
    model = _logistic(features, c, seed, class_weight="balanced")
    model.fit(features[known], rows[label.value].drop_nulls().to_numpy())
    return model.coef_[0], float(model.intercept_[0])


def _ordinal(features: Any, tone: pl.Series, c: float, seed: int) -> tuple[Floats, float]:
    """Proportional odds (McCullagh 1980): one direction for negative < neutral < positive.

    P(negative) = sigmoid(x w + b1) and P(negative or neutral) = sigmoid(x w + b2) share w, so that
    the score orders all three tones. Fitted as one logistic regression on rows taken twice.
    """
    from scipy import sparse  # noqa: PLC0415  # extra `train`

    known = np.flatnonzero(tone.is_not_null().to_numpy())
    tones, rows = tone.drop_nulls().to_numpy(), features[known]
    truth = np.concatenate([tones == -1, tones <= 0])
    is_first = np.concatenate([np.ones(tones.size), np.zeros(tones.size)])[:, None]
    if sparse.issparse(rows):
        twice: Any = sparse.hstack([sparse.vstack([rows, rows]), sparse.csr_array(is_first)])
        twice = sparse.csr_array(twice)
    else:
        twice = np.hstack([np.vstack([rows, rows]), is_first])
    model = _logistic(features, c, seed)
    model.fit(twice, truth)
    return model.coef_[0][:-1], float(model.intercept_[0] + model.coef_[0][-1])


def _logistic(features: Any, c: float, seed: int, class_weight: str | None = None) -> Any:
    try:
        from scipy.sparse import issparse  # noqa: PLC0415  # extra `train`
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # extra `train`
    except ImportError as error:
        raise WorkbenchError(
            "Training needs scikit-learn: pip install 'moddesk[train]'."
        ) from error
    return LogisticRegression(
        C=c,
        class_weight=class_weight,
        solver="liblinear" if issparse(features) else "lbfgs",
        max_iter=400,
        random_state=seed,
    )
