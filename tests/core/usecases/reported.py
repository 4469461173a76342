"""A small history to report on, with known numbers."""

from datetime import datetime, timedelta
from uuid import uuid4

from core.domain.decision import Outcome
from core.domain.label import Label
from core.domain.person import Person, operator
from core.domain.report import ReportDefinition, Section
from core.domain.report_content import Figure, ModerationReport, ReportSection
from core.store.job_handle import NoJob
from core.usecases.build_report import build_report
from core.usecases.catalogue import Catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.history import Histories
from core.usecases.review_item import UndoRequest, decide, undo
from core.usecases.score_items import score_items
from core.usecases.workspace import Workspace
from tests.builders import NOON, FixedClock, WordClassifier, a_draft, item_frame

ANN, BEN = operator("ann"), operator("ben")
START, END = NOON - timedelta(days=1), NOON + timedelta(days=1)
DAY = ReportDefinition(start=START, end=END, compares=False)
BODIES = (
    "you idiot",
    "buy pills",
    "kill",
    "hello",
    "idiot idiot",
    "lunch",
    "idiot again",
    "idiot 4",
)


def add(space: Workspace, catalogue: Catalogue, bodies: tuple[str, ...] = BODIES) -> list[int]:
    """Items of two tenants and two languages, scored; 0, 1, 2, 6 and 7 wait for review."""
    count = len(bodies)
    frame = item_frame(
        *bodies,
        tenant_id=["zoo" if place % 4 == 3 else "acme" for place in range(count)],
        language=["de" if place % 2 else "en" for place in range(count)],
    )
    with space.store.writing() as parts:
        ids = parts.items.add_new(frame)["item_id"].to_list()
    score_items(
        space, WordClassifier(), model=catalogue.model, policy=catalogue.policy,
        progress=lambda done, total: None,
    )  # fmt: skip
    return ids


def review(space: Workspace, clock: FixedClock) -> None:
    """Ann decides all five waiting tasks in 4 seconds each, rejects two of them, undoes one."""
    claims = sorted(
        next_tasks(space, ANN, WorkRequest(queue="review", hold=20)), key=lambda each: each.item_id
    )
    clock.advance(minutes=1)
    for place, claim in enumerate(claims):
        outcome = Outcome.REJECT if place < 2 else Outcome.APPROVE
        draft = a_draft(
            claim.item_id, task_id=claim.task_id, fence=claim.fence, outcome=outcome,
            reasons=(Label.TOXICITY,) if place < 2 else (), handling_seconds=4.0 + place,
        )  # fmt: skip
        (receipt,) = decide(space, ANN, [draft], policy_version_id=None)
        assert receipt.accepted, receipt.message
        last = draft
    undone = undo(space, ANN, UndoRequest(undo_id=uuid4(), decision_id=last.decision_id))
    assert undone.accepted
    clock.advance(minutes=1)


def built(
    space: Workspace,
    catalogue: Catalogue,
    definition: ReportDefinition = DAY,
    *,
    person: Person = ANN,
    as_of: datetime = END,
) -> ModerationReport:
    """The report."""
    return build_report(
        space, Histories(space.store), catalogue, person, definition, as_of=as_of, job=NoJob()
    )


def section_of(report: ModerationReport, section: Section) -> ReportSection:
    """One of its sections."""
    return next(each for each in report.sections if each.section is section)


def figure_of(report: ModerationReport, key: str) -> Figure:
    """One of its numbers."""
    return next(each for part in report.sections for each in part.figures if each.key == key)


def value_of(report: ModerationReport, key: str) -> float | None:
    """The value of a number."""
    return figure_of(report, key).value
