"""A blind review of the items on which two sides of a comparison conclude differently."""

from datetime import datetime
from typing import Self

from core.domain.comparison import ComparedSide
from core.domain.item_filter import ItemFilter
from core.domain.record import Record
from core.domain.verdict import VerdictKind

_DOES = {
    VerdictKind.APPROVE: "approves",
    VerdictKind.REVIEW: "sends to review",
    VerdictKind.REJECT: "rejects",
}


class Disagreement(Record):
    """One kind of disagreement, which is a stratum: what A concludes, and what B does."""

    a: VerdictKind
    b: VerdictKind
    size: int
    """Items of the kind that no person had decided and that waited nowhere."""
    drawn: int = 0
    """How many of them are reviewed, as planned or first drawn."""

    @property
    def words(self) -> str:
        """The kind, such as "A approves, B rejects"."""
        return f"A {_DOES[self.a]}, B {_DOES[self.b]}"

    @property
    def probability(self) -> float:
        """The chance of each item to be drawn."""
        return self.drawn / self.size if self.size else 0.0

    @property
    def range(self) -> tuple[int, int]:
        """The least and the most that mistakes of B less mistakes of A are on one such item.

        Sending an item to people is no mistake: they then get it right.
        """
        least = 0 if self.a is VerdictKind.REVIEW else -1
        most = 0 if self.b is VerdictKind.REVIEW else 1
        return least, most

    def swapped(self) -> Self:
        """The same with A and B exchanged."""
        return self.model_copy(update={"a": self.b, "b": self.a})


class DisagreementPlan(Record):
    """What would be sent to blind review."""

    a: ComparedSide
    b: ComparedSide
    filter: ItemFilter
    size: int
    """Items that both sides have scored."""
    kinds: tuple[Disagreement, ...]
    differ: int
    """Items on which the sides conclude differently, looked at or not."""
    decided: int
    """Of those, how many people had decided before."""

    @property
    def open(self) -> int:
        """Disagreements that can be drawn: undecided, and waiting nowhere."""
        return sum(each.size for each in self.kinds)

    @property
    def count(self) -> int:
        """Reviews in all."""
        return sum(each.drawn for each in self.kinds)

    @property
    def waiting(self) -> int:
        """Disagreements that wait in a queue already."""
        return self.differ - self.decided - self.open


class DisagreementReview(Record):
    """A blind review that was begun."""

    review_id: int
    title: str
    a: ComparedSide
    b: ComparedSide
    filter: ItemFilter
    size: int
    """Items that both sides had scored: what the difference is a share of."""
    kinds: tuple[Disagreement, ...]
    """The strata as first drawn; more may have been drawn from them since."""
    queue: str
    actor: str
    created_at: datetime
    tenants: tuple[str, ...] | None = None
    """The tenants that whoever began it sees; None: all."""

    @property
    def planned(self) -> int:
        """How many answers the interval is made to be tightest at."""
        return sum(each.drawn for each in self.kinds)

    @property
    def open(self) -> int:
        """Disagreements that could be drawn when it began."""
        return sum(each.size for each in self.kinds)

    def swapped(self) -> Self:
        """The same review with A and B exchanged."""
        kinds = tuple(each.swapped() for each in self.kinds)
        return self.model_copy(update={"a": self.b, "b": self.a, "kinds": kinds})

    def is_of(self, a: ComparedSide, b: ComparedSide) -> bool:
        """Whether these sides are compared, in this order; what they are called counts not."""
        mine, theirs = (
            [(side.model_version_id, side.rule) for side in sides]
            for sides in ((self.a, self.b), (a, b))
        )
        return mine == theirs
