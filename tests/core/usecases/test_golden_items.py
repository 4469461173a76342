"""Golden items on both stores: right answers, and who gave them."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from core.domain.decision import Outcome
from core.domain.golden_item import GoldenAnswer
from core.domain.label import Label
from core.domain.period import Period
from core.domain.person import Person, operator
from core.domain.role import Role
from core.errors import ForbiddenError, NotFoundError
from core.store.quality import QualityScope
from core.usecases.catalogue import Catalogue
from core.usecases.golden_items import (
    GoldenReport,
    find_item,
    mark_golden,
    read_goldens,
    retire_golden,
)
from core.usecases.review_item import decide
from core.usecases.workspace import Workspace
from tests.builders import NOON, FixedClock, a_draft

SENIOR = operator("sue")
SPAM = GoldenAnswer(outcome=Outcome.REJECT, reasons=(Label.SPAM,))
FINE = GoldenAnswer(outcome=Outcome.APPROVE)
PERIOD = Period(start=NOON - timedelta(days=1), end=NOON + timedelta(days=1))


def _report(space: Workspace, catalogue: Catalogue, person: Person = SENIOR) -> GoldenReport:
    return read_goldens(space, catalogue, person, QualityScope(period=PERIOD))


def _says(space: Workspace, name: str, item: int, *reasons: Label) -> None:
    person = Person(name=name, role=Role.SENIOR_REVIEWER)
    outcome = Outcome.REJECT if reasons else Outcome.APPROVE
    [receipt] = decide(
        space, person, [a_draft(item, outcome=outcome, reasons=reasons)], policy_version_id=None
    )
    assert receipt.accepted


def test_first_answers_are_held_against_the_right_ones(
    space: Workspace, catalogue: Catalogue, flagged: list[int]
) -> None:
    _says(space, "ann", flagged[1], Label.SPAM)
    _says(space, "bob", flagged[1], Label.TOXICITY)
    _says(space, "cem", flagged[1])
    # Cem was told better; it is his first answer that counts.
    _says(space, "cem", flagged[1], Label.SPAM)
    _says(space, "sue", flagged[1], Label.SPAM)
    _says(space, "ann", flagged[3])
    mark_golden(space, catalogue, SENIOR, flagged[1], SPAM)
    mark_golden(space, catalogue, SENIOR, flagged[3], FINE)
    report = _report(space, catalogue)
    people = {each.name: each for each in report.people(target=0.9)}
    # Sue settled it, so her own answer says nothing of her.
    assert list(people) == ["ann", "bob", "cem"]
    assert (people["ann"].score.right, people["ann"].score.answered) == (2, 2)
    assert people["ann"].score.accuracy == pytest.approx(3 / 4)
    assert (people["ann"].rejected_rightly, people["ann"].cited_rightly) == (1, 1)
    assert (people["bob"].rejected_rightly, people["bob"].cited_rightly) == (1, 0)
    assert people["cem"].score.right == 0
    assert not people["cem"].is_below_target
    assert report.of_item(flagged[1]) == (2, 3)
    assert [each.item_id for each in report.items] == [flagged[3], flagged[1]]


def test_a_newer_mark_holds_and_a_retired_item_does_not_count(
    space: Workspace, catalogue: Catalogue, flagged: list[int], clock: FixedClock
) -> None:
    _says(space, "ann", flagged[1], Label.SPAM)
    mark_golden(space, catalogue, SENIOR, flagged[1], SPAM)
    mark_golden(space, catalogue, operator("tim"), flagged[1], FINE)
    report = _report(space, catalogue)
    assert [each.answer for each in report.items] == [FINE]
    assert report.of_item(flagged[1]) == (0, 1)
    retire_golden(space, SENIOR, flagged[1])
    assert _report(space, catalogue).items == ()
    assert _report(space, catalogue).people(0.9) == []
    with pytest.raises(NotFoundError, match="no golden item"):
        retire_golden(space, SENIOR, flagged[1])
    # Sue and Tim both knew the answer, whoever marked it last.
    mark_golden(space, catalogue, SENIOR, flagged[1], SPAM)
    _says(space, "tim", flagged[1], Label.SPAM)
    assert [each.name for each in _report(space, catalogue).people(0.9)] == ["ann"]


def test_an_alarm_needs_answers_enough(
    space: Workspace, catalogue: Catalogue, flagged: list[int]
) -> None:
    for item in flagged[:3]:
        mark_golden(space, catalogue, SENIOR, item, SPAM)
        _says(space, "ann", item)
    [ann] = _report(space, catalogue).people(target=0.9)
    # Three of three wrong: the exact upper end is 1 - .025 ** (1 / 3).
    assert ann.is_below_target
    [barely] = _report(space, catalogue).people(target=0.7)
    assert not barely.is_below_target
    [milder] = _report(space, catalogue).people(target=0.5)
    assert not milder.is_below_target


def test_a_mark_of_another_policy_is_to_be_looked_at_again(
    space: Workspace, catalogue: Catalogue, flagged: list[int]
) -> None:
    mark = mark_golden(space, catalogue, SENIOR, flagged[0], FINE)
    report = _report(space, catalogue)
    assert not report.is_stale(mark)
    assert report.is_stale(mark.model_copy(update={"policy_version_id": 1}))


def test_marks_are_audited(space: Workspace, catalogue: Catalogue, flagged: list[int]) -> None:
    mark_golden(space, catalogue, SENIOR, flagged[0], SPAM)
    retire_golden(space, SENIOR, flagged[0])
    with space.store.reading() as parts:
        verbs = [event.verb for event in parts.audit.events()]
    assert [each for each in verbs if each.startswith("golden")] == [
        "golden.marked",
        "golden.retired",
    ]


def test_other_tenants_items_are_neither_marked_nor_seen(
    space: Workspace, catalogue: Catalogue, flagged: list[int]
) -> None:
    keeper = Person(name="kim", role=Role.SENIOR_REVIEWER, tenants=("zoo",))
    mark_golden(space, catalogue, SENIOR, flagged[0], FINE)
    _says(space, "ann", flagged[0])
    with pytest.raises(NotFoundError):
        mark_golden(space, catalogue, keeper, flagged[0], SPAM)
    with pytest.raises(NotFoundError):
        retire_golden(space, keeper, flagged[0])
    report = _report(space, catalogue, keeper)
    assert report.items == ()
    assert report.answers.is_empty()
    assert find_item(space, keeper, "e0", None).is_empty()
    assert find_item(space, SENIOR, " e0 ", None)["item_id"].to_list() == [flagged[0]]
    assert find_item(space, SENIOR, "e0", "zoo").is_empty()


@pytest.mark.parametrize(
    ("outcome", "reasons"),
    [
        (Outcome.REJECT, ()),
        (Outcome.APPROVE, (Label.SPAM,)),
        (Outcome.ESCALATE, ()),
        (Outcome.REJECT, (Label.SENTIMENT,)),
    ],
)
def test_what_is_no_answer_is_refused(outcome: Outcome, reasons: tuple[Label, ...]) -> None:
    with pytest.raises(ValidationError):
        GoldenAnswer(outcome=outcome, reasons=reasons)


def test_reviewers_settle_nothing(
    space: Workspace, catalogue: Catalogue, flagged: list[int]
) -> None:
    rob = Person(name="rob", role=Role.REVIEWER)
    with pytest.raises(ForbiddenError):
        mark_golden(space, catalogue, rob, flagged[0], FINE)
    with pytest.raises(ForbiddenError):
        _report(space, catalogue, rob)
