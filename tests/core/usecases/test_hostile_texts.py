"""Every text that people send, with what attacks are made of: kept word for word or refused."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import polars as pl
import pytest
from pydantic import ValidationError

from core.domain.audit_event import AuditFilter
from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.person import Person, operator
from core.domain.review_queue import ReviewQueue
from core.domain.role import Role
from core.domain.score_frame import find_labels
from core.domain.score_mapping import find_columns, map_scores
from core.errors import BadValueError, WorkbenchError
from core.store.items import Order
from core.store.job_handle import NoJob
from core.store.reader import Chunk, FileShape
from core.store.tasks import SkipRequest
from core.usecases.catalogue import Catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.decide_in_bulk import BulkDecision, decide_in_bulk
from core.usecases.draw_sample import draw_sample, plan_sample
from core.usecases.history import Histories
from core.usecases.import_scores import ScoreImportRequest, import_scores
from core.usecases.list_items import count_items, first_cursor, list_items
from core.usecases.manage_policies import retire, save_draft
from core.usecases.manage_queues import forecast, list_queues, save_queue
from core.usecases.outside_models import outside_model
from core.usecases.read_audit import read_audit
from core.usecases.review_item import decide, skip
from core.usecases.score_items import score_items
from core.usecases.send_to_queue import send_to_queue
from core.usecases.workspace import Workspace
from tests.builders import a_draft, item_frame

ANN = operator("ann")
WORK = WorkRequest(queue="review", hold=10)
PAYLOADS = (
    "'; DROP TABLE item; --",
    "' OR 1=1 --",
    "x' UNION SELECT password_hash FROM account --",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{7*7}} ${7*7} %(x)s :name $1 ?",
    "=cmd|' /C calc'!A0",
    "%_\\",
    "\u202egpj.exe",
    "two\nlines\tand a tab",
    "𝕏 😀 é",
    "a\x00b",
    "\x00",
    "half \ud800 a character",
)

#: Sends the text through a use case; what was kept of it, or None where nothing is kept.
Field = Callable[[Workspace, Catalogue, str], str | None]


def _note(space: Workspace, catalogue: Catalogue, text: str) -> str | None:
    claim = next_tasks(space, ANN, WORK)[0]
    draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence, note=text)
    assert decide(space, ANN, [draft], policy_version_id=None)[0].accepted
    with space.store.reading() as parts:
        return parts.decisions.chain(claim.item_id)[-1].note


def _bulk_note(space: Workspace, catalogue: Catalogue, text: str) -> str | None:
    with space.store.reading() as parts:
        item_id = parts.items.newest_id()
    decision = BulkDecision(outcome=Outcome.APPROVE, note=text)
    decide_in_bulk(space, ANN, [item_id], decision, policy_version_id=None)
    with space.store.reading() as parts:
        return parts.decisions.chain(item_id)[-1].note


def _skip_reason(space: Workspace, catalogue: Catalogue, text: str) -> str | None:
    claim = next_tasks(space, ANN, WORK)[0]
    request = SkipRequest(skip_id=uuid4(), task_id=claim.task_id, fence=claim.fence, reason=text)
    assert skip(space, ANN, [request])[0].accepted
    with space.store.reading() as parts:
        return str(list(parts.audit.events())[-1].details["reason"])


def _queue_title(space: Workspace, catalogue: Catalogue, text: str) -> str | None:
    queue = ReviewQueue(name="q", title=text, filter=ItemFilter(language="de"))
    save_queue(space, catalogue, ANN, queue, move=True)
    return next(row.queue.title for row in list_queues(space, ANN) if row.queue.name == "q")


def _queue_search(space: Workspace, catalogue: Catalogue, text: str) -> str | None:
    wanted = ItemFilter(search=text, author=text, source=text)
    save_queue(space, catalogue, ANN, ReviewQueue(name="q", title="Q", filter=wanted), move=True)
    forecast(space, catalogue, ANN, wanted)
    return next(row.queue.filter.search for row in list_queues(space, ANN) if row.queue.name == "q")


def _queue_people(space: Workspace, catalogue: Catalogue, text: str) -> str | None:
    queue = ReviewQueue(name="q", title="Q", filter=ItemFilter(language="de"), reviewers=(text,))
    save_queue(space, catalogue, ANN, queue, move=False)
    return next(row.queue.reviewers[0] for row in list_queues(space, ANN) if row.queue.reviewers)


def _filter(name: str) -> Field:
    def ask(space: Workspace, catalogue: Catalogue, text: str) -> None:
        wanted = ItemFilter.model_validate({name: text})
        assert count_items(space, catalogue, wanted, person=ANN) == 0
        for order in Order:
            page = list_items(space, catalogue, wanted, person=ANN, order=order,
                              cursor=first_cursor(space))  # fmt: skip
            assert page.rows.is_empty()

    return ask


def _work(name: str) -> Field:
    def ask(space: Workspace, catalogue: Catalogue, text: str) -> None:
        assert next_tasks(space, ANN, WORK.model_copy(update={"hold": 1})) != []
        values: dict[str, Any] = {"queue": "review", "hold": 1, name: text}
        assert next_tasks(space, operator("ben"), WorkRequest(**values)) == []

    return ask


def _audit_filter(name: str) -> Field:
    def ask(space: Workspace, catalogue: Catalogue, text: str) -> None:
        assert read_audit(space, ANN, AuditFilter.model_validate({name: text})).events == ()

    return ask


def _tenants(space: Workspace, catalogue: Catalogue, text: str) -> None:
    person = Person(name="zed", role=Role.ADMIN, tenants=(text,))
    assert count_items(space, catalogue, ItemFilter(), person=person) == 0
    assert next_tasks(space, person, WORK) == []


def _actor(space: Workspace, catalogue: Catalogue, text: str) -> str | None:
    person = operator(text)
    claim = next_tasks(space, person, WORK)[0]
    draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence)
    assert decide(space, person, [draft], policy_version_id=None)[0].accepted
    with space.store.reading() as parts:
        return parts.decisions.chain(claim.item_id)[-1].actor


def _sample_title(space: Workspace, catalogue: Catalogue, text: str) -> str | None:
    histories = Histories(space.store)
    plan = plan_sample(space, histories, catalogue, ANN, ItemFilter(), count=1)
    draw_sample(space, histories, catalogue, ANN, plan, title=text)
    with space.store.reading() as parts:
        return parts.samples.all()[0].title


def _policy_name(space: Workspace, catalogue: Catalogue, text: str) -> str | None:
    made = save_draft(space, ANN, name=text, rule=catalogue.policy.rule, model=catalogue.model)
    with space.store.reading() as parts:
        saved = [each for each in parts.policies.all()
                 if each.policy_version_id == made.policy_version_id]  # fmt: skip
    return saved[0].name


def _policy_note(space: Workspace, catalogue: Catalogue, text: str) -> str | None:
    made = save_draft(space, ANN, name="n", rule=catalogue.policy.rule, model=catalogue.model)
    retire(space, ANN, made.policy_version_id, note=text)
    with space.store.reading() as parts:
        return next(each.note for each in parts.policies.all()
                    if each.policy_version_id == made.policy_version_id)  # fmt: skip


def _why_sent(space: Workspace, catalogue: Catalogue, text: str) -> str | None:
    send_to_queue(space, ANN, [], "review", why=text)
    with space.store.reading() as parts:
        return str(list(parts.audit.events())[-1].details["why"])


def _outside(**facts: str) -> Field:
    """Imports a score of the newest item as that of an outside model; what was kept of a text."""

    def ask(space: Workspace, catalogue: Catalogue, text: str) -> str | None:
        given = {"name": "m", "version": "1", "label": "TOXICITY", "tenant": "acme", "id": "e"}
        given |= dict.fromkeys(facts, text)
        with space.store.reading() as parts:
            item = parts.items.get(parts.items.newest_id())
        assert item is not None
        if ("label" in facts or "id" in facts) and "\ud800" in text:
            # No frame can hold it: the readers refuse the row.
            raise BadValueError("contains half a character")
        frame = pl.DataFrame(
            {
                "id": [item.external_id, item.external_id, given["id"]],
                "label": ["SPAM", given["label"], "SPAM"],
                "score": ["0.5", "0.25", "0.5"],
            }
        )
        columns = find_columns(frame.columns, {})
        labels = find_labels(columns, tuple(frame.columns), frame, iter([frame]))
        request = ScoreImportRequest(
            file_name=text if "file" in facts else "f", file_digest="0" * 64,
            mapping=map_scores(columns, labels, {}), tenant_id=given["tenant"], person=ANN,
            model=outside_model(given["name"], given["version"]),
        )  # fmt: skip
        run = import_scores(
            space, _OneFrame(frame), request, good=[_Frames()], bad=_Frames(), job=NoJob()
        )
        kept = {"name": run.scores_of, "version": run.scores_of, "file": run.file_name}
        (what,) = facts
        if what in ("name", "version"):
            assert text.strip() in str(kept[what])
            return text
        if what == "label":
            assert f"label:{text.strip()}" in run.mapping or run.rejected_count
        return kept.get(what)

    return ask


class _OneFrame:
    """A file with these rows."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self.shape = FileShape("csv", tuple(frame.columns), frame, 1)

    def chunks(self) -> Iterator[Chunk]:
        yield Chunk(self._frame, pl.Series(range(1, self._frame.height + 1)), 1)


