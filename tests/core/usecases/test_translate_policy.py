"""A policy in another model's scores: what stays the same, what is lost, and how it is adopted."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from core.domain.audit_event import AuditFilter
from core.domain.comparison import ComparedSide
from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.model_version import EXTERNAL, ModelVersion
from core.domain.person import Person, operator
from core.domain.policy import (
    LabelThresholds,
    Override,
    PolicyMode,
    Rule,
    ThresholdRule,
    WeightedRule,
)
from core.domain.role import Role
from core.errors import ComparisonError, ForbiddenError, PolicyError
from core.experiments.translation import Keep, Obstacle
from core.usecases.catalogue import Catalogue
from core.usecases.compare_sides import side_of
from core.usecases.history import Histories
from core.usecases.review_item import decide
from core.usecases.score_items import record_scores
from core.usecases.translate_bound import BoundTranslation
from core.usecases.translate_policy import Translation, adopt, translate
from core.usecases.workspace import Workspace
from tests.builders import NOON, a_draft, item_frame

ANN = operator("ann")
ROWS = 1_500
LABELS = (Label.TOXICITY, Label.SPAM)
Columns = dict[Label, npt.NDArray[np.float32]]

RULE = ThresholdRule(
    thresholds={
        Label.TOXICITY: LabelThresholds(approve_below=0.3, reject_above=0.6),
        Label.SPAM: LabelThresholds(approve_below=0.5),
    }
)


class Scores:
    """Items with A's scores; other model versions can be added."""

    def __init__(self, space: Workspace, catalogue: Catalogue) -> None:
        self.space, self.catalogue = space, catalogue
        chance = np.random.default_rng(11)
        self.a: Columns = {
            label: chance.beta(0.6, 3, ROWS).astype(np.float32) for label in SCORED_LABELS
        }
        self.harmful = chance.random(ROWS) < self.a[Label.TOXICITY]
        items = item_frame(
            *(f"text number {n}" for n in range(ROWS)),
            language=["de" if n % 3 == 0 else "en" for n in range(ROWS)],
            tenant_id=["zoo" if n % 50 == 0 else "acme" for n in range(ROWS)],
            author_id=[f"author {n // 2}" for n in range(ROWS)],
        )
        with space.store.writing() as parts:
            added = parts.items.add_new(items)
            scored = items.join(
                added, on=["tenant_id", "external_id"], maintain_order="left"
            ).with_columns(
                has_decision=pl.lit(value=False),
                **{label.value: pl.Series(values) for label, values in self.a.items()},
            )
            record_scores(space, parts, scored, model=catalogue.model, policy=catalogue.policy)
        self.ids = scored["item_id"].to_list()
        self.hashes = scored["content_hash"]

    def model(
        self, columns: Columns, kind: str = "lexical", rows: slice = slice(None)
    ) -> ModelVersion:
        """Another model version that has scored these rows."""
        number = self.space.ids.next()
        version = ModelVersion(
            model_version_id=number, name="other-1", version=str(number), kind=kind,
            labels=tuple(columns), digest=f"{number:064x}", created_at=NOON,
        )  # fmt: skip
        frame = pl.DataFrame(
            {
                "item_id": self.ids,
                **{
                    label.value: pl.Series(columns[label])
                    if label in columns
                    else pl.Series([None] * ROWS, dtype=pl.Float32)
                    for label in SCORED_LABELS
                },
                "content_hash": self.hashes,
            }
        ).with_columns(model_version_id=pl.lit(number, dtype=pl.Int64), scored_at=pl.lit(NOON))
        with self.space.store.writing() as parts:
            parts.models.add(version)
            parts.scores.add_scores(frame[rows])
        return version

    def transformed(self, **facts: Any) -> ModelVersion:
        """A rising transform of A's scores: it needs other bounds, and loses nothing."""
        return self.model({label: (values**3) / 2 for label, values in self.a.items()}, **facts)

    def side(self, rule: Rule) -> ComparedSide:
        live = side_of(self.catalogue.model, self.catalogue.policy)
        return live.model_copy(update={"rule": rule})

    def translated(
        self, rule: Rule, model: ModelVersion, keep: Keep = Keep.VOLUME, **facts: Any
    ) -> Translation:
        return translate(
            self.space, Histories(self.space.store), self.catalogue, facts.pop("person", ANN),
            ItemFilter(**facts), self.side(rule), model, keep,
        )  # fmt: skip

    def review(self, count: int, reason: Label = Label.TOXICITY) -> None:
        """Decisions in a list on the first items."""
        drafts = [
            a_draft(item_id, outcome=Outcome.REJECT, reasons=(reason,)) if harmful
            else a_draft(item_id)
            for item_id, harmful in zip(self.ids[:count], self.harmful[:count].tolist(), strict=True)
        ]  # fmt: skip
        done = decide(self.space, ANN, drafts, policy_version_id=None)
        assert all(each.accepted for each in done)


