"""Items that two people or more answered: how far they agree, in all, by parts and two by two."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.decision import Outcome, Source
from core.domain.label import CITABLE_LABELS
from core.domain.period import Period
from core.metrics.agreement import Agreement, agreement, rating_counts
from core.metrics.two_raters import Kappa, cohen_kappa

#: A rejection that cites nothing, as imported ones may.
NO_REASON = "no reason named"
_OUTSIDE = "outside queues"
#: Fewer of one answer than this: drawing items again mostly draws none of them.
ENOUGH_SAID = 5


class SplitBy(StrEnum):
    """What agreement is told apart by."""

    REASON = "reason"
    QUEUE = "queue"
    LANGUAGE = "language"
    TENANT = "tenant"
    OCCASION = "occasion"


class Occasion(StrEnum):
    """How it came that several people answered."""

    IMPORTED = "imported"
    """All answers were brought by imports."""
    APPEAL = "appeal"
    """One of them decided an appeal."""
    AGAIN = "decided again here"


@dataclass(frozen=True)
class AgreementPart:
    """Agreement on a part of the items."""

    name: str
    found: Agreement | None
    """None without an item that two people answered."""
    said: int
    """How many answers say it (reject, or reject citing the reason)."""
    answers: int
    """Of how many."""

    @property
    def share(self) -> float:
        """Said of answers."""
        return self.said / self.answers if self.answers else 0.0

    @property
    def is_rare(self) -> bool:
        """Whether one of the two answers is too rare for an interval."""
        return min(self.said, self.answers - self.said) < ENOUGH_SAID


@dataclass(frozen=True)
class TwoReviewers:
    """What two people said of the items that both answered."""

    first: str
    second: str
    values: tuple[str, ...]
    table: npt.NDArray[np.int64]
    """(V, V): the first's answers by the second's."""
    kappa: Kappa | None
    """None without an item in common."""
    differing: pl.DataFrame
    """item_id, a, b: items on which they differ and what each said, the newest first."""

    @property
    def items(self) -> int:
        """How many items both answered."""
        return int(self.table.sum())


def ratings_of(answers: pl.DataFrame, period: Period) -> pl.DataFrame:
    """What each person last said of each item that two or more answered, the last in the period.

    `answers` as `QualityStore.answers`; columns added: occasion.
    """
    last = answers.sort("decision_seq").unique(
        ["item_id", "actor"], keep="last", maintain_order=True
    )
    sources = pl.col("source")
    occasion = (
        pl.when((sources == Source.IMPORT.value).all().over("item_id"))
        .then(pl.lit(Occasion.IMPORTED.value))
        .when((sources == Source.APPEAL.value).any().over("item_id"))
        .then(pl.lit(Occasion.APPEAL.value))
        .otherwise(pl.lit(Occasion.AGAIN.value))
    )
    return last.filter(
        pl.len().over("item_id") >= 2,
        pl.col("decided_at").max().over("item_id") >= period.start,
    ).with_columns(occasion=occasion)


def agreement_on(ratings: pl.DataFrame, *, rounds: int = 1_000) -> Agreement | None:
    """Agreement on approving or rejecting."""
    return _measured(ratings, _rejects(), rounds)


def split_agreement(
    ratings: pl.DataFrame, by: SplitBy, *, rounds: int = 1_000
) -> list[AgreementPart]:
    """Agreement of each part, the one with most items first.

    By reason the question is another one for each: who rejects citing it, and who does not.
    Rejections that cite nothing have no answer to it and are left out there.
    """
    if by is SplitBy.REASON:
        named = ratings.filter(~_rejects() | (pl.col("reasons").list.len().fill_null(0) > 0))
        parts = [
            _part(label.words, named, pl.col("reasons").list.contains(label.value), rounds)
            for label in CITABLE_LABELS
        ]
        return sorted((each for each in parts if each.said), key=lambda each: -each.said)
    name = pl.col({SplitBy.TENANT: "tenant_id"}.get(by, by.value))
    if by is SplitBy.QUEUE:
        # The item's first answer says where it came from; an escalation is answered elsewhere.
        name = name.sort_by("decision_seq").first().over("item_id").fill_null(_OUTSIDE)
    elif by is SplitBy.LANGUAGE:
        name = name.fill_null("unknown")
    named = ratings.with_columns(part=name)
    found = [
        _part(str(value), rows, _rejects(), rounds) for (value,), rows in named.group_by("part")
    ]
    return sorted(found, key=lambda each: (-(each.found.units if each.found else 0), each.name))


def _rejects() -> pl.Expr:
    return pl.col("outcome") == Outcome.REJECT.value


def _part(name: str, ratings: pl.DataFrame, says: pl.Expr, rounds: int) -> AgreementPart:
    said = int(ratings.select(says.fill_null(value=False).sum()).item() or 0)
    return AgreementPart(name, _measured(ratings, says, rounds), said, ratings.height)


def _measured(ratings: pl.DataFrame, says: pl.Expr, rounds: int) -> Agreement | None:
    if ratings.is_empty():
        return None
    values = ratings.select(says.fill_null(value=False).cast(pl.Int64)).to_series().to_numpy()
    return agreement(rating_counts(ratings["item_id"].to_numpy(), values, 2), rounds=rounds)


def people_in(ratings: pl.DataFrame) -> list[str]:
    """Who answered something that somebody else answered too, by name."""
    return sorted(ratings["actor"].unique().to_list())


def two_reviewers(
    ratings: pl.DataFrame, first: str, second: str, *, by_reason: bool = False
) -> TwoReviewers:
    """Their answers side by side; by reason, a rejection counts under the first one it cites."""
    value = _cited() if by_reason else pl.col("outcome")
    named = ratings.with_columns(value=value)
    both = (
        named.filter(actor=first)
        .select("item_id", "decision_seq", a="value")
        .join(named.filter(actor=second).select("item_id", b="value"), on="item_id")
    )
    values = tuple(each for each in _values(by_reason=by_reason) if _occurs(both, each))
    place = {each: number for number, each in enumerate(values)}
    table = np.zeros((len(values), len(values)), dtype=np.int64)
    for a, b, count in both.group_by("a", "b").len().iter_rows():
        table[place[a], place[b]] = count
    differing = both.filter(pl.col("a") != pl.col("b")).sort("decision_seq", descending=True)
    return TwoReviewers(
        first, second, values, table,
        cohen_kappa(table) if both.height else None,
        differing.select("item_id", "a", "b"),
    )  # fmt: skip


def _values(*, by_reason: bool) -> Sequence[str]:
    if not by_reason:
        return (Outcome.APPROVE.value, Outcome.REJECT.value)
    return (Outcome.APPROVE.value, *(label.value for label in CITABLE_LABELS), NO_REASON)


def _occurs(both: pl.DataFrame, value: str) -> bool:
    return bool(((both["a"] == value) | (both["b"] == value)).any())


def _cited() -> pl.Expr:
    """approve, or the first reason that a rejection cites, in the order of the digit keys."""
    reasons = pl.col("reasons").list
    cited = pl.coalesce(
        *(pl.when(reasons.contains(each.value)).then(pl.lit(each.value)) for each in CITABLE_LABELS)
    )
    return pl.when(_rejects()).then(cited.fill_null(NO_REASON)).otherwise(pl.col("outcome"))
