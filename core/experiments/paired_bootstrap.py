"""How much better B is than A in any metric, with intervals: both measured on the same draws.

The bootstrap of everything at once (Efron 1979; for paired systems, Koehn 2004): whatever makes an
item hard for A makes it hard for B, and by drawing items for both together it cancels out.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, hstack

from core.domain.record import Record
from core.experiments.resampling import Resampling
from core.experiments.score_steps import ScoreSteps, score_steps
from core.metrics.intervals import ANYTHING, Interval
from core.metrics.ranking import Ranked
from core.metrics.survey import Estimate

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
#: Replicates behind each interval.
ROUNDS = 2000
METHOD = "paired bootstrap"
_BY_COUNTS = ("precision", "recall", "f1", "error_rate", "flagged_share")
_BY_RANK = ("auc", "average_precision")
#: Columns of `_counted`.
_TOTAL, _POSITIVE, _HITS, _FLAGGED = 0, 1, (2, 3), (4, 5)
_COLUMNS = 6


class PairedMetric(Record):
    """One metric of A, of B, and B - A, each with its interval and n."""

    a: Estimate
    b: Estimate
    difference: Estimate
    """B - A, in [-1, 1]; unknown unless both are known. Rests on all rows that either rests on."""


class PairedMetrics(Record):
    """The usual metrics of two sets of flags, and of two scores where there are any."""

    precision: PairedMetric
    recall: PairedMetric
    f1: PairedMetric
    error_rate: PairedMetric
    """Here less is better."""
    flagged_share: PairedMetric
    auc: PairedMetric | None
    average_precision: PairedMetric | None
    clusters: int
    """Independent pieces of evidence. Below some 30 the intervals are too narrow; below 2, none."""
    rounds: int


def interval_of(values: npt.ArrayLike, confidence: float = 0.95) -> Interval | None:
    """The percentile interval of replicates; NaN is undefined.

    None without replicates or when more than half of them are undefined.
    """
    replicates = np.asarray(values, dtype=np.float64)
    known = replicates[~np.isnan(replicates)]
    if not known.size or known.size < replicates.size / 2:
        return None
    tail = (1 - confidence) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return Interval(low=float(low), high=float(high))


def paired_bootstrap(
    harmful: npt.ArrayLike,
    flagged_a: npt.ArrayLike,
    flagged_b: npt.ArrayLike,
    scores_a: npt.ArrayLike | None = None,
    scores_b: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    stratum: npt.ArrayLike | None = None,
    rounds: int = ROUNDS,
    seed: int = 0,
    *,
    confidence: float = 0.95,
) -> PairedMetrics:
    """The metrics of rows (n,): truth and both flags 0/1, scores any numbers, weights >= 0.

    Rows of one cluster are drawn together, clusters within their stratum (`Resampling`); without
    clusters each row is its own. Values are exact; replicates of AUC and average precision are
    from `score_steps`, less what those are seen to be off at the value itself.
    """
    truth, one, two = (np.asarray(each, dtype=bool) for each in (harmful, flagged_a, flagged_b))
    weight = np.ones(truth.size) if weights is None else np.asarray(weights, dtype=np.float64)
    scores = (
        []
        if scores_a is None or scores_b is None
        else [np.asarray(each, dtype=np.float64) for each in (scores_a, scores_b)]
    )
    resampling = Resampling(
        np.arange(truth.size) if cluster is None else cluster,
        stratum=stratum, rounds=rounds, seed=seed,
    )  # fmt: skip
    counted = _counted(truth, one, two, weight)
    steps = [score_steps(truth, each) for each in scores]
    columns = csr_array(
        hstack([csr_array(counted), *(each.contributions(weight) for each in steps)])
    )
    replicates = np.concatenate([_measured(each, steps) for each in resampling.sums(columns)], 2)
    if resampling.count < 2:
        replicates[:] = np.nan
    roughly = _measured(columns.sum(axis=0)[:, None], steps)[:, :, 0]
    found = roughly.copy()
    if scores:
        found[:, len(_BY_COUNTS) :] = [_ranked(truth, weight, each) for each in scores]
    replicates += (found - roughly)[:, :, None]
    names = _BY_COUNTS + _BY_RANK if scores else _BY_COUNTS
    counts = _counts(truth, one, two)
    known = {
        name: _metric(found[:, place], replicates[:, place], counts[name], confidence)
        for place, name in enumerate(names)
    }
    return PairedMetrics(
        precision=known["precision"],
        recall=known["recall"],
        f1=known["f1"],
        error_rate=known["error_rate"],
        flagged_share=known["flagged_share"],
        auc=known.get("auc"),
        average_precision=known.get("average_precision"),
        clusters=resampling.count,
        rounds=rounds,
    )


def _counted(truth: Flags, one: Flags, two: Flags, weight: Floats) -> Floats:
    """(n, 6): the weight of each row in all, in the harmful, in hits and in flags of A and B."""
    kinds = [np.ones_like(truth), truth, truth & one, truth & two, one, two]
    return np.stack(kinds, axis=1) * weight[:, None]


def _measured(sums: Floats, steps: list[ScoreSteps]) -> Floats:
    """(2, metrics, R): the metrics of A and B from sums (K, R)."""
    places: list[Floats] = []
    start = _COLUMNS
    for model in (0, 1):
        metrics = _by_counts(
            sums[_TOTAL], sums[_POSITIVE], sums[_HITS[model]], sums[_FLAGGED[model]]
        )
        if steps:
            end = start + 2 * steps[model].count
            metrics = np.concatenate([metrics, steps[model].measured(sums[start:end])])
            start = end
        places.append(metrics)
    return np.stack(places)


def _by_counts(total: Floats, positive: Floats, hits: Floats, flagged: Floats) -> Floats:
    """(5, R) in the order of `_BY_COUNTS`; NaN where undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack(
            [
                hits / flagged,
                hits / positive,
                2 * hits / (flagged + positive),
                (flagged + positive - 2 * hits) / total,
                flagged / total,
            ]
        )