@pytest.fixture
def scores(space: Workspace, catalogue: Catalogue) -> Scores:
    return Scores(space, catalogue)


def flips(translation: Translation) -> int:
    assert translation.comparison is not None
    return translation.comparison.flips


def bound_of(
    translation: Translation, label: Label | None, *, is_strict: bool, where: str | None = None
) -> BoundTranslation:
    found = [
        each
        for each in translation.bounds
        if (each.a.label, each.a.is_strict, each.a.where) == (label, is_strict, where)
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("keep", Keep)
def test_the_same_model_keeps_the_same_rule(scores: Scores, keep: Keep) -> None:
    if keep is not Keep.VOLUME:
        scores.review(120)
    found = scores.translated(RULE, scores.catalogue.model, keep)
    assert found.rule == RULE
    assert flips(found) == 0


@pytest.mark.parametrize("keep", Keep)
def test_a_rising_transform_keeps_every_verdict(scores: Scores, keep: Keep) -> None:
    scores.review(120)
    found = scores.translated(RULE, scores.transformed(), keep)
    assert found.rule != RULE
    assert found.as_it_is.flips > 100
    assert flips(found) == 0
    low = bound_of(found, Label.TOXICITY, is_strict=False)
    assert low.b == pytest.approx(0.3**3 / 2, abs=0.002)
    assert (low.items, low.caught_a) == (ROWS, int((scores.a[Label.TOXICITY] >= 0.3).sum()))
    assert low.caught_a == low.caught_b
    assert low.interval is not None
    assert low.interval.low <= low.b <= low.interval.high
    assert bound_of(found, Label.SPAM, is_strict=False).kept is (
        # Nobody was rejected for spam: only the volume can be kept.
        Keep.VOLUME
    )


def test_figures_say_what_both_bounds_do(scores: Scores) -> None:
    scores.review(120)
    noise = np.random.default_rng(3).normal(0, 0.05, ROWS)
    noisy = scores.model(
        {
            label: np.clip(values + noise, 0, 1).astype(np.float32)
            for label, values in scores.a.items()
        }
    )
    for keep in Keep:
        found = scores.translated(RULE, noisy, keep)
        high = bound_of(found, Label.TOXICITY, is_strict=True)
        assert high.b is not None
        assert high.reviews == 120
        caught = (scores.a[Label.TOXICITY] > 0.6)[:120]
        truth = scores.harmful[:120]
        assert high.precision_a.value == pytest.approx(truth[caught].mean())
        assert high.precision_a.count == caught.sum()
        assert high.recall_a.value == pytest.approx(caught[truth].mean())
        assert high.recall_b.is_known
        if keep is Keep.VOLUME:
            assert high.caught_a == high.caught_b
        if keep is Keep.RECALL:
            assert high.recall_b.value is not None
            assert high.recall_b.value >= high.recall_a.value - 1e-9
        assert flips(found) < found.as_it_is.flips + 200


def test_without_reviews_the_volume_can_be_kept_and_nothing_else(scores: Scores) -> None:
    other = scores.transformed()
    assert flips(scores.translated(RULE, other)) == 0
    for keep in (Keep.PRECISION, Keep.RECALL):
        found = scores.translated(RULE, other, keep)
        assert (found.bounds, found.rule, found.comparison) == ((), None, None)
        with pytest.raises(PolicyError, match="nothing to adopt"):
            adopt(scores.space, ANN, found, name="moved")


def test_a_label_that_nobody_cited_keeps_its_volume_and_says_why(scores: Scores) -> None:
    scores.review(120)
    found = scores.translated(RULE, scores.transformed(), Keep.RECALL)
    spam = bound_of(found, Label.SPAM, is_strict=False)
    assert (spam.asked, spam.kept, spam.obstacle) == (Keep.RECALL, Keep.VOLUME, Obstacle.NO_HARM)
    assert spam.caught_a == spam.caught_b
    # Rejections that cite toxicity say that they are not spam.
    assert spam.reviews == 120


def test_a_reason_that_a_label_cites_is_what_people_are_asked_about(scores: Scores) -> None:
    scores.review(120, reason=Label.HATE_SPEECH)
    rule = ThresholdRule(
        thresholds={
            Label.TOXICITY: LabelThresholds(
                approve_below=0.3, reject_above=0.6, cites=Label.HATE_SPEECH
            )
        }
    )
    found = scores.translated(rule, scores.transformed(), Keep.PRECISION)
    assert bound_of(found, Label.TOXICITY, is_strict=True).obstacle is None
    assert isinstance(found.rule, ThresholdRule)
    assert found.rule.thresholds[Label.TOXICITY].cites is Label.HATE_SPEECH


def test_a_precision_that_b_never_reaches_leaves_rejecting_to_people(scores: Scores) -> None:
    scores.review(120)
    chance = np.random.default_rng(4)
    # B is surest of what people find harmless.
    upside_down = np.where(scores.harmful, 0.3, 0.6) + 0.3 * chance.random(ROWS)
    blind = scores.model(dict.fromkeys(LABELS, upside_down.astype(np.float32)))
    rule = ThresholdRule(
        thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.3, reject_above=0.5)}
    )
    found = scores.translated(rule, blind, Keep.PRECISION)
    high = bound_of(found, Label.TOXICITY, is_strict=True)
    assert high.obstacle is Obstacle.NEVER_REACHED
    assert (high.b, high.caught_b) == (None, 0)
    assert high.best is not None
    assert high.target is not None
    assert high.best < high.target
    assert isinstance(found.rule, ThresholdRule)
    assert found.rule.thresholds[Label.TOXICITY].reject_above is None


