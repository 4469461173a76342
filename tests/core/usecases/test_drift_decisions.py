"""Whether people reject as much as before of what scores alike, on both databases."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person, operator
from core.domain.role import Role
from core.errors import ForbiddenError
from core.usecases.catalogue import Catalogue
from core.usecases.drift_decisions import DecisionDrift, decision_drift
from core.usecases.drift_report import DriftReport
from core.usecases.history import Histories
from core.usecases.review_item import decide
from core.usecases.watch_drift import watch_drift
from core.usecases.workspace import Workspace
from tests.builders import NOON, a_draft
from tests.drifting_items import add_scored, spread_over

MIA = operator("mia")


def _decide(space: Workspace, ids: Sequence[int], reject_share: float) -> None:
    """Rejects the first of the items for toxicity and approves the others."""
    rejected = round(len(ids) * reject_share)
    drafts = [
        a_draft(item, outcome=Outcome.REJECT, reasons=(Label.TOXICITY,))
        if place < rejected
        else a_draft(item)
        for place, item in enumerate(ids)
    ]
    receipts = decide(space, MIA, drafts, policy_version_id=None)
    assert all(each.accepted for each in receipts)


def _found(
    space: Workspace, catalogue: Catalogue, label: Label = Label.TOXICITY, person: Person = MIA
) -> DecisionDrift:
    report = watch_drift(space, catalogue, MIA, ItemFilter(), 7)
    assert isinstance(report, DriftReport)
    return decision_drift(Histories(space.store), catalogue, person, report, label)


@pytest.fixture
def weeks(space: Workspace, catalogue: Catalogue) -> tuple[list[int], list[int]]:
    """(before, now): 120 items of each, whose toxicity is around .3."""
    start = NOON + timedelta(hours=1) - timedelta(days=7)
    before = spread_over(start - timedelta(days=28), start, 120)
    return (
        add_scored(space, catalogue, before, name="old", seed=1),
        add_scored(space, catalogue, spread_over(start, NOON, 120), name="new", seed=1),
    )


def test_without_decisions_nothing_is_said(
    space: Workspace, catalogue: Catalogue, weeks: tuple[list[int], list[int]]
) -> None:
    found = _found(space, catalogue)
    assert found.reviews == (0, 0)
    assert not any(each.is_known or each.is_alarm for each in found.buckets)
    assert {each.difference for each in found.buckets} == {None}


def test_the_same_judgement_is_no_drift(
    space: Workspace, catalogue: Catalogue, weeks: tuple[list[int], list[int]]
) -> None:
    for ids in weeks:
        _decide(space, ids, 0.5)
    found = _found(space, catalogue)
    assert found.reviews == (120, 120)
    assert sum(each.before.count for each in found.buckets) == 120
    assert not found.alarms
    # The same scores and the same decisions: no difference anywhere.
    assert {each.difference for each in found.buckets if each.is_known} == {0.0}


def test_a_harsher_judgement_of_the_same_scores_is_named_with_its_interval(
    space: Workspace, catalogue: Catalogue, weeks: tuple[list[int], list[int]]
) -> None:
    _decide(space, weeks[0], 0.2)
    _decide(space, weeks[1], 0.9)
    found = _found(space, catalogue)
    assert found.alarms
    for each in found.alarms:
        assert each.interval is not None
        assert each.difference is not None
        assert 0 < each.interval.low < each.difference < each.interval.high
    other = _found(space, catalogue, Label.SPAM)
    assert not other.alarms


def test_rates_are_counted_by_score(
    space: Workspace, catalogue: Catalogue, weeks: tuple[list[int], list[int]]
) -> None:
    _decide(space, weeks[1], 0.5)
    with space.store.reading() as parts:
        frames = parts.items.stream(catalogue.selection(ItemFilter()), "scores")
        rows = pl.concat(frames).filter(pl.col("external_id").str.starts_with("new"))
    place = rows["external_id"].str.slice(3).cast(pl.Int64).to_numpy()
    scores = rows["toxicity"].to_numpy()
    for each in _found(space, catalogue).buckets:
        inside = (scores >= np.float32(each.low)) & (scores < np.float32(each.high))
        assert each.now.count == inside.sum()
        if inside.any():
            assert each.now.value == pytest.approx((place[inside] < 60).mean())
        assert each.before.value is None


def test_few_decisions_are_shown_and_not_judged(
    space: Workspace, catalogue: Catalogue, weeks: tuple[list[int], list[int]]
) -> None:
    _decide(space, weeks[0][:10], 0.0)
    _decide(space, weeks[1][:10], 1.0)
    found = _found(space, catalogue)
    assert any(each.difference is not None for each in found.buckets)
    assert not any(each.is_known or each.is_alarm for each in found.buckets)
    with pytest.raises(ForbiddenError):
        _found(space, catalogue, person=Person(name="rob", role=Role.REVIEWER))