def _ranked(truth: Flags, weight: Floats, scores: Floats) -> tuple[float, float]:
    ranked = Ranked(truth, scores)
    auc, average = ranked.auroc(weight), ranked.average_precision(weight)
    return np.nan if auc is None else auc, np.nan if average is None else average


def _counts(truth: Flags, one: Flags, two: Flags) -> dict[str, tuple[int, int, int]]:
    """The rows that each metric of A, of B, and their difference rests on."""
    harmful, every = int(truth.sum()), truth.size
    flags = (int(one.sum()), int(two.sum()), int((one | two).sum()))
    either = tuple(int((truth | each).sum()) for each in (one, two, one | two))
    return dict.fromkeys(("error_rate", "flagged_share", *_BY_RANK), (every, every, every)) | {
        "precision": flags,
        "recall": (harmful, harmful, harmful),
        "f1": (either[0], either[1], either[2]),
    }


def _metric(
    found: Floats, replicates: Floats, counts: tuple[int, int, int], confidence: float
) -> PairedMetric:
    a, b = found
    return PairedMetric(
        a=_estimate(a, replicates[0], counts[0], confidence, ANYTHING),
        b=_estimate(b, replicates[1], counts[1], confidence, ANYTHING),
        difference=_estimate(
            b - a, replicates[1] - replicates[0], counts[2], confidence,
            Interval(low=-1.0, high=1.0),
        ),
    )  # fmt: skip


def _estimate(
    value: float, replicates: Floats, count: int, confidence: float, anything: Interval
) -> Estimate:
    if np.isnan(value):
        return Estimate(value=None, interval=anything, count=count, method="no observations")
    interval = interval_of(replicates, confidence)
    if interval is None:
        return Estimate(value=value, interval=anything, count=count, method="too few observations")
    return Estimate(
        value=float(value),
        interval=Interval(
            low=max(anything.low, interval.low), high=min(anything.high, interval.high)
        ),
        count=count,
        standard_error=float(np.nanstd(replicates)),
        method=METHOD,
    )
