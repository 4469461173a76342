"""Whether people reject more or less of what scores alike: drift of what scores mean."""

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from core.domain.label import Label
from core.domain.period import Period
from core.domain.person import Person
from core.domain.role import Permission
from core.experiments.multiplicity import holm
from core.metrics.intervals import Interval, newcombe_difference
from core.metrics.survey import Estimate
from core.usecases.catalogue import Catalogue
from core.usecases.drift_report import LEVEL, DriftReport
from core.usecases.evidence import Evidence, gather
from core.usecases.history import Histories, History

Flags = npt.NDArray[np.bool_]

#: Score buckets that reject rates are compared in.
EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 1.0)
#: Fewer effective reviews than this in a bucket of either period say nothing.
FEWEST_REVIEWS = 20
#: A smaller difference of reject rates is no effect worth an alarm.
_WORTH = 0.1


@dataclass(frozen=True)
class BucketDrift:
    """The reject rate of items whose score lies in one bucket, before and now."""

    low: float
    high: float
    before: Estimate
    now: Estimate
    effective: tuple[float, float]
    """Reviews of equal weight that would say as much (Kish)."""
    interval: Interval | None
    """95 % of the difference; None with too few reviews."""
    is_alarm: bool

    @property
    def is_known(self) -> bool:
        """Whether there are reviews enough in both periods."""
        return self.interval is not None

    @property
    def difference(self) -> float | None:
        """How much more is rejected now; None when a side has no reviews."""
        if self.before.value is None or self.now.value is None:
            return None
        return self.now.value - self.before.value


@dataclass(frozen=True)
class DecisionDrift:
    """A label's reject rates by score, before and now."""

    label: Label
    buckets: tuple[BucketDrift, ...]
    evidence: tuple[Evidence, Evidence]
    """(before, now): what the rates rest on."""

    @property
    def alarms(self) -> tuple[BucketDrift, ...]:
        """The buckets whose items are judged otherwise now."""
        return tuple(each for each in self.buckets if each.is_alarm)

    @property
    def reviews(self) -> tuple[int, int]:
        """(before, now): decisions of people that are used."""
        return self.evidence[0].reviews, self.evidence[1].reviews


def decision_drift(
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    report: DriftReport,
    label: Label,
) -> DecisionDrift:
    """Reject rates citing the label within score buckets, by when the items were created.

    Each period's reviews are weighted by what they stand for where enough were drawn at random.
    Buckets are judged together (Holm, 1 %), by z of the difference at effective sizes.
    """
    person.require(Permission.SEE_SCORES)
    sides = [
        _side(histories, catalogue, person, report, label, period)
        for period in (report.periods.reference, report.periods.current)
    ]
    pairs = list(zip(sides[0].buckets, sides[1].buckets, strict=True))
    adjusted = holm([_p(one, two) for one, two in pairs])
    return DecisionDrift(
        label=label,
        buckets=tuple(
            _bucket(place, pair, is_significant=bool(value <= LEVEL))
            for place, (pair, value) in enumerate(zip(pairs, adjusted, strict=True))
        ),
        evidence=(sides[0].evidence, sides[1].evidence),
    )


@dataclass(frozen=True)
class _Rate:
    estimate: Estimate
    effective: float


@dataclass(frozen=True)
class _Side:
    buckets: list[_Rate]
    evidence: Evidence


def _side(
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    report: DriftReport,
    label: Label,
    period: Period,
) -> _Side:
    selection = catalogue.selection(period.of(report.wanted), person)
    history: History = histories.get(selection, report.model.model_version_id)
    evidence = gather(history)
    known, harmful = evidence.cites(label)
    scores = history.columns.scores[label][evidence.rows]
    edges = [*EDGES[:-1], np.inf]
    rates = []
    for low, high in pairwise(edges):
        inside = known & (scores >= np.float32(low)) & (scores < np.float32(high))
        found = evidence.count(inside)
        weight = float((evidence.weights * found).sum())
        squares = float((evidence.weights**2 * found).sum())
        effective = weight**2 / squares if squares else 0.0
        rates.append(_Rate(evidence.share(inside, harmful), effective))
    return _Side(rates, evidence)


def _p(one: _Rate, two: _Rate) -> float:
    """Two-sided p of the difference, with the pooled rate; NaN with too few reviews."""
    n, m = one.effective, two.effective
    first, second = one.estimate.value, two.estimate.value
    if first is None or second is None or min(n, m) < FEWEST_REVIEWS:
        return float("nan")
    pooled = (first * n + second * m) / (n + m)
    error = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return float(2 * ndtr(-abs(second - first) / error)) if error > 0 else 1.0


def _bucket(place: int, pair: tuple[_Rate, _Rate], *, is_significant: bool) -> BucketDrift:
    one, two = pair
    first, second = one.estimate.value, two.estimate.value
    interval = None
    is_alarm = False
    if first is not None and second is not None:
        if min(one.effective, two.effective) >= FEWEST_REVIEWS:
            interval = newcombe_difference(
                second * two.effective, two.effective, first * one.effective, one.effective
            )
        is_alarm = is_significant and abs(second - first) > _WORTH
    return BucketDrift(
        low=EDGES[place],
        high=EDGES[place + 1],
        before=one.estimate,
        now=two.estimate,
        effective=(one.effective, two.effective),
        interval=interval,
        is_alarm=is_alarm,
    )