def test_labels_that_b_lacks_are_lost_and_counted(scores: Scores) -> None:
    few = scores.model({Label.TOXICITY: (scores.a[Label.TOXICITY] ** 2).astype(np.float32)})
    found = scores.translated(RULE, few)
    assert found.lost == (Label.SPAM,)
    assert found.unread == ()
    # What only spam sent to review.
    by_spam = (scores.a[Label.SPAM] >= 0.5) & (scores.a[Label.TOXICITY] < 0.3)
    assert found.lost_items == by_spam.sum()
    assert isinstance(found.rule, ThresholdRule)
    assert set(found.rule.thresholds) == {Label.TOXICITY}
    assert flips(found) == 0


def test_nothing_in_common_is_an_error(scores: Scores) -> None:
    few = scores.model({Label.VIOLENCE: scores.a[Label.VIOLENCE]})
    with pytest.raises(ComparisonError):
        scores.translated(RULE, few)


def test_items_that_only_one_scored_are_left_out(scores: Scores) -> None:
    other = scores.transformed(rows=slice(0, 700))
    found = scores.translated(RULE, other)
    assert bound_of(found, Label.TOXICITY, is_strict=True).items == 700
    none = scores.transformed(rows=slice(0, 0))
    found = scores.translated(RULE, none)
    assert (found.bounds, found.rule) == ((), None)


def test_only_people_reject_stays_so(scores: Scores) -> None:
    found = scores.translated(RULE, scores.transformed())
    assert [each.a.is_strict for each in found.bounds if each.a.label is Label.SPAM] == [False]
    assert isinstance(found.rule, ThresholdRule)
    assert found.rule.thresholds[Label.SPAM].reject_above is None


