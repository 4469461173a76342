"""What the ledger knows of reviewers' agreement and work, on both stores."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import polars as pl
import pytest

from core.domain.decision import Outcome, Source
from core.domain.label import Label
from core.domain.period import Period
from core.domain.person import Person, operator
from core.domain.role import Role
from core.errors import ForbiddenError
from core.metrics.agreement import krippendorff_alpha
from core.store.tasks import SkipRequest
from core.usecases.catalogue import Catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.measure_quality import ReviewerQuality, differing_texts, measure_quality
from core.usecases.rated_items import NO_REASON, Occasion, SplitBy
from core.usecases.review_item import UndoRequest, decide, skip, undo
from core.usecases.reviewers_work import LITTLE, SEVERE, SOME, UNKNOWN
from core.usecases.workspace import Workspace
from tests.builders import NOON, FixedClock, a_draft, item_frame

PERIOD = Period(start=NOON - timedelta(days=30), end=NOON + timedelta(days=1))
ANSWER = tuple[int, str, str]
A, R = "approve", "reject"


def _append(
    space: Workspace,
    answers: Sequence[ANSWER],
    *,
    at: datetime = NOON - timedelta(days=1),
    source: Source = Source.HUMAN,
    reasons: Sequence[Label] = (Label.TOXICITY,),
    seconds: float | None = 8.0,
    tenant: str = "acme",
) -> None:
    """(item, actor, outcome) as the ledger keeps them, in this order and a minute apart."""
    count = len(answers)
    frame = pl.DataFrame(
        {
            "item_id": [item for item, _, _ in answers],
            "actor": [actor for _, actor, _ in answers],
            "outcome": [outcome for _, _, outcome in answers],
        }
    ).with_columns(
        reasons=pl.Series(
            [[each.value for each in reasons] if o == R else [] for _, _, o in answers],
            dtype=pl.List(pl.String),
        ),
        standing_outcome=pl.col("outcome"),
        tenant_id=pl.lit(tenant),
        source=pl.lit(source.value),
        decision_seq=pl.Series(space.ids.block(count)),
        decision_id=pl.Series([str(uuid4()) for _ in range(count)]),
        decided_at=pl.Series([at + timedelta(minutes=minute) for minute in range(count)]),
        effective_at=pl.lit(at),
        handling_seconds=pl.lit(seconds, dtype=pl.Float64),
    )
    with space.store.writing() as parts:
        parts.decisions.append_frame(frame)


def _measured(space: Workspace, catalogue: Catalogue, **asked: Any) -> ReviewerQuality:
    asked = {"person": operator("ada"), "period": PERIOD} | asked
    return measure_quality(space, catalogue, asked.pop("person"), asked.pop("period"), **asked)


@pytest.fixture
def items(space: Workspace) -> list[int]:
    """Twelve items that nobody scored, a third of them German."""
    languages = ["de" if number % 3 == 0 else "en" for number in range(12)]
    with space.store.writing() as parts:
        added = parts.items.add_new(
            item_frame(*(f"text {number}" for number in range(12)), language=languages)
        )
        return [int(each) for each in added["item_id"].to_list()]


def test_alpha_is_that_of_each_persons_last_answers(
    space: Workspace, catalogue: Catalogue, items: list[int]
) -> None:
    answers: list[ANSWER] = []
    for number, item in enumerate(items[:8]):
        answers += [(item, "ann", R if number < 3 else A), (item, "bob", R if number < 2 else A)]
    answers.append((items[8], "ann", R))
    # Bob thinks better of one of them: only what he said last counts.
    answers.append((items[0], "bob", A))
    _append(space, answers)
    found = _measured(space, catalogue)
    assert found.agreement is not None
    table = [[1, 1]] * 2 + [[0, 2]] + [[2, 0]] * 5
    assert found.agreement.units == 8
    assert found.agreement.percent == pytest.approx(6 / 8)
    assert found.agreement.alpha == pytest.approx(krippendorff_alpha(table))
    assert found.raters == ["ann", "bob"]
    assert set(found.ratings["occasion"]) == {Occasion.AGAIN.value}


def test_one_reviewer_and_no_second_answers_are_no_agreement(
    space: Workspace, catalogue: Catalogue, items: list[int]
) -> None:
    assert _measured(space, catalogue).is_empty
    _append(space, [(items[0], "ann", A), (items[0], "ann", R), (items[1], "bob", A)])
    # An escalation is no answer.
    _append(space, [(items[1], "ann", "escalate")])
    found = _measured(space, catalogue)
    assert not found.is_empty
    assert found.agreement is None
    assert found.raters == []
    assert found.split(SplitBy.REASON) == found.split(SplitBy.QUEUE) == []
    assert found.people["compared"].to_list() == [0, 0]
    assert found.people["agreed_rate"].to_list() == [None, None]
    with_nobody = found.between("ann", "bob")
    assert with_nobody.kappa is None
    assert with_nobody.items == 0


def test_agreement_falls_apart_by_reason_language_occasion_and_tenant(
    space: Workspace, catalogue: Catalogue, items: list[int]
) -> None:
    said = [(item, who, R) for item in items[:3] for who in ("ann", "bob")]
    _append(space, said, reasons=(Label.SPAM,))
    _append(space, [(items[3], "ann", R)], reasons=(Label.SPAM, Label.TOXICITY))
    _append(space, [(items[3], "bob", A)])
    _append(space, [(items[4], "cem", R), (items[4], "dee", A)], source=Source.IMPORT, reasons=())
    found = _measured(space, catalogue)
    by_reason = {each.name: each for each in found.split(SplitBy.REASON)}
    assert list(by_reason) == ["Spam", "Toxicity"]
    spam = by_reason["Spam"].found
    # The import's rejection names no reason, so its item has one answer left.
    assert spam is not None
    assert spam.units == 4
    assert spam.percent == pytest.approx(3 / 4)
    assert by_reason["Toxicity"].share == pytest.approx(1 / 9)
    assert by_reason["Toxicity"].is_rare
    by_occasion = {
        each.name: each.found.units
        for each in found.split(SplitBy.OCCASION)
        if each.found is not None
    }
    assert by_occasion == {"decided again here": 4, "imported": 1}
    languages = {
        each.name: each.found.percent
        for each in found.split(SplitBy.LANGUAGE)
        if each.found is not None
    }
    assert languages == {"de": pytest.approx(1 / 2), "en": pytest.approx(2 / 3)}
    assert [each.name for each in found.split(SplitBy.TENANT)] == ["acme"]
    assert [each.name for each in found.split(SplitBy.QUEUE)] == ["outside queues"]
    only_german = _measured(space, catalogue, language="de")
    assert only_german.agreement is not None
    assert only_german.agreement.units == 2


def test_two_people_side_by_side(space: Workspace, catalogue: Catalogue, items: list[int]) -> None:
    said = [(item, "ann", A) for item in items[:9]] + [(item, "bob", A) for item in items[:6]]
    said += [(items[6], "bob", R), (items[7], "bob", R), (items[9], "ann", R), (items[9], "bob", R)]
    _append(space, said, reasons=(Label.TOXICITY, Label.SPAM))
    found = _measured(space, catalogue)
    pair = found.between("ann", "bob")
    assert pair.values == (A, R)
    assert pair.table.tolist() == [[6, 2], [0, 1]]
    assert pair.kappa is not None
    assert pair.kappa.agreed == pytest.approx(7 / 9)
    assert set(pair.differing["item_id"]) == {items[6], items[7]}
    texts = differing_texts(space, operator("ada"), pair)
    assert texts.select("a", "b", "body").row(0) == (A, R, "text 7")
    stranger = Person(name="kim", role=Role.SENIOR_REVIEWER, tenants=("zoo",))
    assert differing_texts(space, stranger, pair).is_empty()
    assert found.between("bob", "ann").table.tolist() == [[6, 0], [2, 1]]
    # Spam comes first on the digit keys, whatever the order it was cited in.
    assert found.between("ann", "bob", by_reason=True).values == (A, "spam")
    _append(space, [(items[10], "ann", R), (items[10], "bob", R)], reasons=())
    assert _measured(space, catalogue).between("ann", "bob", by_reason=True).values[-1] == NO_REASON


def test_what_others_changed_later_counts_for_who_decided_first(
    space: Workspace, catalogue: Catalogue, items: list[int]
) -> None:
    _append(space, [(item, "ann", R) for item in items[:4]], at=NOON - timedelta(days=60))
    _append(space, [(items[0], "bob", R), (items[1], "bob", A)])
    _append(space, [(items[2], "cem", A), (items[3], "cem", R)], source=Source.APPEAL)
    _append(space, [(items[1], "bob", R)])
    rows = {row["actor"]: row for row in _measured(space, catalogue).people.iter_rows(named=True)}
    assert list(rows) == ["ann", "bob", "cem"]
    ann = rows["ann"]
    # Her own decisions are older than the period; what became of them is not.
    assert ann["decisions"] == 0
    assert (ann["again"], ann["changed"], ann["appeals"], ann["overturned"]) == (4, 2, 2, 1)
    assert ann["changed_rate"] == pytest.approx(0.5)
    assert ann["changed_rate_low"] < 0.5 < ann["changed_rate_high"]
    # Bob changed his own mind: nobody overruled him.
    assert rows["bob"]["again"] == 0
    assert rows["bob"]["changed_rate"] is None
    assert (ann["compared"], ann["agreed"]) == (4, 3)
    long_ago = Period(start=NOON - timedelta(days=90), end=NOON - timedelta(days=50))
    past = _measured(space, catalogue, period=long_ago)
    assert past.ratings.is_empty()
    assert past.people["again"].to_list() == [0]


def test_handling_time_is_a_median_with_its_interval_by_name_and_not_by_speed(
    space: Workspace, catalogue: Catalogue, items: list[int]
) -> None:
    for number in range(20):
        _append(space, [(items[number % 12], "zoe", A)], seconds=float(number + 1))
    _append(space, [(items[0], "ann", A)], seconds=90.0)
    _append(space, [(items[1], "max", A)], seconds=None)
    people = _measured(space, catalogue).people
    assert people["actor"].to_list() == ["ann", "max", "zoe"]
    zoe = people.row(2, named=True)
    assert (zoe["timed"], zoe["median"]) == (20, 10.5)
    assert zoe["median_low"] < 10.5 < zoe["median_high"]
    # Twenty are too few to say how far a 90 % quantile may be off.
    assert zoe["p90_high"] is None
    assert people.row(0, named=True)["median_low"] is None
    assert people.row(1, named=True)["median"] is None


def test_undone_decisions_are_seen_but_do_not_count(
    space: Workspace, catalogue: Catalogue, flagged: list[int], clock: FixedClock
) -> None:
    ann = Person(name="ann", role=Role.SENIOR_REVIEWER)
    first, second = next_tasks(space, ann, WorkRequest(queue="review", hold=2))
    draft = a_draft(first.item_id, task_id=first.task_id, fence=first.fence)
    decide(space, ann, [draft], policy_version_id=None)
    undo(space, ann, UndoRequest(undo_id=uuid4(), decision_id=draft.decision_id))
    skip(
        space, ann,
        [SkipRequest(skip_id=uuid4(), task_id=second.task_id, fence=second.fence, reason="later")],
    )  # fmt: skip
    found = _measured(space, catalogue)
    row = found.people.row(0, named=True)
    assert (row["actor"], row["decisions"], row["undone"], row["skips"]) == ("ann", 0, 1, 1)
    assert row["timed"] == 0
    assert found.exposure["decisions"].sum() == 1
    again = a_draft(flagged[0], outcome=Outcome.REJECT, reasons=(Label.TOXICITY,))
    decide(space, ann, [again], policy_version_id=None)
    bob = Person(name="bob", role=Role.SENIOR_REVIEWER)
    decide(space, bob, [a_draft(flagged[0])], policy_version_id=None)
    assert _measured(space, catalogue).between("ann", "bob").table.tolist() == [[0, 0], [1, 0]]


def test_exposure_is_by_harm_and_names_nobody(
    space: Workspace, catalogue: Catalogue, flagged: list[int], items: list[int]
) -> None:
    idiot, pills, kill = flagged[:3]
    _append(space, [(kill, "ann", R), (kill, "bob", R)], seconds=60.0)
    _append(space, [(idiot, "ann", R), (pills, "ann", A), (items[5], "ann", A)], seconds=30.0)
    found = _measured(space, catalogue)
    table = {row["band"]: row for row in found.exposure.iter_rows(named=True)}
    # Harm: kill .55 * 1, idiot .55 * .5, pills .55 * .3; the last one has no scores.
    assert {band: table[band]["decisions"] for band in table} == {
        SEVERE: 2, SOME: 1, LITTLE: 1, UNKNOWN: 1,
    }  # fmt: skip
    assert table[SEVERE]["minutes"] == pytest.approx(2.0)
    german = _measured(space, catalogue, language="de").exposure
    assert german["band"].to_list() == [SEVERE, SOME, LITTLE, UNKNOWN]
    assert german["decisions"].sum() == 0
    assert found.severe_days.columns == ["severe", "minutes"]
    assert found.severe_days["severe"].to_list() == [1, 1]


def test_other_tenants_answers_are_not_seen(
    space: Workspace, catalogue: Catalogue, items: list[int]
) -> None:
    with space.store.writing() as parts:
        [zoo] = parts.items.add_new(
            item_frame("in the zoo", tenant_id="zoo", external_id=["z"])
        )["item_id"].to_list()  # fmt: skip
    _append(space, [(items[0], "ann", R), (items[0], "bob", A)])
    _append(space, [(zoo, "ann", R), (zoo, "bob", R)], tenant="zoo")
    keeper = Person(name="kim", role=Role.SENIOR_REVIEWER, tenants=("zoo",))
    found = _measured(space, catalogue, person=keeper)
    assert found.ratings["item_id"].unique().to_list() == [zoo]
    assert found.people["decisions"].sum() == 2
    assert _measured(space, catalogue, person=keeper, tenant="acme").is_empty
    assert _measured(space, catalogue, tenant="acme").between("ann", "bob").items == 1
    assert _measured(space, catalogue).between("ann", "bob").items == 2


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ANALYST, Role.POLICY_MANAGER])
def test_it_is_for_seniors_and_admins(space: Workspace, catalogue: Catalogue, role: Role) -> None:
    with pytest.raises(ForbiddenError, match="see how far reviewers agree"):
        _measured(space, catalogue, person=Person(name="rob", role=role))
