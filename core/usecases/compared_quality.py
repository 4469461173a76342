"""How good two sides are by what people decided: mistakes, harm caught, cost."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.domain.record import Record
from core.experiments.paired_errors import McNemar, mcnemar
from core.experiments.paired_ratios import (
    FEW,
    RatioDifference,
    larger_way,
    linear_moves,
    ratio_difference,
    two_sided_p,
)
from core.experiments.resampling import replicate_sums
from core.metrics.intervals import Interval
from core.metrics.survey import Estimate
from core.usecases.compare_sides import Comparison
from core.usecases.compared_reviews import ComparedReviews, SideReviews

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

#: Replicates of the bootstrap.
ROUNDS = 2000
#: Pairs of rules whose quality is remembered: several candidates are looked at in turn.
_REMEMBERED = 8


@dataclass(frozen=True)
class Metric:
    """One share of both sides."""

    a: Estimate
    b: Estimate
    difference: RatioDifference
    """B - A, with the interval of the paired bootstrap where enough tells them apart."""


@dataclass(frozen=True)
class ComparedQuality:
    """Both sides against what people decided."""

    mistakes: Metric
    """Of all items: concluded without a person, and people conclude otherwise."""
    missed: Metric
    """Of all items: approved, and people reject."""
    removed: Metric
    """Of all items: rejected, and people approve."""
    caught: Metric
    """Of what people reject: rejected or sent to review."""
    precision: Metric
    """Of what is rejected without a person: the share that people reject."""
    missed_share: Metric
    """Of what is approved without a person: the share that people reject."""
    mcnemar: McNemar | None
    """None where reviews have weights: plain counts of them are not fair."""


_Domain = Callable[[SideReviews], tuple[Flags, Flags]]

#: (what is in the domain, what is found in it) of each side.
_METRICS: dict[str, _Domain] = {
    "mistakes": lambda side: (side.inside, side.mistakes),
    "missed": lambda side: (side.inside, side.missed),
    "removed": lambda side: (side.inside, side.removed),
    "caught": lambda side: (side.inside & side.harmful, side.caught),
    "precision": lambda side: (side.rejected, side.rejected & side.harmful),
    "missed_share": lambda side: (side.approved, side.missed),
}


def compared_quality(comparison: Comparison, reviews: ComparedReviews) -> ComparedQuality:
    """All shares with intervals; differences by a paired bootstrap over clusters of reviews."""
    notes = comparison.paired.history.notes
    key = (comparison.pair.a.rule.model_dump_json(), comparison.pair.b.rule.model_dump_json())
    known: dict[tuple[str, str], ComparedQuality] = notes.get("compared quality", {})
    found = known.get(key)
    if found is None:
        found = _quality(reviews)
        # Other sessions work on the same history: a new dict instead of a changed one.
        kept = list(known.items())[-_REMEMBERED + 1 :]
        notes["compared quality"] = {**dict(kept), key: found}
    return found


def _quality(reviews: ComparedReviews) -> ComparedQuality:
    drawn = _replicates(reviews)
    metrics = {name: _metric(reviews, domain, drawn.get(name)) for name, domain in _METRICS.items()}
    is_plain = reviews.design.take(reviews.inside).is_uniform
    return ComparedQuality(
        **metrics,
        mcnemar=mcnemar(reviews.only_a_wrong, reviews.only_b_wrong, reviews.count)
        if is_plain
        else None,
    )


def _metric(reviews: ComparedReviews, domain: _Domain, drawn: Floats | None) -> Metric:
    (inside_a, found_a), (inside_b, found_b) = domain(reviews.a), domain(reviews.b)
    difference = ratio_difference(reviews.design, (inside_a, found_a), (inside_b, found_b))
    apart = (inside_a != inside_b) | (found_a != found_b)
    enough = reviews.design.clusters(apart) >= FEW
    if drawn is not None and difference.is_known and enough:
        known = drawn[~np.isnan(drawn)]
        if known.size > drawn.size / 2:
            low, high = np.quantile(known, [0.025, 0.975])
            difference = replace(difference, interval=Interval(low=float(low), high=float(high)))
    share = reviews.evidence.share
    return Metric(share(inside_a, found_a), share(inside_b, found_b), difference)


def _replicates(reviews: ComparedReviews) -> dict[str, Floats]:
    """(rounds,) of the difference B - A of each metric, all on the same draws.

    Clusters are authors or nearly equal texts, whichever make the difference in mistakes vary more.
    """
    design = reviews.design
    if reviews.clusters < FEW:
        return {}
    moves = [
        linear_moves(design.weights, reviews.inside, side.mistakes)[1]
        for side in (reviews.a, reviews.b)
    ]
    columns: list[Floats] = []
    for domain in _METRICS.values():
        for side in (reviews.a, reviews.b):
            columns += [design.weights * part for part in domain(side)]
    sums = replicate_sums(
        larger_way(moves[1] - moves[0], design), np.stack(columns, axis=1),
        stratum=design.stratum, rounds=ROUNDS,
    )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = sums[:, 1::2] / sums[:, ::2]
    return {name: ratios[:, 2 * at + 1] - ratios[:, 2 * at] for at, name in enumerate(_METRICS)}


class Costs(Record):
    """What mistakes and reviews cost, in one unit."""

    missed: float = 10.0
    """One harmful item that stays."""
    removed: float = 2.0
    """One harmless item that is removed."""
    review: float = 0.4


def expected_cost(
    comparison: Comparison, reviews: ComparedReviews, costs: Costs
) -> RatioDifference:
    """Expected cost of an item under A, under B, and B - A with its interval.

    C_FN P(missed) + C_FP P(wrongly removed) + C_R P(review). Where reviews stand for all items,
    the share sent to review is counted over these and has no error; else it is of the reviews.
    """
    of_reviews = 0.0 if reviews.evidence.is_weighted else costs.review

    def values(side: SideReviews) -> Floats:
        found: Floats = costs.missed * side.missed + costs.removed * side.removed
        return found + of_reviews * side.reviewed

    found = ratio_difference(
        reviews.design, (reviews.inside, values(reviews.a)), (reviews.inside, values(reviews.b))
    )
    if of_reviews or found.difference is None or not comparison.items:
        return found
    a, b = (costs.review * comparison.reviewed_by(b=b) / comparison.items for b in (False, True))
    apart = b - a
    return replace(
        found,
        a=(found.a or 0.0) + a,
        b=(found.b or 0.0) + b,
        difference=found.difference + apart,
        p=two_sided_p(found.difference + apart, found.error),
        interval=Interval(low=found.interval.low + apart, high=found.interval.high + apart),
    )
