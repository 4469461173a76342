"""Whether what comes in, how it scores and what the policy makes of it changed between periods."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.model_version import ModelVersion
from core.domain.period import Period, Periods
from core.domain.person import Person
from core.domain.role import Permission
from core.metrics.binned_drift import FEWEST, BinnedDrift, binned, compared, equal_mass, mean_of
from core.metrics.drift import WORTH_AN_ALARM
from core.store.drift import MIXES
from core.store.items import Selection
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.catalogue import Catalogue
from core.usecases.drift_report import (
    LEVEL,
    MOST_CHARACTERS,
    SCORE_STEPS,
    Category,
    DriftReport,
    MixDrift,
    SpreadDrift,
    categories,
    judge,
    spread,
)
from core.usecases.score_distribution import without_range
from core.usecases.workspace import Workspace

#: Lengths of the current period to choose from, in days.
CURRENT_DAYS = (1, 7, 28)
#: Days of the reference before it: whole weeks, so that weekdays weigh the same in both.
REFERENCE_DAYS = 28

_MIX_NAMES = {
    "language": "Language", "source": "Source", "tenant": "Tenant", "content_type": "Content type",
}  # fmt: skip


@dataclass(frozen=True)
class NoComparison:
    """There is nothing to compare, and why."""

    sentence: str


def without_period(wanted: ItemFilter) -> ItemFilter:
    """The filter without its dates and score ranges: both periods have their own."""
    return without_range(wanted).model_copy(update={"created_from": None, "created_until": None})


def recent_periods(days: int, newest: datetime, now: datetime) -> tuple[Periods, bool]:
    """(the last `days` and the 28 before them, whether they end at the newest item).

    They end with the current hour, or with the hour of the newest item when that is older than a
    day: a history that was imported ended in the past.
    """
    is_anchored = newest < now - timedelta(days=1)
    last = newest if is_anchored else now
    end = last.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    start = end - timedelta(days=days)
    reference = Period(start=start - timedelta(days=REFERENCE_DAYS), end=start)
    return Periods(reference=reference, current=Period(start=start, end=end)), is_anchored


@rereading
def watch_drift(
    space: Workspace,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    asked: int | Periods = 7,
) -> DriftReport | NoComparison:
    """The selection's current period against its reference; `asked` is one of CURRENT_DAYS or both
    periods. The filter's own dates and score ranges are ignored.
    """
    person.require(Permission.SEE_SCORES)
    wanted = without_period(wanted)
    selection = catalogue.selection(wanted, person)
    with space.store.reading() as parts:
        known = parts.distributions.period(selection)
        if known is None:
            return NoComparison("No item is selected. Import items, or widen the filter.")
        first, newest = known
        if isinstance(asked, Periods):
            periods, is_anchored = asked, False
        else:
            periods, is_anchored = recent_periods(asked, newest, space.clock.now())
        return _report(
            parts, catalogue, selection, periods,
            newest=newest, first=first, is_anchored=is_anchored,
            days=None if isinstance(asked, Periods) else asked,
        )  # fmt: skip


def _report(
    parts: StoreParts,
    catalogue: Catalogue,
    selection: Selection,
    periods: Periods,
    *,
    newest: datetime,
    first: datetime,
    is_anchored: bool,
    days: int | None,
) -> DriftReport | NoComparison:
    model = model_of(catalogue, selection.filter)
    mixes = {
        str(name): categories(rows)
        for (name,), rows in parts.drift.mixes(selection, periods).group_by("mix")
    }
    items = _items(mixes)
    if not all(items):
        return _lacking(periods, items, first, newest)
    scores = parts.drift.scores(selection, periods, model.model_version_id, SCORE_STEPS)
    labels = [label for label in SCORED_LABELS if (scores["label"] == label.value).any()]
    spreads = [spread(scores.filter(pl.col("label") == each.value), SCORE_STEPS) for each in labels]
    length = spread(parts.drift.lengths(selection, periods, MOST_CHARACTERS), MOST_CHARACTERS + 1)
    verdicts = categories(parts.drift.verdicts(selection, periods))
    tested = judge(
        [each[3] for each in spreads]
        + [verdicts[1], length[3], *(mixes[name][1] for name in MIXES)]
    )
    told, long, *others = tested[len(labels) :]
    return DriftReport(
        wanted=selection.filter,
        periods=periods,
        newest=newest,
        first=first,
        is_anchored=is_anchored,
        days=days,
        model=model,
        policy_name=catalogue.policy.display_name,
        items=items,
        scores=tuple(
            SpreadDrift(each.value, each.words, *found[:2], 1 / SCORE_STEPS, found[2], test)
            for each, found, test in zip(labels, spreads, tested, strict=False)
        ),
        unscored=tuple(each for each in SCORED_LABELS if each not in labels),
        length=SpreadDrift("length", "Text length", *length[:2], 1.0, length[2], long),
        mixes=tuple(
            MixDrift(name, _MIX_NAMES[name], mixes[name][0], test)
            for name, test in zip(MIXES, others, strict=True)
        ),
        verdicts=MixDrift("verdicts", "Verdicts", verdicts[0], told),
    )


def _items(
    mixes: dict[str, tuple[tuple[Category, ...], BinnedDrift | None]]
) -> tuple[int, int]:  # fmt: skip
    """(before, now): every item has a content type."""
    rows = mixes.get("content_type", ((), None))[0]
    return (rows[0].of_before, rows[0].of_now) if rows else (0, 0)


def _lacking(
    periods: Periods, items: tuple[int, int], first: datetime, newest: datetime
) -> NoComparison:
    day = "%-d %B %Y, %H:%M"
    span = f"The selected items are from {first:{day}} to {newest:{day}} (UTC)."
    if items[1]:
        return NoComparison(
            f"There is no reference: no selected item came before {periods.current.start:{day}}. "
            f"{span} Choose a shorter period, or wait until there is a past to compare with."
        )
    which = "the current period" if items[0] else "either period"
    return NoComparison(f"No selected item came in {which}. {span} Choose other dates.")


def model_of(catalogue: Catalogue, wanted: ItemFilter) -> ModelVersion:
    """The model version whose scores are meant."""
    meant = wanted.model or catalogue.model.model_version_id
    found = (each for each in catalogue.models if each.model_version_id == meant)
    return next(found, catalogue.model)


@dataclass(frozen=True)
class DaySeries:
    """One label's scores by days of 24 hours, each against the reference."""

    label: Label
    days: pl.DataFrame
    """start, end, items, mean, error, psi, by_chance, is_alarm, is_current; psi and by_chance are
    null where a day has too few items. `by_chance` is exceeded by any day in 1 of 100 such series
    without drift (Bonferroni)."""


