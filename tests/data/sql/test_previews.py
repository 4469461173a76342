"""Previews count exactly what enforcement does, on both databases and for every rule."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.person import operator
from core.domain.policy import LabelThresholds, Place, PolicyVersion, Rule, ThresholdRule
from core.domain.verdict import VerdictKind
from core.policies.builtin import WEIGHTED_BASELINE
from core.policies.evaluate import evaluate
from core.store.items import Selection
from core.store.job_handle import NoJob
from core.usecases.catalogue import Catalogue
from core.usecases.conclude_history import conclude_history
from core.usecases.history import Histories
from core.usecases.preview_policy import Flip, Preview, list_flips, preview_policy
from core.usecases.review_item import decide
from core.usecases.score_items import record_scores
from core.usecases.workspace import Workspace
from tests.builders import a_draft, item_frame
from tests.rules import LANGUAGES, TENANTS, rules

ROWS = 240
ANALYST = operator("ana")


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
        values = {label.value: _scores(chance) for label in SCORED_LABELS}
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


def _version(catalogue: Catalogue, rule: Rule) -> PolicyVersion:
    return catalogue.policy.model_copy(update={"rule": rule})


def _preview(
    space: Workspace, histories: Histories, catalogue: Catalogue, before: Rule, after: Rule
) -> Preview:
    return preview_policy(
        space, histories, catalogue, ANALYST, ItemFilter(),
        before=_version(catalogue, before), rule=after,
    )  # fmt: skip


@given(before=rules, after=rules)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_preview_counts_equal_counts_after_enforcement_exactly(
    space: Workspace, catalogue: Catalogue, history: pl.DataFrame, before: Rule, after: Rule
) -> None:
    preview = _preview(space, Histories(space.store), catalogue, before, after)
    enforced = {"before": Counter[str](), "after": Counter[str]()}
    cited = {"before": Counter[Label](), "after": Counter[Label]()}
    flips = 0
    for row in history.iter_rows(named=True):
        scores = {label: row[label.value] for label in SCORED_LABELS}
        place = Place(tenant=row["tenant_id"], language=row["language"])
        verdicts = {
            "before": evaluate(scores, before, place),
            "after": evaluate(scores, after, place),
        }
        for side, verdict in verdicts.items():
            enforced[side][verdict.kind.value] += 1
            cited[side].update(verdict.reasons)
        flips += verdicts["before"].kind is not verdicts["after"].kind
    for side, found in (("before", preview.before), ("after", preview.after)):
        assert {kind.value: n for kind, n in found.counts.items() if n} == enforced[side]
        assert {label: n for label, n in found.cited.items() if n} == cited[side]
    assert preview.flips == flips
    for what in ("language", "tenant"):
        parts = preview.by(what)
        assert parts["items"].sum() == ROWS
        assert parts["flips"].sum() == flips


def test_previews_equal_what_scoring_with_the_published_rule_records(
    space: Workspace, catalogue: Catalogue, history: pl.DataFrame
) -> None:
    """The same items brought in anew under the rule get the verdicts the preview promised."""
    preview = _preview(
        space, Histories(space.store), catalogue, catalogue.policy.rule, WEIGHTED_BASELINE
    )
    again = history.with_columns(
        external_id=pl.col("external_id") + "-again", tenant_id=pl.col("tenant_id")
    ).drop("item_id", "is_new", "is_same_content")
    published = _version(catalogue, WEIGHTED_BASELINE).model_copy(
        update={"policy_version_id": 78, "name": "published"}
    )
    with space.store.writing() as parts:
        added = parts.items.add_new(again.drop([*(x.value for x in SCORED_LABELS), "has_decision"]))
        scored = again.join(added, on=["tenant_id", "external_id"], maintain_order="left")
        record_scores(space, parts, scored, model=catalogue.model, policy=published)
    with space.store.reading() as parts:
        for kind, count in preview.after.counts.items():
            wanted = catalogue.selection(ItemFilter(verdict=kind)).model_copy(
                update={"policy_version_id": 78}
            )
            assert parts.items.count(wanted) == count


def test_concluding_records_what_the_preview_said(
    space: Workspace, catalogue: Catalogue, history: pl.DataFrame
) -> None:
    preview = _preview(
        space, Histories(space.store), catalogue, catalogue.policy.rule, WEIGHTED_BASELINE
    )
    draft = _version(catalogue, WEIGHTED_BASELINE).model_copy(update={"policy_version_id": 77})
    assert conclude_history(space, draft, NoJob()) == len(history)
    assert conclude_history(space, draft, NoJob()) == 0
    model = catalogue.model.model_version_id
    selection = _everything(catalogue).model_copy(update={"policy_version_id": 77})
    with space.store.reading() as parts:
        for kind, count in preview.after.counts.items():
            assert parts.items.count(
                selection.model_copy(update={"filter": ItemFilter(verdict=kind)})
            ) == count  # fmt: skip
        shadow = parts.previews.verdicts_compared(
            _everything(catalogue), catalogue.policy.policy_version_id, 77
        )
        told = parts.distributions.buckets(selection, Label.SPAM, model, 10, "verdict")
    found = {(row[0], row[1]): row[2] for row in shadow.rows()}
    expected = {(was.value, now.value): n for (was, now), n in preview.matrix.items() if n}
    assert found == expected
    assert told["items"].sum() == history["spam"].drop_nulls().len()


def test_flips_are_sorted_by_certainty_and_narrowed(
    space: Workspace, catalogue: Catalogue, history: pl.DataFrame
) -> None:
    strict = ThresholdRule(thresholds={Label.SPAM: LabelThresholds(approve_below=0.1)})
    lax = ThresholdRule(thresholds={Label.SPAM: LabelThresholds(approve_below=0.8)})
    preview = _preview(space, Histories(space.store), catalogue, strict, lax)
    flip = Flip(before=VerdictKind.REVIEW, after=VerdictKind.APPROVE)
    clear = list_flips(space, ANALYST, preview, lax, flip=flip, limit=10)
    close = list_flips(space, ANALYST, preview, lax, flip=flip, clear_first=False, limit=10)
    assert clear.height == close.height == 10
    assert clear["distance"].is_sorted(descending=True)
    assert close["distance"].is_sorted()
    assert set(clear["before"]) == {"review"}
    assert set(clear["after"]) == {"approve"}
    assert clear["body"].str.starts_with("text").all()
    assert history.height == ROWS


def test_a_history_in_memory_follows_the_store(
    space: Workspace, catalogue: Catalogue, history: pl.DataFrame
) -> None:
    histories = Histories(space.store)
    model = catalogue.model.model_version_id
    first = histories.get(_everything(catalogue), model)
    assert histories.get(_everything(catalogue), model).columns is first.columns
    assert first.size == ROWS
    with space.store.writing() as parts:
        more = item_frame("one more", external_id=["more"], tenant_id="north", language="fr")
        added = parts.items.add_new(more)
        scored = more.join(added, on=["tenant_id", "external_id"]).with_columns(
            **{label.value: pl.lit(0.9, dtype=pl.Float32) for label in SCORED_LABELS},
            has_decision=pl.lit(value=False),
        )
        record_scores(space, parts, scored, model=catalogue.model, policy=catalogue.policy)
    second = histories.get(_everything(catalogue), model)
    assert second.size == ROWS + 1
    assert Place(tenant="north", language="fr") in second.places
    decide(
        space, operator("ann"),
        [a_draft(int(second.ids[-1]), outcome=Outcome.REJECT, reasons=(Label.SPAM,))],
        policy_version_id=None,
    )  # fmt: skip
    third = histories.get(_everything(catalogue), model)
    assert third.columns is second.columns
    assert third.reviews["item_id"].to_list() == [int(second.ids[-1])]


def test_memory_is_bounded(space: Workspace, catalogue: Catalogue, history: pl.DataFrame) -> None:
    histories = Histories(space.store, most_bytes=1)
    model = catalogue.model.model_version_id
    english = catalogue.selection(ItemFilter(language="en"))
    first = histories.get(_everything(catalogue), model)
    assert histories.get(english, model).size < ROWS
    assert histories.get(_everything(catalogue), model) is not first
    assert history.height == ROWS


def test_a_model_without_scores_for_half_of_the_items_says_so(
    space: Workspace, catalogue: Catalogue, history: pl.DataFrame
) -> None:
    other = catalogue.model.model_version_id + 1
    half = history.head(ROWS // 2)
    with space.store.writing() as parts:
        parts.scores.add_scores(
            half.select(
                "item_id", *(label.value for label in SCORED_LABELS), "content_hash",
                model_version_id=pl.lit(other, dtype=pl.Int64), scored_at=pl.lit(space.clock.now()),
            )
        )  # fmt: skip
    preview = preview_policy(
        space, Histories(space.store), catalogue, ANALYST, ItemFilter(),
        before=catalogue.policy, rule=catalogue.policy.rule, model_version_id=other,
    )  # fmt: skip
    assert preview.history.size == ROWS // 2
    assert preview.unscored == ROWS // 2
    assert preview.flips == 0


def test_no_history_has_a_preview_all_the_same(space: Workspace, catalogue: Catalogue) -> None:
    preview = _preview(
        space, Histories(space.store), catalogue, catalogue.policy.rule, WEIGHTED_BASELINE
    )
    assert preview.flips == 0
    assert preview.flip_share == 0
    assert not preview.after.precision.is_known
    assert preview.by("language").is_empty()
    assert list_flips(space, ANALYST, preview, WEIGHTED_BASELINE).is_empty()


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
