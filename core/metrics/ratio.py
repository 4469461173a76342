"""Shares inside a domain from a stratified sample: precision, recall, prevalence with intervals.

A ratio R = sum w y / sum w x (y counts positives among the x rows of the domain) has the linearised
variance sum_h n_h / (n_h - 1) (sum z^2 - (sum z)^2 / n_h) with z = w (y - R x) / sum w x over all
n_h reviewed rows of stratum h (Cochran 1977, 6.13; Lumley 2010, 2.2).
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri

from core.metrics.intervals import Interval
from core.metrics.survey import UNKNOWN, Estimate, t_quantile

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ratios:
    """One ratio for each of T cuts, with intervals; NaN where its domain is empty."""

    value: Floats
    low: Floats
    high: Floats
    count: Floats
    """Reviewed rows in the domain."""

    def at(self, place: int) -> Estimate:
        """The ratio of one cut."""
        value = float(self.value[place])
        if np.isnan(value):
            return UNKNOWN
        return Estimate(
            value=value,
            interval=Interval(low=float(self.low[place]), high=float(self.high[place])),
            count=float(self.count[place]),
            method="",
        )


def stratified_ratios(
    weights: npt.ArrayLike,
    drawn: npt.ArrayLike,
    inside: npt.ArrayLike,
    positive: npt.ArrayLike,
    *,
    confidence: float = 0.95,
) -> Ratios:
    """R(t) = sum_h w_h y_h(t) / sum_h w_h x_h(t).

    `weights` and `drawn` (H,): each stratum's expansion weight (> 0) and reviewed rows;
    `inside` and `positive` (H, T): of them, those in the domain and the positive ones among these.
    With equal weights the interval is Wilson's, else Korn and Graubard's, which is never too
    narrow.
    """
    weight = np.asarray(weights, dtype=np.float64)[:, None]
    rows = np.asarray(drawn, dtype=np.float64)[:, None]
    x = np.asarray(inside, dtype=np.float64)
    y = np.asarray(positive, dtype=np.float64)
    whole = (weight * x).sum(axis=0)
    count = x.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(whole > 0, (weight * y).sum(axis=0) / whole, np.nan)
        if np.unique(weight[x.sum(axis=1) > 0]).size <= 1:
            low, high = _wilson(ratio, count, confidence)
        else:
            effective = _effective(weight, rows, x, y, ratio, whole, confidence)
            low, high = _beta(ratio, effective, confidence)
    return Ratios(value=ratio, low=low, high=high, count=count)


def stratified_ratio(
    weights: npt.ArrayLike, drawn: npt.ArrayLike, inside: npt.ArrayLike, positive: npt.ArrayLike
) -> Estimate:
    """The ratio of one domain; `inside` and `positive` of shape (H,)."""
    x = np.asarray(inside, dtype=np.float64)[:, None]
    y = np.asarray(positive, dtype=np.float64)[:, None]
    if not x.size:
        return UNKNOWN
    return stratified_ratios(weights, drawn, x, y).at(0)


def _effective(
    weight: Floats, rows: Floats, x: Floats, y: Floats, ratio: Floats, whole: Floats,
    confidence: float,
) -> Floats:  # fmt: skip
    """The sample size at which a simple random sample would be as precise; Kish's at 0 and 1."""
    total = weight * (y - ratio * x) / whole
    squares = weight**2 * (y * (1 - ratio) ** 2 + (x - y) * ratio**2) / whole**2
    spread = squares - total**2 / np.maximum(rows, 1)
    variance = (rows / np.maximum(rows - 1, 1) * np.maximum(spread, 0)).sum(axis=0)
    seen = rows > 0
    freedom = max(1.0, float(rows.sum() - seen.sum()))
    scale = (
        t_quantile(max(1.0, float(rows.sum()) - 1), confidence) / t_quantile(freedom, confidence)
    ) ** 2
    by_kish = whole**2 / (weight**2 * x).sum(axis=0)
    by_variance = ratio * (1 - ratio) / variance * scale
    effective: Floats = np.where(variance > 0, by_variance, by_kish)
    return effective


def _wilson(ratio: Floats, count: Floats, confidence: float) -> tuple[Floats, Floats]:
    z = float(ndtri(0.5 + confidence / 2))
    centre = ratio + z * z / (2 * count)
    spread = z * np.sqrt(ratio * (1 - ratio) / count + z * z / (4 * count**2))
    scale = 1 + z * z / count
    return np.clip((centre - spread) / scale, 0, 1), np.clip((centre + spread) / scale, 0, 1)


def _beta(ratio: Floats, effective: Floats, confidence: float) -> tuple[Floats, Floats]:
    tail = (1 - confidence) / 2
    hits, misses = ratio * effective, (1 - ratio) * effective
    low = np.where(hits > 0, betaincinv(np.maximum(hits, 1e-12), misses + 1, tail), 0.0)
    high = np.where(misses > 0, betaincinv(hits + 1, np.maximum(misses, 1e-12), 1 - tail), 1.0)
    missing = np.isnan(ratio)
    return np.where(missing, np.nan, low), np.where(missing, np.nan, high)


def half_width(share: float, count: float) -> float:
    """The expected half width of a 95 % interval of a share from `count` simple draws."""
    return 1.959964 * sqrt(share * (1 - share) / count) if count > 0 else 1.0
