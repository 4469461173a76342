"""How people worked: pace, what others changed later, and how much harm they had to look at."""

from collections.abc import Sequence

import polars as pl

from core.domain.decision import Outcome, Source
from core.domain.period import Period
from core.metrics.intervals import wilson
from core.metrics.quantiles import quantile
from core.policies.priority import SEVERE_HARM

#: An item is of some harm from here on; severe from SEVERE_HARM.
SOME_HARM = 0.2
SEVERE, SOME, LITTLE, UNKNOWN = "severe", "some", "little", "no scores"
BANDS = (SEVERE, SOME, LITTLE, UNKNOWN)

_TIMES = dict.fromkeys(
    ("median", "median_low", "median_high", "p90", "p90_low", "p90_high"), pl.Float64
)


def looked_again(answers: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Answers that somebody else gave another answer after, in the period.

    actor (of the earlier answer), again, changed, appeals, overturned; by name.
    """
    following = pl.col("actor", "outcome", "source", "decided_at").shift(-1).over("item_id")
    chain = answers.sort("decision_seq").with_columns(following.name.prefix("next_"))
    is_appeal = pl.col("next_source") == Source.APPEAL.value
    changed = pl.col("next_outcome") != pl.col("outcome")
    return (
        chain.filter(
            pl.col("next_actor") != pl.col("actor"), pl.col("next_decided_at") >= period.start
        )
        .group_by("actor")
        .agg(
            again=pl.len(), changed=changed.sum(), appeals=is_appeal.sum(),
            overturned=(is_appeal & changed).sum(),
        )
        .sort("actor")
    )  # fmt: skip


def agreed_with_others(ratings: pl.DataFrame) -> pl.DataFrame:
    """actor, compared (items), agreed: the sum over them of the share of the others who agree."""
    same = pl.len().over("item_id", "outcome") - 1
    others = pl.len().over("item_id") - 1
    return (
        ratings.with_columns(share=same / others)
        .group_by("actor")
        .agg(compared=pl.len(), agreed=pl.col("share").sum())
        .sort("actor")
    )


def people_table(
    work: pl.DataFrame, skips: pl.DataFrame, answers: pl.DataFrame, ratings: pl.DataFrame,
    period: Period,
) -> pl.DataFrame:  # fmt: skip
    """One row a person, by name: never by speed.

    actor; decisions, escalated, undone, skips; timed (decisions with a handling time), median and
    p90 in seconds with 95 % intervals by order statistics; compared, agreed_rate with Wilson's
    interval; again, changed and appeals, overturned with the intervals of their shares.
    """
    stood = ~pl.col("is_withdrawn")
    counts = work.group_by("actor").agg(
        decisions=stood.sum(),
        escalated=(stood & (pl.col("outcome") == Outcome.ESCALATE.value)).sum(),
        undone=pl.col("is_withdrawn").sum(),
        seconds=pl.col("handling_seconds").filter(stood).drop_nulls(),
    )
    table = counts
    for other in (skips, agreed_with_others(ratings), looked_again(answers, period)):
        table = table.join(other, on="actor", how="full", coalesce=True)
    table = table.sort("actor").with_columns(
        pl.col(
            "decisions", "escalated", "undone", "skips", "compared", "agreed", "again", "changed",
            "appeals", "overturned",
        ).fill_null(0)
    )  # fmt: skip
    times = [_times(each) for each in table["seconds"].to_list()]
    return pl.concat(
        [
            table.drop("seconds").with_columns(
                timed=pl.Series(
                    [len(each or []) for each in table["seconds"].to_list()], dtype=pl.Int64
                )
            ),
            pl.DataFrame(times, schema=dict.fromkeys(_TIMES, pl.Float64), orient="row"),
            _shares(table, "agreed", "compared", "agreed_rate"),
            _shares(table, "changed", "again", "changed_rate"),
            _shares(table, "overturned", "appeals", "overturn_rate"),
        ],
        how="horizontal",
    )


def _times(seconds: Sequence[float] | None) -> tuple[float | None, ...]:
    """Median and 90 % quantile, each with the ends of its interval; None where not known."""
    if not seconds:
        return (None,) * len(_TIMES)
    found: list[float | None] = []
    for share in (0.5, 0.9):
        value, interval = quantile(seconds, share)
        found += [value, interval.low if interval else None, interval.high if interval else None]
    return tuple(found)


def _shares(table: pl.DataFrame, part: str, whole: str, name: str) -> pl.DataFrame:
    rows: list[tuple[float | None, ...]] = []
    for successes, count in table.select(part, whole).iter_rows():
        interval = wilson(successes, count)
        rows.append((successes / count, interval.low, interval.high) if count else (None,) * 3)
    schema = {name: pl.Float64, f"{name}_low": pl.Float64, f"{name}_high": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def exposure_table(work: pl.DataFrame) -> pl.DataFrame:
    """band, decisions, timed, minutes: what all people together looked at, the worst first.

    Undone decisions count: the item was seen.
    """
    found = (
        work.with_columns(band=_band())
        .group_by("band")
        .agg(
            decisions=pl.len(),
            timed=pl.col("handling_seconds").count(),
            minutes=pl.col("handling_seconds").sum() / 60,
        )
    )
    return pl.DataFrame({"band": BANDS}).join(found, on="band", how="left", maintain_order="left")


def severe_days(work: pl.DataFrame) -> pl.DataFrame:
    """severe, minutes: one row for each day (UTC) on which somebody decided, without names."""
    severe = pl.col("band") == SEVERE
    return (
        work.with_columns(band=_band(), day=pl.col("decided_at").dt.date())
        .group_by("actor", "day")
        .agg(
            severe=severe.sum(),
            minutes=pl.col("handling_seconds").filter(severe).sum() / 60,
        )
        .select("severe", "minutes")
        .sort("severe", "minutes")
    )


def _band() -> pl.Expr:
    harm = pl.col("harm")
    return (
        pl.when(harm.is_null())
        .then(pl.lit(UNKNOWN))
        .when(harm >= SEVERE_HARM)
        .then(pl.lit(SEVERE))
        .when(harm >= SOME_HARM)
        .then(pl.lit(SOME))
        .otherwise(pl.lit(LITTLE))
    )
