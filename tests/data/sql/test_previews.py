"""Previews count exactly what enforcement does, on both databases and for every rule."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import LabelThresholds, Place, Rule, ThresholdRule
from core.domain.verdict import VerdictKind
from core.policies.builtin import WEIGHTED_BASELINE
from core.policies.evaluate import evaluate
from core.policies.evaluate_frame import evaluate_frame
from core.store.items import Selection
from core.store.previews import Flip, RuleOn
from core.usecases.catalogue import Catalogue
from core.usecases.score_items import record_scores
from core.usecases.workspace import Workspace
from tests.builders import item_frame
from tests.rules import LANGUAGES, TENANTS, rules

ROWS = 240


@pytest.fixture
def history(space: Workspace, catalogue: Catalogue) -> pl.DataFrame:
    """Items with scores, many of them exactly on round numbers, some missing."""
    chance = np.random.default_rng(4)
    items = item_frame(
        *(f"text {number}" for number in range(ROWS)),
        tenant_id=[TENANTS[at] for at in chance.integers(0, 2, ROWS)],
        language=[LANGUAGES[at] for at in chance.integers(0, 3, ROWS)],
    )
    with space.store.writing() as parts:
        added = parts.items.add_new(items)
        values = {
            label.value: _scores(chance) for label in SCORED_LABELS
        }
        scored = items.join(added, on=["tenant_id", "external_id"], maintain_order="left")
        scored = scored.with_columns(**values, has_decision=pl.lit(value=False))
        record_scores(space, parts, scored, model=catalogue.model, policy=catalogue.policy)
    return scored


def _scores(chance: np.random.Generator) -> pl.Series:
    values = np.where(
        chance.random(ROWS) < 0.4,
        chance.choice([0.0, 0.25, 0.3, 0.5, 0.7, 0.75, 1.0], ROWS),
        chance.random(ROWS),
    )
    known: Sequence[float | None] = [
        None if missing else float(value)
        for value, missing in zip(values, chance.random(ROWS) < 0.05, strict=True)
    ]
    return pl.Series(known, dtype=pl.Float32)


def _everything(catalogue: Catalogue) -> Selection:
    return catalogue.selection(ItemFilter())


def _on(catalogue: Catalogue, rule: Rule) -> RuleOn:
    return RuleOn(rule=rule, model_version_id=catalogue.model.model_version_id)


@given(before=rules, after=rules)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_preview_counts_equal_counts_after_enforcement_exactly(
    space: Workspace, catalogue: Catalogue, history: pl.DataFrame, before: Rule, after: Rule
) -> None:
    was, becomes = _on(catalogue, before), _on(catalogue, after)
    with space.store.reading() as parts:
        cells = parts.previews.verdict_counts(_everything(catalogue), was, becomes)
        flips = parts.previews.flips(
            _everything(catalogue), was, becomes, Flip(), clear_first=True, limit=ROWS
        )
    enforced_before = evaluate_frame(history, before)
    enforced_after = evaluate_frame(history, after)
    expected = Counter(
        zip(
            history["language"], history["tenant_id"], enforced_before["verdict"],
            enforced_after["verdict"], strict=True,
        )
    )  # fmt: skip
    found = {
        (row["language"], row["tenant_id"], row["before"], row["after"]): row["items"]
        for row in cells.iter_rows(named=True)
    }
    assert found == expected
    for label in Label:
        cited = enforced_after["reasons"].list.contains(label.value).sum()
        name = f"after_{label.value}"
        assert (cells[name].sum() if name in cells.columns else 0) == cited
    by_id = dict(zip(history["item_id"], enforced_after.iter_rows(named=True), strict=True))
    for row in flips.iter_rows(named=True):
        wanted = by_id[row["item_id"]]
        assert row["after"] == wanted["verdict"]
        assert row["distance"] == wanted["distance"]
        assert row["overall"] == wanted["overall"]
    changed = enforced_before["verdict"] != enforced_after["verdict"]
    assert flips.height == changed.sum()


def test_single_evaluation_agrees_with_both(
    space: Workspace, catalogue: Catalogue, history: pl.DataFrame
) -> None:
    counts: Counter[str] = Counter()
    for row in history.iter_rows(named=True):
        scores = {label: row[label.value] for label in SCORED_LABELS}
        place = Place(tenant=row["tenant_id"], language=row["language"])
        counts[evaluate(scores, WEIGHTED_BASELINE, place).kind.value] += 1
    baseline = _on(catalogue, WEIGHTED_BASELINE)
    with space.store.reading() as parts:
        cells = parts.previews.verdict_counts(_everything(catalogue), baseline, baseline)
    assert dict(cells.group_by("after").agg(pl.col("items").sum()).rows()) == counts


def test_concluding_records_what_the_preview_said(
    space: Workspace, catalogue: Catalogue, history: pl.DataFrame
) -> None:
    baseline = _on(catalogue, WEIGHTED_BASELINE)
    known = len(history)
    after_id: int | None = 0
    with space.store.writing() as parts:
        cells = parts.previews.verdict_counts(_everything(catalogue), baseline, baseline)
        while after_id is not None:
            after_id = parts.previews.conclude(77, baseline, after_id, 100)
        assert parts.previews.conclude(77, baseline, 0, 100) is None
    with space.store.reading() as parts:
        selection = catalogue.selection(ItemFilter()).model_copy(update={"policy_version_id": 77})
        frame = parts.distributions.buckets(
            selection, Label.SPAM, catalogue.model.model_version_id, 10, "verdict"
        )
        spam_known = history["spam"].drop_nulls().len()
        assert frame["items"].sum() == spam_known
        for kind in VerdictKind:
            selected = selection.model_copy(update={"filter": ItemFilter(verdict=kind)})
            expected = cells.filter(pl.col("after") == kind.value)["items"].sum()
            assert parts.items.count(selected) == expected
    assert cells["items"].sum() == known


def test_flips_are_sorted_by_certainty_and_narrowed(
    space: Workspace, catalogue: Catalogue, history: pl.DataFrame
) -> None:
    strict = ThresholdRule(thresholds={Label.SPAM: LabelThresholds(approve_below=0.1)})
    lax = ThresholdRule(thresholds={Label.SPAM: LabelThresholds(approve_below=0.8)})
    flip = Flip(before=VerdictKind.REVIEW, after=VerdictKind.APPROVE)
    with space.store.reading() as parts:
        ask = parts.previews
        both = _on(catalogue, strict), _on(catalogue, lax)
        clear = ask.flips(_everything(catalogue), *both, flip, clear_first=True, limit=10)
        close = ask.flips(_everything(catalogue), *both, flip, clear_first=False, limit=10)
    assert clear.height == close.height == 10
    assert clear["distance"].is_sorted(descending=True)
    assert close["distance"].is_sorted()
    assert set(clear["before"]) == {"review"}
    assert set(clear["after"]) == {"approve"}
    assert history.height == ROWS


def test_a_score_of_one_lies_in_the_last_bucket(
    space: Workspace, catalogue: Catalogue, history: pl.DataFrame
) -> None:
    model = catalogue.model.model_version_id
    with space.store.reading() as parts:
        ask = parts.distributions
        frame = ask.buckets(_everything(catalogue), Label.TOXICITY, model, 20, "none")
        grid = ask.density(_everything(catalogue), (Label.TOXICITY, Label.SPAM), model, 10)
        assert ask.scored_count(_everything(catalogue), model) == ROWS
        assert ask.scored_count(_everything(catalogue), model + 1) == 0
        assert ask.period(_everything(catalogue)) is not None
        outcomes = ask.outcomes(_everything(catalogue))
    known = history["toxicity"].drop_nulls().to_numpy().astype(np.float64)
    expected = np.bincount(np.minimum(np.floor(known * 20), 19).astype(int), minlength=20)
    found = np.zeros(20, dtype=int)
    found[frame["bucket"].to_numpy()] = frame["items"].to_numpy()
    assert found.tolist() == expected.tolist()
    both = history.drop_nulls(["toxicity", "spam"]).height
    assert grid["items"].sum() == both
    assert int(grid["x"].max()) == 9  # type: ignore[arg-type]  # a number
    assert outcomes["items"].sum() == ROWS