OVERRIDDEN = ThresholdRule(
    thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.3, reject_above=0.6)},
    overrides=(
        Override(
            language="de",
            thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.2, reject_above=0.8)},
        ),
        Override(
            tenant="zoo",
            thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.1, reject_above=0.4)},
        ),
    ),
)


def test_bounds_of_places_are_translated_where_they_apply(scores: Scores) -> None:
    # German is scored by another scale; the zoo has too few items to tell.
    is_german = np.arange(ROWS) % 3 == 0
    columns = {
        label: np.where(is_german, values / 2, values**2).astype(np.float32)
        for label, values in scores.a.items()
    }
    found = scores.translated(OVERRIDDEN, scores.model(columns))
    is_zoo = np.arange(ROWS) % 50 == 0
    for where, low, count, is_everywhere in (
        (None, 0.3**2, int((~is_german & ~is_zoo).sum()), False),
        ("de", 0.1, int((is_german & ~is_zoo).sum()), False),
        ("zoo", None, int(is_zoo.sum()), True),
    ):
        each = bound_of(found, Label.TOXICITY, is_strict=False, where=where)
        assert (each.items, each.is_everywhere) == (count, is_everywhere)
        if low is not None:
            assert each.b == pytest.approx(low, abs=0.01)
            assert each.caught_a == each.caught_b
    assert isinstance(found.rule, ThresholdRule)
    assert [each.tenant for each in found.rule.overrides] == [None, "zoo"]
    assert found.comparison is not None
    changed = np.flatnonzero(found.comparison.paired.differ)
    assert is_zoo[changed].all()


WEIGHTED = WeightedRule(
    weights={Label.TOXICITY: 0.6, Label.SPAM: 0.4}, approve_below=0.2, reject_above=0.4
)


@pytest.mark.parametrize("keep", Keep)
def test_a_weighted_rule_keeps_its_weights(scores: Scores, keep: Keep) -> None:
    scores.review(120)
    assert scores.translated(WEIGHTED, scores.catalogue.model, keep).rule == WEIGHTED
    half = scores.model({label: scores.a[label] / 2 for label in LABELS})
    found = scores.translated(WEIGHTED, half, keep)
    assert isinstance(found.rule, WeightedRule)
    assert found.rule.weights == WEIGHTED.weights
    assert found.rule.reject_above == pytest.approx(0.2, abs=0.01)
    assert flips(found) == 0
    assert bound_of(found, None, is_strict=True).reviews == 120


def test_all_equal_scores_are_caught_all_or_none(scores: Scores) -> None:
    flat = scores.model({label: np.full(ROWS, 0.25, dtype=np.float32) for label in LABELS})
    found = scores.translated(RULE, flat)
    for each in found.bounds:
        assert each.b is not None
        assert each.caught_b in (0, ROWS)


def test_bounds_stay_in_order(scores: Scores) -> None:
    # What A reviews, B finds least harmful: the same recall asks for another order.
    chance = np.random.default_rng(6)
    scores.review(120)
    for keep in Keep:
        for seed in range(3):
            odd = scores.model(
                {label: chance.permutation(scores.a[label]).astype(np.float32) for label in LABELS}
            )
            rule = scores.translated(RULE, odd, keep).rule
            assert isinstance(rule, ThresholdRule), seed


def test_new_reviews_are_noticed(scores: Scores) -> None:
    histories, other = Histories(scores.space.store), scores.transformed()

    def again(keep: Keep) -> Translation:
        return translate(
            scores.space, histories, scores.catalogue, ANN, ItemFilter(), scores.side(RULE), other,
            keep,
        )  # fmt: skip

    assert again(Keep.RECALL).rule is None
    assert again(Keep.VOLUME).rule == again(Keep.VOLUME).rule
    scores.review(120)
    assert again(Keep.RECALL).rule is not None


def test_another_policy_with_the_same_rule_is_named_as_itself(scores: Scores) -> None:
    histories, other = Histories(scores.space.store), scores.transformed()
    for name, number in (("first", 1), ("second", 2)):
        side = scores.side(RULE).model_copy(update={"name": name, "policy_version_id": number})
        found = translate(
            scores.space, histories, scores.catalogue, ANN, ItemFilter(), side, other, Keep.VOLUME
        )
        assert (found.a.name, found.a.policy_version_id) == (name, number)


