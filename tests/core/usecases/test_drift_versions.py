"""Two model versions' scores on the items that both scored, on both databases."""

from typing import ClassVar

import pytest

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.model_version import ModelVersion
from core.domain.person import Person, operator
from core.domain.role import Role
from core.errors import ForbiddenError
from core.usecases.catalogue import Catalogue, ensure_model
from core.usecases.drift_versions import VersionDrift, compare_version_scores
from core.usecases.rescore_items import rescore_items
from core.usecases.score_items import score_items
from core.usecases.workspace import Workspace
from tests.builders import WordClassifier, item_frame

MIA = operator("mia")
BODIES = ["you idiot", "hello", "buy pills", "idiot idiot", "bye", "kill"] * 20


class Twin(WordClassifier):
    """Another version that scores as the first one does."""

    name = "twin-1"
    digest = "cd" * 32


class Milder(WordClassifier):
    """Another version, to which fewer words are toxic, and which scores two labels."""

    name = "milder-1"
    digest = "ef" * 32
    labels = (Label.TOXICITY, Label.SPAM)
    WORDS: ClassVar = {"idiot idiot": Label.TOXICITY, "pills": Label.SPAM}


@pytest.fixture
def scored(space: Workspace, catalogue: Catalogue, classifier: WordClassifier) -> Catalogue:
    """A hundred and twenty items by the first version, in two tenants and languages."""
    frame = item_frame(*BODIES, tenant_id=["acme", "zoo"] * 60, language=["en", "de", "de"] * 40)
    with space.store.writing() as parts:
        parts.items.add_new(frame)
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    return catalogue


def _second(
    space: Workspace, catalogue: Catalogue, other: WordClassifier, **wanted: str
) -> ModelVersion:
    """Has another version score the items of a filter."""
    rescore_items(
        space, other, catalogue=catalogue, wanted=ItemFilter.model_validate(wanted), person=MIA,
        progress=lambda done, total: None,
    )  # fmt: skip
    return ensure_model(space, other, actor="mia")


def _compared(
    space: Workspace, catalogue: Catalogue, other: ModelVersion, person: Person = MIA,
    **wanted: str,
) -> VersionDrift:  # fmt: skip
    return compare_version_scores(
        space, catalogue, person, ItemFilter.model_validate(wanted), (catalogue.model, other)
    )


def test_identical_versions_are_said_to_be_the_same(space: Workspace, scored: Catalogue) -> None:
    found = _compared(space, scored, _second(space, scored, Twin()))
    assert found.is_same
    assert (found.both, found.only) == (120, (0, 0))
    assert {each.distance for each in found.scores} == {0.0}
    assert found.changed == ()
    assert found.missing == ()


def test_partial_overlap_says_n_and_compares_the_same_items(
    space: Workspace, scored: Catalogue
) -> None:
    found = _compared(space, scored, _second(space, scored, Milder(), language="de"))
    assert (found.both, found.only) == (80, (40, 0))
    assert {each.counts for each in found.scores} == {(80, 80)}


def test_a_milder_version_moves_scores_down_and_the_reverse_up(
    space: Workspace, scored: Catalogue
) -> None:
    other = _second(space, scored, Milder())
    found = _compared(space, scored, other)
    toxicity, spam = found.scores
    # A third of the items had .55 or .95; of them those with one insult fall to .05, those with
    # two to .55.
    assert toxicity.shift == pytest.approx(-(0.5 + 0.4) / 6, abs=0.002)
    assert spam.distance == 0.0
    assert [each.key for each in found.changed] == ["toxicity"]
    back = compare_version_scores(space, scored, MIA, ItemFilter(), (other, scored.model))
    assert back.scores[0].shift == pytest.approx(-toxicity.shift)
    assert back.scores[0].distance == pytest.approx(toxicity.distance)


def test_labels_that_a_version_lacks_are_named(space: Workspace, scored: Catalogue) -> None:
    found = _compared(space, scored, _second(space, scored, Milder()))
    assert [each.key for each in found.scores] == ["toxicity", "spam"]
    assert dict(found.missing) == dict.fromkeys(
        set(SCORED_LABELS) - {Label.TOXICITY, Label.SPAM}, (True, False)
    )


def test_versions_that_share_no_items_or_tenants_have_nothing_to_compare(
    space: Workspace, scored: Catalogue
) -> None:
    other = _second(space, scored, Milder(), tenant="zoo")
    acme = Person(name="ann", role=Role.ANALYST, tenants=("acme",))
    found = _compared(space, scored, other, acme)
    assert (found.both, found.only) == (0, (60, 0))
    assert found.scores == ()
    assert not found.is_same
    assert _compared(space, scored, other, tenant="zoo").both == 60
    with pytest.raises(ForbiddenError):
        _compared(space, scored, other, Person(name="rob", role=Role.REVIEWER))
