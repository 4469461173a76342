"""Reports, on both databases."""

from datetime import timedelta

import pytest

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.policy import PolicyMode
from core.domain.report import ReportDefinition, Section
from core.domain.report_content import ModerationReport
from core.domain.review_queue import ReviewQueue
from core.domain.role import Role
from core.errors import ForbiddenError, NotFoundError
from core.metrics.survey import UNKNOWN
from core.usecases.catalogue import Catalogue, in_force
from core.usecases.keep_reports import (
    record_run,
    remove_report,
    report_runs,
    save_report,
    saved_report,
    saved_reports,
)
from core.usecases.manage_policies import SeenPreview, publish, save_draft
from core.usecases.manage_queues import save_queue
from core.usecases.report_sections.figures import figure_frame
from core.usecases.review_item import decide
from core.usecases.verify_audit import verify_audit
from core.usecases.workspace import Workspace
from tests.builders import NOON, FixedClock, a_draft
from tests.core.usecases.reported import (
    ANN,
    BEN,
    DAY,
    END,
    START,
    add,
    built,
    figure_of,
    review,
    section_of,
    value_of,
)

ZOO = Person(name="zoe", role=Role.ANALYST, tenants=("zoo",))


@pytest.fixture
def reviewed(space: Workspace, catalogue: Catalogue, clock: FixedClock) -> list[int]:
    """Eight items; the policy approved two and rejected one, Ann decided four of five tasks."""
    ids = add(space, catalogue)
    review(space, clock)
    return ids


def _again(space: Workspace, person: Person, item_id: int, outcome: Outcome) -> None:
    reasons = (Label.TOXICITY,) if outcome is Outcome.REJECT else ()
    draft = a_draft(item_id, outcome=outcome, reasons=reasons)
    (receipt,) = decide(space, person, [draft], policy_version_id=None)
    assert receipt.accepted, receipt.message


def test_what_arrived_and_what_became_of_it(space, catalogue, reviewed) -> None:  # type: ignore[no-untyped-def]  # fixtures
    report = built(space, catalogue)
    assert not report.is_empty
    assert {
        key: value_of(report, key)
        for key in (
            "items", "items_approve", "items_reject", "items_undecided", "decided_by_policy",
            "decided_by_people", "decisions_people", "undone", "waiting", "tasks_opened",
            "tasks_decided", "in_time_share", "rejections_people", "rejections_policy",
        )
    } == {
        "items": 8, "items_approve": 4, "items_reject": 3, "items_undecided": 1,
        "decided_by_policy": 3, "decided_by_people": 4, "decisions_people": 4, "undone": 1,
        "waiting": 1, "tasks_opened": 5, "tasks_decided": 4, "in_time_share": 1.0,
        "rejections_people": 2, "rejections_policy": 1,
    }  # fmt: skip
    tenants = section_of(report, Section.VOLUMES).tables[1].frame
    assert tenants.select("tenant", "items").rows() == [("acme", 6), ("zoo", 2)]
    assert value_of(report, "handling_median") == 5.5
    assert figure_of(report, "handling_median").n == 4


def test_every_number_has_its_n_and_interval_or_says_why_not(space, catalogue, reviewed) -> None:  # type: ignore[no-untyped-def]  # fixtures
    for report in (built(space, catalogue), _empty(space, catalogue)):
        for section in report.sections:
            for found in section.figures:
                assert found.basis
                if found.value is None:
                    assert found.basis.startswith("not known: "), found
                elif found.low is not None:
                    assert found.low <= found.value <= found.high, found
                    assert found.n, found


def _empty(space: Workspace, catalogue: Catalogue, *, compares: bool = True) -> ModerationReport:
    long_ago = ReportDefinition(
        start=START - timedelta(days=400), end=START - timedelta(days=390), compares=compares
    )
    return built(space, catalogue, long_ago)


def test_an_empty_period_is_a_report_that_says_so(space, catalogue, reviewed) -> None:  # type: ignore[no-untyped-def]  # fixtures
    report = _empty(space, catalogue)
    assert report.is_empty
    assert {kind: each.rows for kind, each in report.inputs.items()} == {
        "items": 0, "scores": 0, "decisions": 0,
    }  # fmt: skip
    assert [each.section for each in report.sections] == list(Section)
    assert value_of(report, "items") == 0
    assert value_of(report, "rejected_share") is None
    assert "No item was created" in section_of(report, Section.DATA_QUALITY).notes[0]
    assert not section_of(report, Section.DRIFT).figures


def test_a_store_without_anything_can_be_reported_on(space, catalogue) -> None:  # type: ignore[no-untyped-def]  # fixtures
    assert built(space, catalogue).is_empty


