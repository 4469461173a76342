"""The simulated reviewers of the demonstration corpus: how right and how fast they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from core.domain.decision import Outcome
from core.domain.label import CITABLE_LABELS
from data.demo.texts import Chance


@dataclass(frozen=True)
class DemoReviewer:
    """Declared habits: chance to miss a violation, to see one where none is, and pace."""

    name: str
    misses: float
    false_alarms: float
    seconds: float
    share: float
    first_hour: int

    def rejects(self, chance: Chance, difficulty: float, *, violates: bool) -> bool:
        """Whether they reject an item that violates a rule, or does not."""
        if violates:
            return chance.random() > self.misses * (0.5 + 2 * difficulty)
        return chance.random() < self.false_alarms * (0.3 + 2 * difficulty)


REVIEWERS: tuple[DemoReviewer, ...] = (
    DemoReviewer("amira", misses=0.05, false_alarms=0.02, seconds=9.0, share=0.30, first_hour=7),
    DemoReviewer("bo", misses=0.18, false_alarms=0.01, seconds=5.0, share=0.25, first_hour=8),
    DemoReviewer("chandra", misses=0.06, false_alarms=0.09, seconds=12.0, share=0.20, first_hour=9),
    DemoReviewer("dmitri", misses=0.10, false_alarms=0.04, seconds=7.5, share=0.15, first_hour=13),
    DemoReviewer("elif", misses=0.03, false_alarms=0.03, seconds=18.0, share=0.10, first_hour=14),
)

DECISION_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "external_id": pl.String,
    "tenant_id": pl.String,
    "outcome": pl.String,
    "reasons": pl.List(pl.String),
    "decided_by": pl.String,
    "decided_at": pl.Datetime("us", "UTC"),
    "handling_seconds": pl.Float64,
    "note": pl.String,
    "is_drawn": pl.Boolean,
}
#: What a queue shows people is decided; of the rest, part was looked at all the same.
_DECIDED_SHARE = 0.50
_DECIDED_SHARE_OF_HARD = 0.985
_OVERTURNED_SHARE = 0.03
_UNDECIDED_DAYS = 2


def past_decisions(chance: Chance, items: pl.DataFrame, until: datetime) -> pl.DataFrame:
    """A decision on every item older than two days; `is_drawn` marks the ones people took.

    The others are what the reviewers would have said, for items that a random slice picks later.
    A few of the taken ones are overturned by somebody else.
    """
    made: list[dict[str, object]] = []
    for row in items.iter_rows(named=True):
        if row["created_at"] >= until - timedelta(days=_UNDECIDED_DAYS):
            continue
        is_hard = row["violates"] or row["difficulty"] >= 0.3
        is_drawn = chance.random() < (_DECIDED_SHARE_OF_HARD if is_hard else _DECIDED_SHARE)
        first = _decision(chance, row, until, after=row["created_at"])
        made.append({**first, "is_drawn": is_drawn})
        after = first["decided_at"]
        if is_drawn and chance.random() < _OVERTURNED_SHARE and isinstance(after, datetime):
            second = _decision(chance, row, until, after=after)
            made.append({**second, "note": "Second look.", "is_drawn": True})
    return pl.DataFrame(made, schema=DECISION_SCHEMA)


def _decision(
    chance: Chance, row: dict[str, object], until: datetime, *, after: datetime
) -> dict[str, object]:
    shares = [reviewer.share for reviewer in REVIEWERS]
    reviewer = REVIEWERS[int(chance.choice(len(REVIEWERS), p=shares))]
    violated = [label.value for label in CITABLE_LABELS if row[label.value] == 1]
    difficulty = float(str(row["difficulty"]))
    rejects = reviewer.rejects(chance, difficulty, violates=bool(violated))
    outcome = Outcome.REJECT if rejects else Outcome.APPROVE
    if chance.random() < 0.015:
        outcome = Outcome.ESCALATE
    length = len(str(row["body"]))
    pace = reviewer.seconds * (0.6 + difficulty + length / 600)
    return {
        "external_id": row["external_id"],
        "tenant_id": row["tenant_id"],
        "outcome": outcome.value,
        "reasons": (violated or ["toxicity"]) if outcome is Outcome.REJECT else [],
        "decided_by": reviewer.name,
        "decided_at": _in_working_hours(chance, reviewer, after, until),
        "handling_seconds": round(float(pace * chance.lognormal(0, 0.5)), 1),
        "note": None,
    }


def _in_working_hours(
    chance: Chance, reviewer: DemoReviewer, after: datetime, until: datetime
) -> datetime:
    moment = after + timedelta(minutes=float(chance.exponential(240)))
    if not reviewer.first_hour <= moment.hour < reviewer.first_hour + 8:
        start = moment.replace(hour=reviewer.first_hour, minute=0, second=0)
        if start < moment:
            start += timedelta(days=1)
        moment = start + timedelta(minutes=float(chance.uniform(0, 470)))
    return min(moment, until - timedelta(minutes=1))
