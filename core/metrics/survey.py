"""What a sample that was drawn by design says about everything it was drawn from.

Formulas: Cochran, Sampling Techniques (1977); Korn and Graubard (1998); Lumley's R package survey.
"""

from collections.abc import Sequence
from math import exp, log, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from core.domain.record import Record
from core.metrics.intervals import ANYTHING, Interval, beta_interval, wilson

Floats = npt.NDArray[np.float64]


class StratumSample(Record):
    """What was drawn from one stratum."""

    size: float
    """Items in the stratum."""
    drawn: float
    """Items drawn from it."""
    positives: float
    """Those drawn that were positive."""


class Estimate(Record):
    """A share with its interval, and what both rest on."""

    value: float | None
    """In [0, 1]; None when nothing was observed."""
    interval: Interval
    count: float
    """Observations behind it."""
    standard_error: float | None = None
    method: str = "Wilson"

    @property
    def is_known(self) -> bool:
        """Whether there is a value at all."""
        return self.value is not None


UNKNOWN = Estimate(value=None, interval=ANYTHING, count=0, method="no observations")


def stratified(
    strata: Sequence[StratumSample], confidence: float = 0.95, *, corrected: bool = True
) -> Estimate:
    """p = sum W_h p_h with a logit interval; W_h = N_h / N.

    V = sum W_h^2 (1 - f_h) p_h (1 - p_h) / (n_h - 1), f_h = n_h / N_h being the finite population
    correction (left out with `corrected=False`). Strata of which nothing was drawn are left out,
    and the estimate is then one of the rest. With no or only positives: Korn and Graubard.
    """
    seen = [each for each in strata if each.drawn > 0]
    total = sum(each.size for each in seen)
    if not seen or total <= 0:
        return UNKNOWN
    share = variance = 0.0
    for each in seen:
        weight, part = each.size / total, each.positives / each.drawn
        share += weight * part
        left = 1 - each.drawn / each.size if corrected else 1.0
        variance += weight**2 * max(0.0, left) * part * (1 - part) / max(1.0, each.drawn - 1)
    count = sum(each.drawn for each in seen)
    freedom = max(1.0, count - len(seen))
    error = sqrt(variance)
    if variance > 0:
        interval, method = logit_interval(share, error, freedom, confidence), "stratified, logit"
    elif count >= total and corrected:
        interval, method = Interval(low=share, high=share), "everything was drawn"
    else:
        weights = np.repeat(
            [each.size / each.drawn for each in seen], [max(1, round(each.drawn)) for each in seen]
        )
        interval = beta_interval(share * kish(weights), kish(weights), confidence)
        method = "stratified, Korn-Graubard"
    return Estimate(
        value=share, interval=interval, count=count, standard_error=error, method=method
    )


def logit_interval(
    share: float, error: float, freedom: float, confidence: float = 0.95
) -> Interval:
    """logit(p) +- t_df se / (p (1 - p)), taken back to [0, 1]."""
    if not 0 < share < 1:
        return Interval(low=share, high=share) if error == 0 else ANYTHING
    reach = t_quantile(freedom, confidence) * error / (share * (1 - share))
    middle = log(share / (1 - share))
    return Interval(low=_expit(middle - reach), high=_expit(middle + reach))


def korn_graubard(
    share: float, error: float, count: float, freedom: float, confidence: float = 0.95
) -> Interval:
    """Clopper-Pearson with the effective sample size p (1 - p) / V, corrected for the df."""
    if error <= 0 or not 0 < share < 1:
        return beta_interval(share * count, count, confidence)
    effective = share * (1 - share) / error**2
    effective *= (t_quantile(count - 1, confidence) / t_quantile(freedom, confidence)) ** 2
    return beta_interval(share * effective, effective, confidence)


def t_quantile(freedom: float, confidence: float = 0.95) -> float:
    """The two-sided quantile of Student's t."""
    return float(stdtrit(freedom, 0.5 + confidence / 2))


def horvitz_thompson(values: npt.ArrayLike, probabilities: npt.ArrayLike, size: float) -> float:
    """The mean over `size` items from a sample without replacement: (1/N) sum y / pi."""
    return float(np.sum(_floats(values) / _floats(probabilities)) / size)


def hajek(values: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """The ratio estimator sum(y / pi) / sum(1 / pi): N need not be known."""
    chance = _floats(probabilities)
    return float(np.sum(_floats(values) / chance) / np.sum(1 / chance))


def hansen_hurwitz(
    values: npt.ArrayLike, draw_probabilities: npt.ArrayLike, size: float
) -> tuple[float, float]:
    """(mean, standard error) from a sample with replacement: the mean of y / (N q)."""
    expanded = _floats(values) / (size * _floats(draw_probabilities))
    error = float(np.std(expanded, ddof=1) / sqrt(expanded.size)) if expanded.size > 1 else 0.0
    return float(expanded.mean()), error


def kish(weights: npt.ArrayLike) -> float:
    """Kish's effective sample size (sum w)^2 / sum w^2."""
    weight = _floats(weights)
    return float(weight.sum() ** 2 / np.sum(weight**2)) if weight.size else 0.0


def neyman(
    sizes: Sequence[float], spreads: Sequence[float], count: int, *, floor: int = 20
) -> list[int]:
    """How many of `count` to draw from each stratum: n_h ~ N_h S_h, at least `floor`, at most N_h.

    `spreads` are the expected standard deviations sqrt(p (1 - p)) of the strata (Neyman 1934).
    """
    size = np.floor(_floats(sizes)).astype(np.int64)
    least = np.minimum(size, floor)
    wanted = min(int(count), int(size.sum()))
    if int(least.sum()) > wanted:
        least = _rounded(least.astype(np.float64) * wanted / max(1, int(least.sum())), wanted, size)
    given = least.copy()
    pull = _floats(sizes) * np.maximum(_floats(spreads), 1e-6)
    while (left := wanted - int(given.sum())) > 0:
        open_to_more = given < size
        ideal = np.where(open_to_more, pull, 0.0)
        step = _rounded(ideal / ideal.sum() * left, left, size - given)
        given = given + step
    return [int(each) for each in given]


def _rounded(ideal: Floats, total: int, most: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Whole numbers near `ideal`, each at most `most`, of sum at most `total`; largest rests."""
    whole = np.minimum(np.floor(ideal).astype(np.int64), most)
    for place in np.argsort(-(ideal - whole), kind="stable"):
        if int(whole.sum()) >= total:
            break
        if whole[place] < most[place]:
            whole[place] += 1
    return whole


def simple_share(positives: float, count: float, confidence: float = 0.95) -> Estimate:
    """The share of a simple random sample, with Wilson's interval."""
    if count <= 0:
        return UNKNOWN
    share = positives / count
    return Estimate(
        value=share,
        interval=wilson(positives, count, confidence),
        count=count,
        standard_error=sqrt(max(0.0, share * (1 - share)) / count),
    )


def _floats(values: npt.ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _expit(value: float) -> float:
    return 1 / (1 + exp(-value)) if value >= 0 else exp(value) / (1 + exp(value))