@rereading
def drift_by_day(
    space: Workspace, catalogue: Catalogue, person: Person, report: DriftReport, label: Label
) -> DaySeries:
    """When it began: PSI and mean score of every day from the reference's start on.

    Days of the reference are compared with its other days.
    """
    person.require(Permission.SEE_SCORES)
    whole = report.periods.whole
    with space.store.reading() as parts:
        found = parts.drift.by_day(
            catalogue.selection(report.wanted, person), whole, report.model.model_version_id,
            label, SCORE_STEPS,
        )  # fmt: skip
    counts = np.zeros((report.periods.day_count, SCORE_STEPS), dtype=np.int64)
    counts[found["day"].to_numpy(), found["bucket"].to_numpy()] = found["items"].to_numpy()
    reference = next(
        (each.before for each in report.scores if each.key == label.value),
        np.zeros(SCORE_STEPS, dtype=np.int64),
    )
    starts = [whole.start + timedelta(days=day) for day in range(len(counts))]
    tested = sum(int(day.sum()) >= FEWEST for day in counts)
    rows = []
    for start, day in zip(starts, counts, strict=True):
        is_before = start + timedelta(days=1) <= report.periods.reference.end
        # Items that came in since the report are in the day and not in its reference.
        against = np.maximum(reference - day, 0) if is_before else reference
        bins = equal_mass(against, day)
        drift = compared(binned(against, bins), binned(day, bins)) if against.sum() else None
        chance = drift.by_chance(LEVEL / max(1, tested)) if drift else None
        mean, error = mean_of(day)
        rows.append(
            {
                "start": start, "end": start + timedelta(days=1), "items": int(day.sum()),
                "mean": (mean + 0.5) / SCORE_STEPS if day.any() else None,
                "error": error / SCORE_STEPS if day.any() else None,
                "psi": drift.psi if drift else None, "by_chance": chance,
                "is_alarm": bool(
                    drift and chance is not None and drift.psi > max(chance, WORTH_AN_ALARM)
                ),
                "is_current": start >= report.periods.current.start,
            }
        )  # fmt: skip
    schema = {"mean": pl.Float64, "error": pl.Float64, "psi": pl.Float64, "by_chance": pl.Float64}
    return DaySeries(label, pl.DataFrame(rows, schema_overrides=schema))
