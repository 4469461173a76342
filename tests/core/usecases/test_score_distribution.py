"""How scores are distributed and what a range of them holds, on both databases."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.person import Person, operator
from core.domain.role import Role
from core.errors import ForbiddenError
from core.store.previews import DISTRIBUTED_BY
from core.usecases.catalogue import Catalogue, ensure_catalogue
from core.usecases.list_items import count_items
from core.usecases.rescore_items import rescore_items
from core.usecases.review_item import decide
from core.usecases.score_distribution import (
    BUCKETS,
    Distribution,
    range_facts,
    score_density,
    score_distribution,
    shift,
    without_range,
)
from core.usecases.score_items import score_items
from core.usecases.workspace import Workspace
from tests.builders import WordClassifier, a_draft, item_frame

MIA = operator("mia")
TOXIC = ItemFilter(label=Label.TOXICITY, score_min=0.5, score_max=0.6)


class SpamOnly(WordClassifier):
    """Another model, which scores one label."""

    name = "spam-1"
    digest = "ef" * 32
    labels = (Label.SPAM,)
    WORDS: ClassVar = {"pills": Label.SPAM}


@pytest.fixture
def ids_of(space: Workspace, catalogue: Catalogue, classifier: WordClassifier) -> list[int]:
    """Toxicity .05 for five, .55 for three, .95 for two."""
    bodies = ["hello", "lunch", "idiot", "buy pills", "idiot idiot", "bye", "an idiot", "kill",
              "idiot, idiot", "idiot pills"]  # fmt: skip
    frame = item_frame(
        *bodies, tenant_id=["acme", "zoo"] * 5, language=["en", "de", None, "en", "de"] * 2,
        source=["app", None] * 5,
    )  # fmt: skip
    with space.store.writing() as parts:
        ids: list[int] = parts.items.add_new(frame)["item_id"].to_list()
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    return ids


def _sums(found: Distribution) -> dict[str, int]:
    return {name: int(counts.sum()) for name, counts in found.parts.items()}


def _of(counts: Mapping[int, int]) -> Distribution:
    buckets = np.zeros(BUCKETS, dtype=np.int64)
    for bucket, count in counts.items():
        buckets[bucket] = count
    return Distribution(label=Label.TOXICITY, parts={"all": buckets}, selected=int(buckets.sum()))


def test_every_way_to_tell_apart_sums_to_the_scored_items(
    space: Workspace, catalogue: Catalogue, ids_of: list[int]
) -> None:
    decide(space, MIA, [a_draft(ids_of[2])], policy_version_id=None)
    found = {
        by: score_distribution(space, catalogue, MIA, ItemFilter(), Label.TOXICITY, by=by)
        for by in (*DISTRIBUTED_BY, "model")
    }
    assert {by: each.scored for by, each in found.items()} == dict.fromkeys(found, 10)
    assert {each.selected for each in found.values()} == {10}
    assert len({tuple(each.total.tolist()) for each in found.values()}) == 1
    assert np.flatnonzero(found["none"].total).tolist() == [2, 27, 47]
    assert {by: _sums(each) for by, each in found.items()} == {
        "none": {"all": 10},
        # One of the flagged was approved by people.
        "outcome": {"undecided": 4, "approve": 4, "reject": 2},
        "language": {"de": 4, "en": 4, "unknown": 2},
        "tenant": {"acme": 5, "zoo": 5},
        "source": {"app": 5, "unknown": 5},
        "verdict": {"review": 5, "approve": 3, "reject": 2},
        "model": {"words-1 (1)": 10},
    }
    assert found["none"].mean == pytest.approx((5 * 0.05 + 3 * 0.55 + 2 * 0.95) / 10, abs=0.011)


def test_ranges_are_ignored_and_filters_are_not(
    space: Workspace, catalogue: Catalogue, ids_of: list[int]
) -> None:
    both = TOXIC.model_copy(update={"also_label": Label.SPAM, "also_min": 0.9, "also_max": 1.0})
    everything = score_distribution(space, catalogue, MIA, both, Label.TOXICITY)
    assert everything.scored == 10
    german = both.model_copy(update={"language": "de"})
    assert score_distribution(space, catalogue, MIA, german, Label.TOXICITY).scored == 4
    assert without_range(german) == ItemFilter(language="de")
    assert without_range(ItemFilter(language="de")) == ItemFilter(language="de")


def test_nothing_is_known_of_an_empty_selection(
    space: Workspace, catalogue: Catalogue, ids_of: list[int]
) -> None:
    found = score_distribution(space, catalogue, MIA, ItemFilter(tenant="no"), Label.TOXICITY)
    assert (found.scored, found.selected, found.mean, found.parts) == (0, 0, None, {})
    assert shift(found, found).drift is None


def test_models_are_told_apart_and_twins_of_one_name_add_up(
    space: Workspace, catalogue: Catalogue, ids_of: list[int]
) -> None:
    rescore_items(space, SpamOnly(), catalogue=catalogue, wanted=ItemFilter(tenant="zoo"),
                  person=MIA, progress=lambda done, total: None)  # fmt: skip
    with space.store.reading() as parts:
        models = tuple(parts.models.all())
    known = replace(catalogue, models=models)
    by_model = score_distribution(space, known, MIA, ItemFilter(), Label.SPAM, by="model")
    assert _sums(by_model) == {"words-1 (1)": 10, "spam-1 (1)": 5}
    twins = tuple(each.model_copy(update={"name": "twin"}) for each in models)
    in_use = next(
        each for each in twins if each.model_version_id == catalogue.model.model_version_id
    )
    known = replace(catalogue, model=in_use, models=twins)
    assert _sums(score_distribution(space, known, MIA, ItemFilter(), Label.SPAM, by="model")) == {
        "twin (1)": 15
    }


def test_a_label_that_no_model_scores_has_no_distribution(space: Workspace) -> None:
    few = ensure_catalogue(space, SpamOnly(), actor="tester")
    for by in ("none", "model"):
        found = score_distribution(space, few, MIA, ItemFilter(), Label.VIOLENCE, by=by)
        assert found.scored == 0


def test_many_parts_are_drawn_as_seven_and_the_rest(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier
) -> None:
    sources = [f"s{number}" for number in range(9) for _ in range(10 - number)]
    with space.store.writing() as parts:
        parts.items.add_new(item_frame(*(f"hello {n}" for n in range(54)), source=sources))
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    found = score_distribution(space, catalogue, MIA, ItemFilter(), Label.TOXICITY, by="source")
    assert _sums(found) == {
        "s0": 10, "s1": 9, "s2": 8, "s3": 7, "s4": 6, "s5": 5, "s6": 4, "others": 5,
    }  # fmt: skip


def test_the_share_above_falls_from_everything(
    space: Workspace, catalogue: Catalogue, ids_of: list[int]
) -> None:
    found = score_distribution(space, catalogue, MIA, ItemFilter(), Label.TOXICITY)
    above = found.above("all")
    assert above[0] == 1.0
    assert np.all(np.diff(above) <= 0)
    assert [above[at] for at in (2, 3, 27, 28, 47, 48)] == [1.0, 0.5, 0.5, 0.2, 0.2, 0.0]


def test_the_facts_of_a_range_are_those_of_its_list(
    space: Workspace, catalogue: Catalogue, ids_of: list[int]
) -> None:
    rejected = a_draft(ids_of[2], outcome=Outcome.REJECT, reasons=(Label.TOXICITY,))
    decide(space, MIA, [rejected, a_draft(ids_of[6])], policy_version_id=None)
    facts = range_facts(space, catalogue, MIA, TOXIC, 10)
    assert facts.items == count_items(space, catalogue, TOXIC, person=MIA) == 3
    assert facts.of == 10
    assert facts.decided("reject", by_people=True) == 1
    assert facts.decided("approve", by_people=True) == 1
    assert facts.decided("reject", by_people=False) == 0
    high = TOXIC.model_copy(update={"score_min": 0.9, "score_max": 1.0})
    facts = range_facts(space, catalogue, MIA, high, 10)
    assert facts.decided("reject", by_people=False) == facts.items == 2
    low = TOXIC.model_copy(update={"score_min": 0.0, "score_max": 0.1, "search": "lunch"})
    facts = range_facts(space, catalogue, MIA, low, 10)
    assert facts.decided("approve", by_people=False) == 1
    zoe = Person(name="zoe", role=Role.ANALYST, tenants=("zoo",))
    assert range_facts(space, catalogue, zoe, TOXIC, 10).items == count_items(
        space, catalogue, TOXIC, person=zoe
    )


def test_the_density_of_two_labels_counts_every_item_once(
    space: Workspace, catalogue: Catalogue, ids_of: list[int]
) -> None:
    grid = score_density(
        space, catalogue, MIA, TOXIC, (Label.TOXICITY, Label.SPAM), bins=10
    )  # fmt: skip
    assert grid.shape == (10, 10)
    # Rows are spam: one text is toxic and spam, one is spam only.
    assert {(int(y), int(x)): int(grid[y, x]) for y, x in np.argwhere(grid)} == {
        (0, 0): 4, (0, 5): 2, (0, 9): 2, (5, 0): 1, (5, 5): 1,
    }  # fmt: skip


def test_an_equal_distribution_has_not_moved() -> None:
    first = _of({2: 50, 20: 30, 40: 20})
    twice = _of({2: 100, 20: 60, 40: 40})
    moved = shift(first, twice)
    assert moved.moved == pytest.approx(0.0)
    assert moved.drift is not None
    assert moved.drift.psi == pytest.approx(0.0)
    assert not moved.drift.is_alarm


def test_a_moved_distribution_says_how_far() -> None:
    # Everything by five buckets of .02.
    moved = shift(_of({2: 500, 20: 500}), _of({7: 500, 25: 500}))
    assert moved.moved == pytest.approx(0.1)
    assert moved.drift is not None
    assert moved.drift.is_alarm


@pytest.mark.parametrize("bucket", [0, 25, BUCKETS - 1])
def test_a_distribution_of_one_score_is_no_problem(bucket: int) -> None:
    same = shift(_of({bucket: 10}), _of({bucket: 7}))
    assert same.moved == pytest.approx(0.0)
    away = shift(_of({bucket: 10}), _of({(bucket + 10) % BUCKETS: 7}))
    assert away.moved is not None
    assert away.moved > 0.1


def test_only_who_may_see_scores_sees_them(space: Workspace, catalogue: Catalogue) -> None:
    rita = Person(name="rita", role=Role.REVIEWER)
    with pytest.raises(ForbiddenError):
        score_distribution(space, catalogue, rita, ItemFilter(), Label.TOXICITY)
    with pytest.raises(ForbiddenError):
        range_facts(space, catalogue, rita, TOXIC, 1)
    with pytest.raises(ForbiddenError):
        score_density(space, catalogue, rita, TOXIC, (SCORED_LABELS[0], SCORED_LABELS[1]))
