"""Where one side is worse: mistakes and rankings by language, tenant and source."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain.label import Label
from core.experiments.multiplicity import holm
from core.experiments.paired_ratios import RatioDifference, ratio_difference
from core.usecases.compare_sides import Comparison
from core.usecases.compared_labels import compared_label
from core.usecases.compared_reviews import ComparedReviews

#: What items are told apart by.
SLICED_BY = ("language", "tenant", "source")
#: Fewer reviews than this are shown and not tested: they would find nothing and cost the others.
FEWEST = 20
_ALPHA = 0.05

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Slice:
    """One part of the items."""

    by: str
    """One of SLICED_BY."""
    name: str | None
    """None where it is not known."""
    reviews: int
    only_a_wrong: int
    only_b_wrong: int
    mistakes: RatioDifference
    """As shares of the slice's items."""
    auc: RatioDifference | None
    """AUROC of the chosen label; None when it cannot be told."""
    corrected_p: float | None
    """Holm's, over all slices with enough reviews, for mistakes; None: too few reviews."""

    @property
    def words(self) -> str:
        """Such as "language es"."""
        return f"{self.by} {self.name or 'unknown'}"

    @property
    def is_clear(self) -> bool:
        """Whether the sides differ here, corrected for having looked at all slices."""
        return self.corrected_p is not None and self.corrected_p < _ALPHA

    @property
    def is_worse(self) -> bool:
        """Whether B makes clearly more mistakes here."""
        return self.is_clear and (self.mistakes.difference or 0.0) > 0


@dataclass(frozen=True)
class _Part:
    by: str
    name: str | None
    here: Flags


def compared_slices(
    comparison: Comparison, reviews: ComparedReviews, label: Label | None = None
) -> list[Slice]:
    """Every part with reviews, the most reviewed first; p corrected over all of them together.

    A part that holds all reviews says what the whole says and is left out.
    """
    parts = [
        part
        for by in SLICED_BY
        for part in _parts(comparison, reviews, by)
        if 0 < np.count_nonzero(part.here) < reviews.count
    ]
    found = [_sliced(comparison, reviews, part, label) for part in parts]
    tested = [each.mistakes.p if each.reviews >= FEWEST else None for each in found]
    corrected = holm(np.array(tested, dtype=np.float64)) if found else np.zeros(0)
    return sorted(
        (
            _with_p(each, None if np.isnan(p) else float(p))
            for each, p in zip(found, corrected, strict=True)
        ),
        key=lambda each: (SLICED_BY.index(each.by), -each.reviews),
    )


def worst_slice(slices: list[Slice]) -> Slice | None:
    """Where B is clearly worse, the largest difference; None when nowhere."""
    worse = [each for each in slices if each.is_worse]
    return max(worse, key=lambda each: each.mistakes.difference or 0.0, default=None)


def _with_p(found: Slice, corrected: float | None) -> Slice:
    return Slice(
        by=found.by, name=found.name, reviews=found.reviews, only_a_wrong=found.only_a_wrong,
        only_b_wrong=found.only_b_wrong, mistakes=found.mistakes, auc=found.auc,
        corrected_p=corrected,
    )  # fmt: skip


def _parts(comparison: Comparison, reviews: ComparedReviews, by: str) -> list[_Part]:
    if by == "source":
        of_each = reviews.source.to_list()
    else:
        history = comparison.paired.history
        place = history.columns.place
        assert place is not None  # noqa: S101  # histories know their places
        names = [getattr(each, by) for each in history.places]
        of_each = [names[number] for number in place[reviews.evidence.rows].tolist()]
    numbers: dict[str | None, int] = {}
    codes = np.array([numbers.setdefault(each, len(numbers)) for each in of_each], dtype=np.intp)
    return [_Part(by, name, reviews.inside & (codes == at)) for name, at in numbers.items()]


def _sliced(
    comparison: Comparison, reviews: ComparedReviews, part: _Part, label: Label | None
) -> Slice:
    here, a, b = part.here, reviews.a, reviews.b
    return Slice(
        by=part.by,
        name=part.name,
        reviews=int(np.count_nonzero(here)),
        only_a_wrong=int(np.count_nonzero(here & a.mistakes & ~b.mistakes)),
        only_b_wrong=int(np.count_nonzero(here & b.mistakes & ~a.mistakes)),
        mistakes=ratio_difference(
            reviews.design, (here, here & a.mistakes), (here, here & b.mistakes)
        ),
        auc=compared_label(comparison, reviews, label, here).auc if label else None,
        corrected_p=None,
    )
