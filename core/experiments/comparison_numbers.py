"""What a verdict on two sides rests on, and the kinds of verdict there are."""

from enum import StrEnum

from core.domain.record import Record

#: Mistakes per item that do not matter: 5 in 1,000.
MARGIN = 0.005


class ComparisonKind(StrEnum):
    """What may be said of B against A."""

    SAME = "same"
    """One side twice."""
    BETTER = "better"
    WORSE = "worse"
    TRADE_OFF = "trade_off"
    """Better in one of mistakes and reviews, worse in the other."""
    EQUIVALENT = "equivalent"
    """Shown to differ by less than the margin."""
    NO_EVIDENCE = "no_evidence"
    REVIEWED_ONLY = "reviewed_only"
    """Reviews that stand for themselves alone: nothing is said of other items."""
    NO_REVIEWS = "no_reviews"
    NOTHING = "nothing"
    """No item was scored by both."""

    @property
    def words(self) -> str:
        """As a badge says it."""
        return _BADGES[self]


_BADGES = {
    ComparisonKind.SAME: "the same side twice",
    ComparisonKind.BETTER: "B is better",
    ComparisonKind.WORSE: "B is worse",
    ComparisonKind.TRADE_OFF: "a trade-off",
    ComparisonKind.EQUIVALENT: "equivalent within the margin",
    ComparisonKind.NO_EVIDENCE: "no evidence yet",
    ComparisonKind.REVIEWED_ONLY: "no verdict: on the reviewed items only",
    ComparisonKind.NO_REVIEWS: "no verdict: nobody decided yet",
    ComparisonKind.NOTHING: "nothing to compare",
}


class WorstSlice(Record):
    """A part of the items where B makes clearly more mistakes."""

    name: str
    """Such as "language es"."""
    difference: float
    """Share of mistakes, B - A."""
    corrected_p: float
    reviews: int


class PartDifference(Record):
    """One kind of mistake, as a share of items: B - A with its 95 % interval."""

    difference: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return not self.low <= 0 <= self.high


class ComparisonNumbers(Record):
    """What a verdict rests on."""

    items: int
    """Items that both sides have scored."""
    flips: int
    """Of them, those on which they conclude differently."""
    is_same: bool = False
    """Whether A and B are the same model version under the same rule."""
    reviews: int = 0
    """Items of both that people decided on."""
    is_weighted: bool = False
    """Whether the reviews stand for all items."""
    mistakes_a: float | None = None
    """Share of items, in [0, 1]."""
    mistakes_b: float | None = None
    low: float | None = None
    """Interval of mistakes of B - those of A, 95 %."""
    high: float | None = None
    missed: PartDifference | None = None
    """Of the mistakes, harm that is left up; None when not known."""
    removed: PartDifference | None = None
    """Of the mistakes, wrong removals."""
    only_a_wrong: int = 0
    """Reviewed items on which only A makes a mistake."""
    only_b_wrong: int = 0
    volume_a: float = 0.0
    """Reviews a day that A asks for, counted over all items."""
    volume_b: float = 0.0
    more_reviews: int | None = None
    """How many more would settle it; None when no number would."""
    corrected_p: float | None = None
    """Corrected for other candidates that were looked at; None when there are none."""
    candidates: int = 1
    worst: WorstSlice | None = None
    margin: float = MARGIN

    @property
    def difference(self) -> float | None:
        """Mistakes of B - those of A, as a share of items."""
        if self.mistakes_a is None or self.mistakes_b is None:
            return None
        return self.mistakes_b - self.mistakes_a


class ComparisonVerdict(Record):
    """One judgement and what it rests on."""

    kind: ComparisonKind
    headline: str
    sentences: tuple[str, ...]
    warning: str | None = None
    """Where B is worse although it is not so overall; None when nowhere."""

    @property
    def text(self) -> str:
        """All of it, in one paragraph."""
        parts = [self.headline, *self.sentences, *([self.warning] if self.warning else [])]
        return " ".join(parts)
