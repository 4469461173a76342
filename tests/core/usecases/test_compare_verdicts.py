"""Recorded verdicts of two versions side by side, on both databases."""

import pytest

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person, operator
from core.domain.policy import LabelThresholds, PolicyVersion, ThresholdRule
from core.domain.role import Role
from core.domain.verdict import VerdictKind
from core.errors import ForbiddenError
from core.store.job_handle import NoJob
from core.usecases.catalogue import Catalogue
from core.usecases.compare_verdicts import compare_verdicts
from core.usecases.conclude_history import conclude_history
from core.usecases.history import Histories
from core.usecases.manage_policies import save_draft
from core.usecases.preview_policy import preview_policy
from core.usecases.workspace import Workspace

MIA = operator("mia")
APPROVE, REVIEW, REJECT = VerdictKind.APPROVE, VerdictKind.REVIEW, VerdictKind.REJECT


@pytest.fixture
def strict(space: Workspace, catalogue: Catalogue) -> PolicyVersion:
    bounds = LabelThresholds(approve_below=0.3, reject_above=0.5)
    rule = ThresholdRule(thresholds={Label.TOXICITY: bounds})
    return save_draft(space, MIA, name="strict", rule=rule, model=catalogue.model)


def test_nothing_is_compared_before_both_concluded(
    space: Workspace, catalogue: Catalogue, flagged: list[int], strict: PolicyVersion
) -> None:
    found = compare_verdicts(space, catalogue, MIA, ItemFilter(), strict, catalogue.policy)
    assert (found.items, found.alike, found.agreement.is_known) == (0, 0, False)
    assert found.count(REVIEW, REJECT) == found.of(REVIEW, of_live=True) == 0


def test_every_item_is_in_the_cell_of_its_two_verdicts(
    space: Workspace, catalogue: Catalogue, flagged: list[int], strict: PolicyVersion
) -> None:
    conclude_history(space, strict, NoJob())
    found = compare_verdicts(space, catalogue, MIA, ItemFilter(), strict, catalogue.policy)
    # "you idiot" flips to a rejection; pills and kill are no business of the strict rule.
    assert dict(found.cells) == {
        (REVIEW, REJECT): 1, (REVIEW, APPROVE): 2, (APPROVE, APPROVE): 1, (REJECT, REJECT): 1,
    }  # fmt: skip
    assert (found.items, found.alike) == (5, 2)
    assert found.agreement.value == pytest.approx(0.4)
    assert found.agreement.count == 5
    assert [found.of(kind, of_live=True) for kind in VerdictKind] == [1, 3, 1]
    assert [found.of(kind, of_live=False) for kind in VerdictKind] == [3, 0, 2]
    preview = preview_policy(
        space, Histories(space.store), catalogue, MIA, ItemFilter(), before=catalogue.policy,
        rule=strict.rule,
    )  # fmt: skip
    assert {cell: count for cell, count in preview.matrix.items() if count} == dict(found.cells)


def test_a_version_agrees_with_itself(
    space: Workspace, catalogue: Catalogue, flagged: list[int]
) -> None:
    live = catalogue.policy
    found = compare_verdicts(space, catalogue, MIA, ItemFilter(), live, live)
    assert (found.items, found.alike) == (5, 5)


def test_the_filter_and_the_tenants_of_who_asks_hold(
    space: Workspace, catalogue: Catalogue, flagged: list[int], strict: PolicyVersion
) -> None:
    conclude_history(space, strict, NoJob())
    live = catalogue.policy
    idiots = ItemFilter(search="idiot")
    found = compare_verdicts(space, catalogue, MIA, idiots, strict, live)
    assert dict(found.cells) == {(REVIEW, REJECT): 1, (REJECT, REJECT): 1}
    stranger = Person(name="zoe", role=Role.ANALYST, tenants=("zoo",))
    assert not compare_verdicts(space, catalogue, stranger, ItemFilter(), strict, live).items
    with pytest.raises(ForbiddenError):
        compare_verdicts(
            space, catalogue, Person(name="r", role=Role.REVIEWER), idiots, strict, live
        )
