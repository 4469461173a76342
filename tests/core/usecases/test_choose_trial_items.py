"""Items for a trial: at random, or spread over scores and verdicts with known weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.person import Person
from core.domain.role import Role
from core.errors import ForbiddenError, TrialError
from core.usecases.catalogue import Catalogue
from core.usecases.choose_trial_items import evenly
from core.usecases.score_items import score_items
from core.usecases.trial_sample import SampleKind
from core.usecases.workspace import Workspace
from tests.builders import WordClassifier, item_frame
from tests.core.usecases.trial_world import chosen

LOW, MIDDLE, HIGH = 60, 12, 8


@pytest.fixture
def filled(space: Workspace, classifier: WordClassifier, catalogue: Catalogue) -> Workspace:
    """Approved, reviewed and rejected items; two more that are not scored."""
    bodies = [
        *(f"lunch {number}" for number in range(LOW)),
        *(f"idiot {number}" for number in range(MIDDLE)),
        *(f"idiot idiot {number}" for number in range(HIGH)),
    ]
    with space.store.writing() as parts:
        parts.items.add_new(item_frame(*bodies))
    score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy, progress=lambda *_: None
    )
    with space.store.writing() as parts:
        parts.items.add_new(item_frame("later", "even later", external_id=["x", "y"]))
    return space


def test_the_same_draw_is_the_same_items_and_another_is_not(
    filled: Workspace, catalogue: Catalogue
) -> None:
    first, again = (chosen(filled, catalogue, count=20) for _ in range(2))
    other = chosen(filled, catalogue, count=20, draw=1)
    assert first.ids.tolist() == again.ids.tolist()
    assert set(first.ids.tolist()) != set(other.ids.tolist())
    assert (first.size, first.ids.size, first.is_everything) == (82, 20, False)


def test_a_larger_sample_holds_the_smaller_one(filled: Workspace, catalogue: Catalogue) -> None:
    small, large = (chosen(filled, catalogue, count=count) for count in (10, 40))
    assert large.ids[:10].tolist() == small.ids.tolist()


def test_every_item_is_as_likely_as_any_other(filled: Workspace, catalogue: Catalogue) -> None:
    counts: dict[int, int] = {}
    for draw in range(300):
        for item_id in chosen(filled, catalogue, count=20, draw=draw).ids.tolist():
            counts[item_id] = counts.get(item_id, 0) + 1
    seen = np.array(list(counts.values()))
    # Binomial(300, 20 / 82): mean 73, standard deviation 7.4.
    assert seen.size == 82
    assert seen.min() > 73 - 5 * 7.4
    assert seen.max() < 73 + 5 * 7.4


def test_all_are_taken_when_there_are_fewer(filled: Workspace, catalogue: Catalogue) -> None:
    found = chosen(filled, catalogue, count=500)
    assert found.is_everything
    assert len(set(found.ids.tolist())) == 82


def test_verdicts_give_the_same_number_each(filled: Workspace, catalogue: Catalogue) -> None:
    found = chosen(filled, catalogue, SampleKind.BY_VERDICT, 30)
    assert [(each.name, each.size, each.drawn) for each in found.strata] == [
        ("approve", LOW, 11), ("review", MIDDLE, 11), ("reject", HIGH, 8),
    ]  # fmt: skip
    assert np.bincount(found.stratum).tolist() == [11, 11, 8]
    assert found.left_out == 2


def test_ranges_of_the_highest_harm_give_the_same_number_each(
    filled: Workspace, catalogue: Catalogue
) -> None:
    found = chosen(filled, catalogue, SampleKind.BY_SCORE, 15)
    drawn = {each.name: (each.size, each.drawn) for each in found.strata}
    assert drawn == {
        "0.0–0.2": (LOW, 5), "0.2–0.4": (0, 0), "0.4–0.6": (MIDDLE, 5), "0.6–0.8": (0, 0),
        "0.8–1.0": (HIGH, 5),
    }  # fmt: skip


def test_what_cannot_be_drawn_is_said(filled: Workspace, catalogue: Catalogue) -> None:
    with pytest.raises(TrialError, match="No item matches"):
        chosen(filled, catalogue, search="nowhere to be found")
    with pytest.raises(TrialError, match="Draw at random instead"):
        chosen(filled, catalogue, SampleKind.BY_VERDICT, search="later")
    for count in (0, 20_001):
        with pytest.raises(TrialError, match=r"Between 1 and 20,000"):
            chosen(filled, catalogue, count=count)
    with pytest.raises(ForbiddenError):
        chosen(filled, catalogue, person=Person(name="r", role=Role.REVIEWER))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 200))
def test_parts_give_the_same_as_far_as_they_have_it(sizes: list[int], count: int) -> None:
    given_ = evenly(sizes, count)
    assert sum(given_) == min(count, sum(sizes))
    assert all(part <= size for part, size in zip(given_, sizes, strict=True))
    # Who gives less than the most has nothing left, but for rounding.
    most = max(given_)
    assert all(part == size or part >= most - 1 for part, size in zip(given_, sizes, strict=True))
