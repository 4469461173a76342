"""Drift between periods, on both databases."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.period import Period, Periods
from core.domain.person import Person, operator
from core.domain.role import Role
from core.errors import ForbiddenError
from core.metrics.drift import wasserstein
from core.store.drift import BEFORE, MIXES, NOW
from core.usecases.catalogue import Catalogue
from core.usecases.drift_alarms import drift_alarms
from core.usecases.drift_report import SCORE_STEPS, DriftReport, MixDrift
from core.usecases.drift_words import alarms_of
from core.usecases.list_items import count_items
from core.usecases.watch_drift import NoComparison, drift_by_day, recent_periods, watch_drift
from core.usecases.workspace import Workspace
from tests.builders import NOON, FixedClock
from tests.drifting_items import add_scored, five_weeks, spread_over

MIA = operator("mia")
DAY = timedelta(days=1)


def _report(
    space: Workspace, catalogue: Catalogue, asked: int | Periods = 7, **wanted: object
) -> DriftReport:
    found = watch_drift(space, catalogue, MIA, ItemFilter.model_validate(wanted), asked)
    assert isinstance(found, DriftReport)
    return found


def _mix(report: DriftReport, key: str) -> MixDrift:
    return next(each for each in (*report.mixes, report.verdicts) if each.key == key)


def test_nothing_drifted_where_nothing_was_changed(space: Workspace, catalogue: Catalogue) -> None:
    five_weeks(space, catalogue)
    report = _report(space, catalogue)
    assert report.items == (280, 280)
    assert not report.alarms
    assert {each.key for each in report.scores} == {label.value for label in SCORED_LABELS}
    assert drift_alarms(space, catalogue, MIA).alarms == ()
    assert "No drift beyond chance in" in drift_alarms(space, catalogue, MIA).summary


def test_planted_drift_of_scores_is_named_with_its_size(
    space: Workspace, catalogue: Catalogue
) -> None:
    five_weeks(space, catalogue, shift=0.2)
    report = _report(space, catalogue)
    found = next(each for each in report.scores if each.key == "toxicity")
    assert found.shift == pytest.approx(0.2, abs=0.03)
    assert found.distance == pytest.approx(found.shift, abs=0.01)
    alarm = next(each for each in alarms_of(report) if each.key == "toxicity")
    assert alarm.sentence.startswith(f"Toxicity scores moved {found.shift:.2f} up in the last 7 ")
    assert "; 280 against 280 items)." in alarm.sentence
    others = {each.key for each in report.alarms} - {"toxicity", "verdicts"}
    assert not others
    # The link leads to current items in the range of scores that grew most.
    listed = count_items(space, catalogue, alarm.items, person=MIA)
    assert 0 < listed < 280
    assert alarm.items.created_from == report.periods.current.start
    assert alarm.items.label is Label.TOXICITY


def test_planted_drift_of_a_mix_names_what_grew(space: Workspace, catalogue: Catalogue) -> None:
    five_weeks(
        space, catalogue,
        before={"source": ["forum"] * 35 + ["app"] * 245},
        now={"source": ["forum"] * 100 + ["app"] * 180},
    )  # fmt: skip
    report = _report(space, catalogue)
    assert [each.key for each in report.alarms] == ["source"]
    found = _mix(report, "source")
    (alarm,) = drift_alarms(space, catalogue, MIA).alarms
    assert alarm.sentence.startswith("Source forum grew from 12% to 36% in the last 7 days (PSI ")
    assert count_items(space, catalogue, alarm.items, person=MIA) == 100
    forum = next(each for each in found.categories if each.name == "forum")
    assert (forum.share_before, forum.share_now) == (0.125, pytest.approx(100 / 280))
    assert forum.interval.low < forum.difference < forum.interval.high


def test_a_new_source_is_said_to_be_new_and_its_items_are_linked(
    space: Workspace, catalogue: Catalogue
) -> None:
    five_weeks(
        space, catalogue,
        before={"source": "app"}, now={"source": ["`chat`"] * 150 + ["app"] * 130},
    )  # fmt: skip
    (alarm,) = drift_alarms(space, catalogue, MIA).alarms
    assert alarm.key == "source"
    assert alarm.sentence.startswith("Source `chat` (new) grew from 0% to 54%")
    report = _report(space, catalogue)
    assert [each.name for each in _mix(report, "source").new] == ["`chat`"]
    assert count_items(space, catalogue, alarm.items, person=MIA) == 150


def test_verdicts_follow_scores_with_their_own_numbers(
    space: Workspace, catalogue: Catalogue
) -> None:
    five_weeks(space, catalogue, shift=0.4)
    found = _mix(_report(space, catalogue), "verdicts")
    assert found.test.is_alarm
    assert found.counts == (280, 280)
    review = next(each for each in found.categories if each.name == "review")
    assert review.share_now > review.share_before + 0.2
    sentences = " ".join(each.sentence for each in drift_alarms(space, catalogue, MIA).alarms)
    assert "What the policy approves shrank from 43% to 0% in the last 7 days" in sentences


def test_both_databases_count_what_the_rows_say(space: Workspace, catalogue: Catalogue) -> None:
    """The same expectations on DuckDB and PostgreSQL: counted here from the rows themselves."""
    five_weeks(
        space, catalogue, shift=0.1, count=90,
        before={"language": ["en", "de", None] * 30, "tenant_id": ["acme", "zoo"] * 45},
        now={"language": ["en", None, "fr"] * 30, "tenant_id": ["acme", "zoo", "zoo"] * 30},
    )  # fmt: skip
    selection = catalogue.selection(ItemFilter())
    model = catalogue.model.model_version_id
    report = _report(space, catalogue)
    with space.store.reading() as parts:
        rows = pl.concat(parts.items.stream(selection, "scores"))
        items = pl.concat(parts.items.stream(selection, "items"))
        scores = parts.drift.scores(selection, report.periods, model, SCORE_STEPS)
        lengths = parts.drift.lengths(selection, report.periods, 40)
        mixes = parts.drift.mixes(selection, report.periods)
        days = parts.drift.by_day(
            selection, report.periods.whole, model, Label.TOXICITY, SCORE_STEPS
        )
    joined = rows.join(
        items.select("external_id", "tenant_id", "created_at", "body", "language"),
        on=["external_id", "tenant_id"],
    ).with_columns(
        part=pl.when(pl.col("created_at") >= report.periods.current.start)
        .then(pl.lit(NOW))
        .otherwise(pl.lit(BEFORE))
    )
    assert joined.height == 180
    for label in ("toxicity", "spam"):
        bucket = (pl.col(label).cast(pl.Float64) * SCORE_STEPS).floor().cast(pl.Int32)
        expected = joined.group_by("part", bucket.alias("bucket")).agg(items=pl.len())
        _same(scores.filter(pl.col("label") == label).drop("label"), expected)
    characters = pl.col("body").str.len_chars().clip(upper_bound=40)
    _same(lengths, joined.group_by("part", characters.alias("bucket")).agg(items=pl.len()))
    language = pl.col("language").fill_null("unknown").alias("name")
    _same(
        mixes.filter(pl.col("mix") == "language").drop("mix"),
        joined.group_by("part", language).agg(items=pl.len()),
    )
    day = (pl.col("created_at") - report.periods.whole.start).dt.total_seconds() // 86_400
    bucket = (pl.col("toxicity").cast(pl.Float64) * SCORE_STEPS).floor().cast(pl.Int32)
    _same(days, joined.group_by(day.alias("day"), bucket.alias("bucket")).agg(items=pl.len()))
    before, now = (
        joined.filter(pl.col("part") == part)["toxicity"].to_numpy() for part in (BEFORE, NOW)
    )
    found = next(each for each in report.scores if each.key == "toxicity")
    assert found.distance == pytest.approx(wasserstein(before, now), abs=0.001)
    assert found.shift == pytest.approx(now.mean() - before.mean(), abs=0.001)
    assert found.mean(found.now)[0] == pytest.approx(now.mean(), abs=0.001)


def _same(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    names = expected.columns
    rows = [tuple(row) for row in found.select(names).sort(names).rows()]
    assert rows == [tuple(row) for row in expected.sort(names).rows()]


def test_a_filter_and_a_tenant_keep_to_their_items(space: Workspace, catalogue: Catalogue) -> None:
    five_weeks(
        space, catalogue, shift=0.3,
        before={"tenant_id": ["acme", "zoo"] * 140, "language": ["en", "en", "de", "de"] * 70},
        now={"tenant_id": ["acme", "zoo"] * 140, "language": ["en", "en", "de", "de"] * 70},
    )  # fmt: skip
    only = Person(name="zoe", role=Role.ANALYST, tenants=("zoo",))
    found = watch_drift(space, catalogue, only, ItemFilter(language="de"), 7)
    assert isinstance(found, DriftReport)
    assert found.items == (70, 70)
    assert [each.name for each in _mix(found, "tenant").categories] == ["zoo"]
    everyone = _report(space, catalogue, language="de")
    assert everyone.items == (140, 140)
    nothing = watch_drift(space, catalogue, only, ItemFilter(tenant="acme"), 7)
    assert isinstance(nothing, NoComparison)
    series = drift_by_day(space, catalogue, only, found, Label.TOXICITY)
    assert series.days["items"].sum() == 140
    with pytest.raises(ForbiddenError):
        watch_drift(space, catalogue, Person(name="rob", role=Role.REVIEWER), ItemFilter(), 7)


def test_the_filters_own_dates_and_ranges_are_left_out(
    space: Workspace, catalogue: Catalogue
) -> None:
    five_weeks(space, catalogue, count=60)
    found = _report(
        space, catalogue, created_from=NOON, label="toxicity", score_min=0.9, score_max=1.0
    )
    assert found.items == (60, 60)
    assert found.wanted == ItemFilter()


def test_a_history_that_ended_in_the_past_is_read_to_its_end(
    space: Workspace, catalogue: Catalogue, clock: FixedClock
) -> None:
    five_weeks(space, catalogue, shift=0.2)
    assert not _report(space, catalogue).is_anchored
    clock.advance(days=400)
    found = _report(space, catalogue)
    assert found.is_anchored
    assert found.items == (280, 280)
    # No "last 7 days": they were long ago.
    (alarm, *_) = drift_alarms(space, catalogue, MIA).alarms
    assert "from 27 April to 4 May 2026" in alarm.sentence
    assert "last" not in alarm.sentence


def test_recent_periods_end_with_the_hour_and_touch() -> None:
    now = datetime(2026, 5, 4, 12, 20, tzinfo=UTC)
    periods, is_anchored = recent_periods(7, now - timedelta(hours=3), now)
    assert periods.current == Period(
        start=datetime(2026, 4, 27, 13, tzinfo=UTC), end=datetime(2026, 5, 4, 13, tzinfo=UTC)
    )
    assert periods.reference.end == periods.current.start
    assert periods.reference.length == timedelta(days=28)
    assert not is_anchored
    old = now - timedelta(days=30)
    periods, is_anchored = recent_periods(1, old, now)
    assert is_anchored
    assert periods.current.start < old < periods.current.end


def test_periods_that_overlap_or_run_backwards_are_refused() -> None:
    day = [NOON + DAY * place for place in range(4)]
    with pytest.raises(ValidationError, match="must end before"):
        Periods(
            reference=Period(start=day[0], end=day[2]), current=Period(start=day[1], end=day[3])
        )
    with pytest.raises(ValidationError, match="must end after"):
        Period(start=day[1], end=day[1])


def test_a_gap_between_dates_is_in_neither_period(space: Workspace, catalogue: Catalogue) -> None:
    five_weeks(space, catalogue, count=280)
    end = NOON + timedelta(hours=1)
    asked = Periods(
        reference=Period(start=end - DAY * 35, end=end - DAY * 21),
        current=Period(start=end - DAY * 7, end=end),
    )
    found = _report(space, catalogue, asked)
    assert found.items == (140, 280)
    assert found.days is None
    days = drift_by_day(space, catalogue, MIA, found, Label.TOXICITY).days
    assert days["items"].sum() == 560


def test_an_empty_store_and_a_history_of_one_day_have_no_reference(
    space: Workspace, catalogue: Catalogue
) -> None:
    nothing = watch_drift(space, catalogue, MIA, ItemFilter(), 7)
    assert isinstance(nothing, NoComparison)
    assert "No item is selected" in nothing.sentence
    add_scored(space, catalogue, spread_over(NOON - DAY / 2, NOON, 100), name="today")
    today = watch_drift(space, catalogue, MIA, ItemFilter(), 7)
    assert isinstance(today, NoComparison)
    assert "There is no reference" in today.sentence
    assert "4 May 2026, 00:03" in today.sentence
    assert drift_alarms(space, catalogue, MIA).alarms == ()
    assert "There is no reference" in drift_alarms(space, catalogue, MIA).summary
    later = Periods(
        reference=Period(start=NOON - DAY, end=NOON), current=Period(start=NOON, end=NOON + DAY)
    )
    empty = watch_drift(space, catalogue, MIA, ItemFilter(), later)
    assert isinstance(empty, NoComparison)
    assert "the current period" in empty.sentence


def test_too_few_items_raise_no_alarm_whatever_they_score(
    space: Workspace, catalogue: Catalogue
) -> None:
    five_weeks(space, catalogue, shift=0.6, count=40)
    found = _report(space, catalogue)
    assert not found.has_enough
    assert not found.alarms
    assert {each.test.psi for each in found.all} == {None}
    alarms = drift_alarms(space, catalogue, MIA)
    assert alarms.alarms == ()
    assert "too few items to tell (40 items" in alarms.summary


def test_items_without_scores_are_compared_by_what_came_in(
    space: Workspace, catalogue: Catalogue
) -> None:
    five_weeks(space, catalogue, count=60)
    # Another version of the model, which scored nothing.
    found = _report(space, catalogue, model=catalogue.model.model_version_id + 1)
    assert found.scores  # an unknown version: the one in use is meant
    other = catalogue.model.model_copy(update={"model_version_id": 12345})
    unscored = watch_drift(
        space, type(catalogue)(other, catalogue.policy, (other,), catalogue.policies), MIA,
        ItemFilter(), 7,
    )  # fmt: skip
    assert isinstance(unscored, DriftReport)
    assert unscored.scores == ()
    assert unscored.unscored == SCORED_LABELS
    assert unscored.items == (60, 60)
    assert _mix(unscored, "language").test.drift is not None


def test_days_show_when_it_began(space: Workspace, catalogue: Catalogue) -> None:
    end = NOON + timedelta(hours=1)
    start = end - DAY * 7
    add_scored(space, catalogue, spread_over(start - DAY * 28, start, 28 * 60), name="a")
    add_scored(space, catalogue, spread_over(start, end - DAY * 2, 5 * 60), name="b", seed=3)
    add_scored(space, catalogue, spread_over(end - DAY * 2, NOON, 120), name="c", seed=4, shift=0.3)
    report = _report(space, catalogue)
    days = drift_by_day(space, catalogue, MIA, report, Label.TOXICITY).days
    assert days.height == 35
    assert days["is_current"].sum() == 7
    assert days["is_alarm"].to_list() == [False] * 33 + [True] * 2
    assert np.all(days["by_chance"].to_numpy() > 0)
    quiet, loud = days["mean"][:33].mean(), days["mean"][33:].mean()
    assert loud - quiet == pytest.approx(0.3, abs=0.05)  # type: ignore[operator]  # numbers


def test_a_day_with_few_items_is_a_gap(space: Workspace, catalogue: Catalogue) -> None:
    end = NOON + timedelta(hours=1)
    add_scored(space, catalogue, spread_over(end - DAY * 35, end - DAY, 34 * 60), name="a")
    add_scored(space, catalogue, [NOON], name="b", shift=0.5)
    report = _report(space, catalogue)
    days = drift_by_day(space, catalogue, MIA, report, Label.TOXICITY).days
    assert days["items"][-1] == 1
    assert days["psi"][-1] is None
    assert days["mean"][-1] is not None
    assert not days["is_alarm"].any()


def test_every_mix_is_counted_over_all_items(space: Workspace, catalogue: Catalogue) -> None:
    five_weeks(space, catalogue, count=60)
    report = _report(space, catalogue)
    assert [each.key for each in report.mixes] == list(MIXES)
    assert {each.counts for each in report.mixes} == {(60, 60)}
    # A mix of one category is no comparison and costs the others nothing.
    assert report.tests == len(report.all) - 4