def test_one_reviewer_has_nobody_to_agree_with(space, catalogue, reviewed) -> None:  # type: ignore[no-untyped-def]  # fixtures
    report = built(space, catalogue)
    assert "One person" in section_of(report, Section.AGREEMENT).notes[0]
    assert value_of(report, "agreement_alpha") is None
    assert "two people" in figure_of(report, "agreement_alpha").basis


def test_without_second_reviews_agreement_is_not_known(space, catalogue, reviewed) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _again(space, BEN, reviewed[5], Outcome.REJECT)
    report = built(space, catalogue)
    assert "second person" in section_of(report, Section.AGREEMENT).notes[0]
    # Ben looked at what the policy had approved, and changed it.
    assert value_of(report, "policy_overruled") == 1.0
    assert value_of(report, "overturn_rate") is None


def test_second_reviews_make_agreement_and_reversals(space, catalogue, reviewed) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _again(space, BEN, reviewed[0], Outcome.REJECT)
    _again(space, BEN, reviewed[1], Outcome.APPROVE)
    report = built(space, catalogue)
    assert value_of(report, "rated_twice") == 2
    assert value_of(report, "agreement_percent") == 0.5
    assert value_of(report, "people_overruled") == 0.5
    assert figure_of(report, "people_overruled").n == 2