def test_adopting_saves_a_draft_and_notes_what_it_comes_from(scores: Scores) -> None:
    other = scores.transformed()
    found = scores.translated(RULE, other)
    manager = Person(name="mia", role=Role.POLICY_MANAGER)
    draft = adopt(scores.space, manager, found, name="moved")
    assert (draft.mode, draft.rule) == (PolicyMode.DRAFT, found.rule)
    assert draft.model_version_id == other.model_version_id
    assert (draft.display_name, draft.author) == ("moved v1", "mia")
    with scores.space.store.reading() as parts:
        stored = [each for each in parts.policies.all() if each.name == "moved"]
        event = parts.audit.page(AuditFilter(), None, 1)[0]
    assert [each.rule for each in stored] == [found.rule]
    assert event.verb == "policy.drafted"
    live = scores.catalogue.policy
    origin = event.details["origin"]
    assert origin["translated_from"] == found.a.name
    assert live.display_name in origin["translated_from"]
    assert origin["policy_version_id"] == str(live.policy_version_id)
    assert origin["kept"] == "volume"
    assert (origin["items"], origin["flips"]) == (ROWS, 0)


def test_only_who_manages_policies_adopts(scores: Scores) -> None:
    found = scores.translated(RULE, scores.transformed())
    with pytest.raises(ForbiddenError):
        adopt(scores.space, Person(name="al", role=Role.ANALYST), found, name="moved")
    with pytest.raises(ForbiddenError):
        scores.translated(RULE, found.model, person=Person(name="rev", role=Role.REVIEWER))


def test_a_model_that_runs_elsewhere_cannot_be_adopted(scores: Scores) -> None:
    found = scores.translated(RULE, scores.transformed(kind=EXTERNAL))
    assert flips(found) == 0
    with pytest.raises(PolicyError, match="runs elsewhere"):
        adopt(scores.space, ANN, found, name="moved")


def test_only_the_tenants_that_somebody_sees_are_translated_on(scores: Scores) -> None:
    narrow = Person(name="zoe", role=Role.ANALYST, tenants=("zoo",))
    found = scores.translated(RULE, scores.transformed(), person=narrow)
    assert bound_of(found, Label.TOXICITY, is_strict=True).items == ROWS // 50


def _perspective(toxicity: npt.NDArray[np.float32], chance: np.random.Generator) -> Any:
    """What another vendor might have said: another scale, its own mistakes, three decimals."""
    clear = np.clip(toxicity.astype(np.float64), 1e-4, 1 - 1e-4)
    logit = np.log(clear / (1 - clear))
    other = 1 / (1 + np.exp(-(0.55 * logit + 0.9 + chance.normal(0, 0.25, logit.size))))
    return np.round(other, 3).astype(np.float32)


def test_leaving_a_vendor_keeps_the_policy(scores: Scores) -> None:
    """A: the vendor's old scores, under bounds made for them. B: the model in use."""
    vendor = scores.model(
        {Label.TOXICITY: _perspective(scores.a[Label.TOXICITY], np.random.default_rng(12))},
        kind=EXTERNAL,
    )
    rule = ThresholdRule(
        thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.6, reject_above=0.8)}
    )
    a = side_of(vendor, scores.catalogue.policy).model_copy(update={"rule": rule})
    found = translate(
        scores.space, Histories(scores.space.store), scores.catalogue, ANN, ItemFilter(), a,
        scores.catalogue.model, Keep.VOLUME,
    )  # fmt: skip
    assert found.comparison is not None
    before, after = found.as_it_is.matrix, found.comparison.matrix
    # The vendor's bounds on our scores would reject far less; translated they reject as much.
    assert before.sum(axis=0)[2] < 0.7 * before.sum(axis=1)[2]
    assert abs(after.sum(axis=0) - after.sum(axis=1)).max() <= 3
    assert found.comparison.flips < 0.5 * found.as_it_is.flips
    draft = adopt(scores.space, ANN, found, name="ours")
    assert draft.model_version_id == scores.catalogue.model.model_version_id