class _Frames:
    """A spool in memory."""

    def __init__(self) -> None:
        self._kept: list[pl.DataFrame] = []

    def append(self, frame: pl.DataFrame) -> None:
        if frame.height:
            self._kept.append(frame)

    def frames(self) -> Iterator[pl.DataFrame]:
        return iter(self._kept)


FIELDS: dict[str, Field] = {
    "note": _note, "bulk note": _bulk_note, "skip reason": _skip_reason,
    "queue title": _queue_title, "queue search": _queue_search, "queue people": _queue_people,
    "search filter": _filter("search"), "tenant filter": _filter("tenant"),
    "author filter": _filter("author"), "source filter": _filter("source"),
    "queue filter": _filter("queue"), "language filter": _filter("language"),
    "work queue": _work("queue"), "work tenant": _work("tenant"),
    "work language": _work("language"), "audit actor": _audit_filter("actor"),
    "audit verb": _audit_filter("verb"), "audit subject": _audit_filter("subject"),
    "own tenants": _tenants, "actor": _actor, "sample title": _sample_title,
    "outside model": _outside(name=""), "outside version": _outside(version=""),
    "outside label": _outside(label=""), "score file": _outside(file=""),
    "scores' tenant": _outside(tenant=""), "scored id": _outside(id=""),
    "policy name": _policy_name, "policy note": _policy_note, "why sent": _why_sent,
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_a_hostile_text_is_kept_word_for_word_or_refused(
    space: Workspace,
    catalogue: Catalogue,
    classifier,
    clock,
    name: str,  # type: ignore[no-untyped-def]  # fixtures
) -> None:
    with space.store.writing() as parts:
        bodies = [f"you idiot number {number}" for number in range(40)]
        parts.items.add_new(item_frame(*bodies, external_id=bodies))
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    refused = {}
    for text in PAYLOADS:
        with space.store.reading() as parts:
            before = parts.items.newest_id()
        try:
            kept = FIELDS[name](space, catalogue, text)
        except (WorkbenchError, ValidationError) as error:
            refused[text] = str(error)
        else:
            assert kept in (text, text.strip(), None)
        with space.store.reading() as parts:
            assert parts.items.newest_id() == before
        with space.store.writing() as parts:
            for who in ("ann", "ben", "zed", *PAYLOADS[:-3]):
                parts.tasks.release(who)
        clock.advance(hours=9)
    assert "half \ud800 a character" in refused
    for text, said in refused.items():
        assert "SQL" not in said, (text, said)
        assert "psycopg" not in said