def test_what_was_decided_after_the_period_does_not_change_it(
    space, catalogue, reviewed, clock: FixedClock
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    keys = ("items_approve", "items_reject", "items_undecided", "waiting", "rated_twice")
    before = [value_of(built(space, catalogue), each) for each in keys]
    clock.advance(days=3)
    _again(space, BEN, reviewed[0], Outcome.APPROVE)
    assert [value_of(built(space, catalogue), each) for each in keys] == before


def test_equal_facts_make_equal_digests(space, catalogue, reviewed, clock: FixedClock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    first = built(space, catalogue)
    clock.advance(days=9)
    again = built(space, catalogue)
    assert again.inputs == first.inputs
    _again(space, BEN, reviewed[3], Outcome.REJECT)
    later = built(space, catalogue, DAY.model_copy(update={"end": clock.now() + timedelta(days=1)}),
                  as_of=clock.now() + timedelta(days=1))  # fmt: skip
    assert later.inputs["items"] == first.inputs["items"]
    assert later.inputs["decisions"] != first.inputs["decisions"]


def test_tenants_narrow_everything(space, catalogue, reviewed) -> None:  # type: ignore[no-untyped-def]  # fixtures
    chosen = DAY.model_copy(update={"tenants": ("zoo",)})
    for report in (
        built(space, catalogue, chosen), built(space, catalogue, person=ZOO),
        built(space, catalogue, chosen, person=ZOO),
    ):  # fmt: skip
        assert report.tenants == ("zoo",)
        assert value_of(report, "items") == 2
        assert value_of(report, "decided_by_policy") == 1
        for table in (each for part in report.sections for each in part.tables):
            if "tenant" in table.frame.columns:
                assert set(table.frame["tenant"]) <= {"zoo"}, table.key
    with pytest.raises(NotFoundError, match="acme"):
        built(space, catalogue, DAY.model_copy(update={"tenants": ("acme",)}), person=ZOO)


def test_queues_narrow_what_people_did(space, catalogue, reviewed) -> None:  # type: ignore[no-untyped-def]  # fixtures
    _again(space, BEN, reviewed[5], Outcome.REJECT)
    assert value_of(built(space, catalogue), "decisions_people") == 5
    only = built(space, catalogue, DAY.model_copy(update={"queues": ("review",)}))
    assert value_of(only, "decisions_people") == 4
    assert value_of(only, "items") == 8
    none = built(space, catalogue, DAY.model_copy(update={"queues": ("other",)}))
    assert value_of(none, "decisions_people") == 0
    assert value_of(none, "waiting") == 0


def test_the_period_before_stands_beside_with_differences(
    space, catalogue, reviewed, clock: FixedClock
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    shifted = DAY.model_copy(
        update={"start": NOON + timedelta(days=1), "end": END + timedelta(days=2),
                "compares": True}
    )  # fmt: skip
    section = section_of(built(space, catalogue, shifted), Section.BACKLOG)
    frame = figure_frame(section.figures, section.earlier)
    row = frame.filter(key="tasks_decided").row(0, named=True)
    assert (row["value"], row["before"], row["difference"]) == (0, 4, -4)
    share = frame.filter(key="in_time_share").row(0, named=True)
    assert (share["value"], share["before"], share["difference"]) == (None, 1.0, None)
    assert "difference" not in figure_frame(section.figures, ()).columns


def test_policy_changes_of_the_period_are_listed(space, catalogue, reviewed) -> None:  # type: ignore[no-untyped-def]  # fixtures
    frame = section_of(built(space, catalogue), Section.POLICIES).tables[0].frame
    assert ("default v1", "live") in frame.select("policy", "mode").rows()
    assert frame["previewed"][0].startswith("no preview")


def test_who_may_not_export_gets_no_report(space, catalogue) -> None:  # type: ignore[no-untyped-def]  # fixtures
    for role in (Role.REVIEWER, Role.SENIOR_REVIEWER):
        with pytest.raises(ForbiddenError, match="export"):
            built(space, catalogue, person=Person(name="r", role=role))


def test_saved_reports_are_kept_replaced_removed_and_audited(space, catalogue) -> None:  # type: ignore[no-untyped-def]  # fixtures
    monthly = DAY.model_copy(update={"name": "Monthly"})
    save_report(space, ANN, monthly)
    save_report(space, ANN, monthly.model_copy(update={"tenants": ("acme",)}))
    assert [each.definition.tenants for each in saved_reports(space, ANN)] == [("acme",)]
    assert saved_report(space, ANN, "Monthly").saved_by == "ann"
    assert saved_reports(space, ZOO) == []
    with pytest.raises(NotFoundError):
        saved_report(space, ZOO, "Monthly")
    with pytest.raises(NotFoundError):
        remove_report(space, ZOO, "Monthly")
    with pytest.raises(NotFoundError):
        save_report(space, ZOO, monthly.model_copy(update={"tenants": ("acme",)}))
    remove_report(space, ANN, "Monthly")
    assert saved_reports(space, ANN) == []
    assert verify_audit(space).broken_at is None


def test_runs_are_seen_by_those_who_see_their_tenants(space, catalogue, reviewed) -> None:  # type: ignore[no-untyped-def]  # fixtures
    for tenants in ((), ("zoo",)):
        report = built(space, catalogue, DAY.model_copy(update={"tenants": tenants}))
        record_run(space, ANN, report, file="f.zip", sha256="ab" * 32, manifest="{}")
    assert [each.tenants for each in report_runs(space, ANN)] == [("zoo",), None]
    assert [each.tenants for each in report_runs(space, ZOO)] == [("zoo",)]


def test_a_task_counts_where_it_waited_then(space, catalogue, clock: FixedClock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    add(space, catalogue)
    clock.advance(hours=1)
    before = clock.now()
    clock.advance(hours=1)
    save_queue(
        space, catalogue, ANN,
        ReviewQueue(name="other", title="Other", filter=ItemFilter(language="de")), move=True,
    )  # fmt: skip
    then = DAY.model_copy(update={"end": before})
    tables = [
        section_of(built(space, catalogue, wanted), Section.BACKLOG).tables[0].frame
        for wanted in (then, DAY)
    ]
    assert [each.select("queue", "waiting").rows() for each in tables] == [
        [("review", 5)], [("other", 2), ("review", 3)],
    ]  # fmt: skip


def test_the_policy_that_was_live_then_is_meant(
    space, catalogue, reviewed, clock: FixedClock
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    live = catalogue.policy
    clock.advance(days=5)
    after = clock.now()
    stricter = save_draft(space, ANN, name="default", rule=live.rule, model=catalogue.model)
    seen_now = SeenPreview(
        filter=ItemFilter(), against=live.display_name, items=8, unscored=0, flips=0,
        before={}, after={}, precision=UNKNOWN, recall=UNKNOWN, missed=UNKNOWN, reviews=4,
        is_weighted=False, hours_per_day=None, seen_at=after,
    )  # fmt: skip
    publish(
        space, ANN, stricter.policy_version_id, mode=PolicyMode.LIVE, preview=seen_now,
        model=catalogue.model, note="a test of what was live",
    )  # fmt: skip
    with space.store.reading() as parts:
        newer = in_force(parts, catalogue.model)
    assert newer is not None
    assert newer.policy.display_name == "default v2"
    assert built(space, newer).policies == ("default v1",)
    later = ReportDefinition(start=after, end=after + timedelta(days=1), compares=False)
    report = built(space, newer, later, as_of=after + timedelta(days=1))
    assert report.policies == ("default v2",)
    changes = section_of(report, Section.POLICIES).tables[0].frame
    assert changes.select("policy", "mode", "preview_items").rows() == [
        ("default v1", "retired", None), ("default v2", "draft", None), ("default v2", "live", 8),
    ]  # fmt: skip
