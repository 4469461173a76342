"""The verdict on two sides, and on several candidates against one."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from core.domain.comparison import ComparedSide
from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.role import Permission
from core.errors import ComparisonError
from core.experiments.comparison_numbers import (
    MARGIN,
    ComparisonNumbers,
    ComparisonVerdict,
    PartDifference,
    WorstSlice,
)
from core.experiments.comparison_verdict import comparison_verdict
from core.experiments.multiplicity import holm
from core.experiments.paired_ratios import reviews_left
from core.experiments.power import pairs_left
from core.usecases.catalogue import Catalogue
from core.usecases.compare_sides import Comparison, compare_sides
from core.usecases.compared_quality import ComparedQuality, Metric, compared_quality
from core.usecases.compared_reviews import ComparedReviews, compared_reviews
from core.usecases.compared_slices import Slice, compared_slices, worst_slice
from core.usecases.history import Histories
from core.usecases.workspace import Workspace


@dataclass(frozen=True)
class Judged:
    """A comparison with all that its verdict rests on."""

    comparison: Comparison
    reviews: ComparedReviews
    quality: ComparedQuality
    slices: list[Slice]
    numbers: ComparisonNumbers
    verdict: ComparisonVerdict

    @property
    def p(self) -> float | None:
        """Of the difference in mistakes, uncorrected; None when there are no reviews."""
        return self.quality.mistakes.difference.p


def judge_comparison(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    a: ComparedSide,
    b: ComparedSide,
    *,
    margin: float = MARGIN,
) -> Judged:
    """The verdict on B against A on the selected items.

    `margin` is the difference in mistakes per item that does not matter.
    """
    person.require(Permission.SEE_SCORES)
    comparison = compare_sides(space, histories, catalogue, person, wanted, a, b)
    reviews = compared_reviews(space, histories, comparison)
    quality = compared_quality(comparison, reviews)
    slices = compared_slices(comparison, reviews)
    numbers = _numbers(comparison, reviews, quality, slices, margin)
    return Judged(comparison, reviews, quality, slices, numbers, comparison_verdict(numbers))


@dataclass(frozen=True)
class Candidate:
    """One of several sides that are held against A."""

    side: ComparedSide
    judged: Judged | None
    """None when it cannot be compared."""
    problem: str | None
    corrected_p: float | None
    """Holm's, over the candidates."""

    @property
    def verdict(self) -> ComparisonVerdict | None:
        """The verdict after the correction."""
        return self.judged.verdict if self.judged else None


def judge_candidates(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    a: ComparedSide,
    candidates: Sequence[ComparedSide],
    *,
    margin: float = MARGIN,
) -> list[Candidate]:
    """Every candidate against A; none is called a winner only because many were looked at."""
    person.require(Permission.SEE_SCORES)
    found: list[tuple[ComparedSide, Judged | None, str | None]] = []
    for side in candidates:
        try:
            judged = judge_comparison(
                space, histories, catalogue, person, wanted, a, side, margin=margin
            )
        except ComparisonError as error:
            found.append((side, None, str(error)))
        else:
            found.append((side, judged, None))
    values = [judged.p if judged else None for _, judged, _ in found]
    corrected = holm([float("nan") if each is None else each for each in values])
    many = sum(each is not None for each in values)
    return [
        _candidate(side, judged, problem, None if isnan(p) else p, many)
        for (side, judged, problem), p in zip(found, corrected.tolist(), strict=True)
    ]


def _candidate(
    side: ComparedSide, judged: Judged | None, problem: str | None, p: float | None, many: int
) -> Candidate:
    if judged is not None and p is not None and many > 1:
        numbers = judged.numbers.model_copy(update={"corrected_p": p, "candidates": many})
        judged = Judged(
            judged.comparison, judged.reviews, judged.quality, judged.slices, numbers,
            comparison_verdict(numbers),
        )  # fmt: skip
    return Candidate(side, judged, problem, p)


def _numbers(
    comparison: Comparison, reviews: ComparedReviews, quality: ComparedQuality,
    slices: list[Slice], margin: float,
) -> ComparisonNumbers:  # fmt: skip
    mistakes = quality.mistakes.difference
    known = mistakes.is_known
    worst = worst_slice(slices) if reviews.evidence.is_weighted else None
    return ComparisonNumbers(
        items=comparison.items,
        flips=comparison.flips,
        is_same=comparison.pair.is_same,
        reviews=reviews.count,
        is_weighted=reviews.evidence.is_weighted,
        mistakes_a=mistakes.a,
        mistakes_b=mistakes.b,
        low=mistakes.interval.low if known else None,
        high=mistakes.interval.high if known else None,
        missed=_part(quality.missed),
        removed=_part(quality.removed),
        only_a_wrong=reviews.only_a_wrong,
        only_b_wrong=reviews.only_b_wrong,
        volume_a=comparison.volume(b=False),
        volume_b=comparison.volume(b=True),
        more_reviews=_more(reviews, quality, margin),
        worst=None
        if worst is None
        else WorstSlice(
            name=worst.words,
            difference=worst.mistakes.difference or 0.0,
            corrected_p=worst.corrected_p or 0.0,
            reviews=worst.reviews,
        ),
        margin=margin,
    )


def _part(metric: Metric) -> PartDifference | None:
    found = metric.difference
    if found.difference is None:
        return None
    return PartDifference(
        difference=found.difference, low=found.interval.low, high=found.interval.high
    )


def _more(reviews: ComparedReviews, quality: ComparedQuality, margin: float) -> int | None:
    """Reviews that would settle it, one way or the other; McNemar's power where each counts once.

    Authors with many items make the error larger than McNemar's, and the larger number is meant.
    """
    found = quality.mistakes.difference
    if found.difference is None:
        return None
    by_error = reviews_left(found.difference, found.error, found.count, margin=margin)
    is_found = abs(found.difference) > margin - abs(found.difference)
    if quality.mcnemar is None or by_error is None or not is_found:
        return by_error
    left = pairs_left(reviews.only_a_wrong, reviews.only_b_wrong, reviews.count)
    return by_error if left is None else max(by_error, left.random)
