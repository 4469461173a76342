"""Review, focus mode: the card with its queue, decisions in, answers out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import assert_never
from uuid import UUID

import streamlit as st

from core.domain.decision import DecisionDraft
from core.domain.label import CITABLE_LABELS
from core.errors import WorkbenchError
from core.store.tasks import SkipRequest
from core.usecases.claim_tasks import WorkRequest, next_tasks, renew_claims
from core.usecases.present_items import present_items
from core.usecases.review_item import Receipt, UndoRequest, decide, skip, undo
from dashboard import state
from dashboard.components.review_card.review_card import (
    CardBatch,
    CardData,
    CardDecision,
    CardItem,
    Choice,
    DecisionKind,
    ReturnedDecision,
    parse_batch,
    review_card,
)
from dashboard.review.card_items import card_item

#: How many tasks a screen holds; it gets more when a quarter is left.
HOLD = 32
_REFILL_BELOW = 8
_MOST_NAMED = 3

_REASONS = tuple(
    Choice(code=label.value, words=label.words, key=str(place))
    for place, label in enumerate(CITABLE_LABELS, start=1)
)
_SKIP_REASONS = (
    Choice(code="language", words="I do not read this language", key="1"),
    Choice(code="context", words="Context is missing", key="2"),
    Choice(code="unsure", words="Somebody else should decide", key="3"),
    Choice(code="pause", words="I would rather not see this now", key="4"),
    Choice(code="postpone_4h", words="Wait 4 hours: something is still to come", key="5"),
    Choice(code="postpone_1d", words="Wait until tomorrow", key="6"),
)
#: These skips take the task from everybody for a while; the others only from who skips.
_POSTPONED = {"postpone_4h": timedelta(hours=4), "postpone_1d": timedelta(days=1)}


@dataclass
class _Answer:
    """What the last batch gets back."""

    batch_seq: int = 0
    acked: list[UUID] = field(default_factory=list)
    returned: list[ReturnedDecision] = field(default_factory=list)
    have: frozenset[int] | None = None
    """None when the browser has nothing yet."""
    renewed_until: datetime | None = None


def show_focus(work: WorkRequest) -> None:
    """Draws the card for this queue; decisions never redraw the page around it."""
    key = state.card_key(work)
    state.keep("answer", _Answer())

    @st.fragment
    def card() -> None:
        answer: _Answer = state.kept("answer")
        review_card(key=key, data=_card_data(work, answer), on_batch=partial(_on_batch, key, work))
        # The next run without a batch is a new mount, and the browser then has nothing.
        state.keep("answer", _Answer(batch_seq=answer.batch_seq))

    card()


def _on_batch(key: str, work: WorkRequest) -> None:
    raw = st.session_state[key].get("batch")
    if raw is None:
        return
    try:
        state.keep("answer", _answer(parse_batch(raw), work))
    except WorkbenchError as error:
        st.toast(str(error), icon=":material/error:")


def _answer(batch: CardBatch, work: WorkRequest) -> _Answer:
    """Carries the batch out, in its order, and says what became of each message."""
    receipts = _carry_out(list(batch.decisions))
    answer = _Answer(batch_seq=batch.seq, have=frozenset(batch.have))
    for sent, receipt in receipts:
        if receipt.accepted:
            answer.acked.append(sent.uid)
        else:
            answer.returned.append(_refused(sent.uid, sent.task_id, receipt.message))
    for bad in batch.malformed:
        answer.returned.append(_refused(bad.uid, bad.task_id, bad.message))
    if batch.heartbeat:
        space = state.workbench().space
        renew_claims(space, state.person(), work)
        answer.renewed_until = space.clock.now() + space.rules.lease
    return answer


def _refused(uid: UUID, task_id: int, message: str | None) -> ReturnedDecision:
    return ReturnedDecision(uid=uid, task_id=task_id, message=message or "Not saved.")


def _carry_out(sent: list[CardDecision]) -> list[tuple[CardDecision, Receipt]]:
    """Decisions in a row share one transaction; an undo or skip between them splits it."""
    space, reviewer = state.workbench().space, state.person()
    receipts: list[tuple[CardDecision, Receipt]] = []
    while sent:
        match sent[0].kind:
            case DecisionKind.DECIDE:
                run = [sent.pop(0)]
                while sent and sent[0].kind is DecisionKind.DECIDE:
                    run.append(sent.pop(0))
                policy_id = state.workbench().catalogue.policy.policy_version_id
                drafts = [_draft(each) for each in run]
                made = decide(space, reviewer, drafts, policy_version_id=policy_id)
                receipts.extend(zip(run, made, strict=True))
            case DecisionKind.SKIP:
                each = sent.pop(0)
                wait = _POSTPONED.get(each.reason or "")
                request = SkipRequest(
                    skip_id=each.uid,
                    task_id=each.task_id,
                    fence=each.fence,
                    reason=each.reason or "unsure",
                    postponed_until=space.clock.now() + wait if wait else None,
                )
                receipts.append((each, skip(space, reviewer, [request])[0]))
            case DecisionKind.UNDO:
                each = sent.pop(0)
                undoes = UndoRequest(undo_id=each.uid, decision_id=each.undoes or each.uid)
                receipts.append((each, undo(space, reviewer, undoes)))
            case _ as unknown:
                assert_never(unknown)
    return receipts


def _draft(sent: CardDecision) -> DecisionDraft:
    assert sent.outcome is not None  # noqa: S101  # parse_batch checked it
    return DecisionDraft(
        decision_id=sent.uid,
        item_id=sent.item_id,
        task_id=sent.task_id,
        fence=sent.fence,
        outcome=sent.outcome,
        reasons=sent.reasons,
        note=sent.note,
        handling_seconds=sent.handling_seconds,
        score_shown=sent.score_shown,
        highlight_shown=sent.highlight_shown,
    )


def _card_data(work: WorkRequest, answer: _Answer) -> CardData:
    workbench = state.workbench()
    space = workbench.space
    now = space.clock.now()
    waiting, done, others = state.tallies(work)
    items, revoked = _supply(work, answer, now)
    return CardData(
        items=items,
        acked=tuple(answer.acked),
        returned=tuple(answer.returned),
        revoked=revoked,
        waiting=waiting,
        done_today=done,
        also_looking=_named(others),
        reasons=_REASONS,
        skip_reasons=_SKIP_REASONS,
        undo_seconds=max(1, int(space.rules.undo_window.total_seconds())),
        server_now=now,
        batch_seq=answer.batch_seq,
        renewed_until=answer.renewed_until,
    )


def _named(others: list[str]) -> tuple[str, ...]:
    """A few names, and how many more there are."""
    if len(others) <= _MOST_NAMED:
        return tuple(others)
    return (*others[:_MOST_NAMED], f"{len(others) - _MOST_NAMED} more")


def _supply(
    work: WorkRequest, answer: _Answer, now: datetime
) -> tuple[tuple[CardItem, ...], tuple[int, ...]]:
    """The items the browser lacks, and the ones it must drop; nothing while it has plenty."""
    have = answer.have
    if have is not None and len(have) >= _REFILL_BELOW and not answer.renewed_until:
        return (), ()
    workbench = state.workbench()
    held = next_tasks(workbench.space, state.person(), work)
    known = have or frozenset()
    lacking = [claim for claim in held if claim.task_id not in known]
    revoked = tuple(known - {claim.task_id for claim in held})
    presented = present_items(workbench.space, workbench.catalogue, workbench.highlighter, lacking)
    workbench.explain_ahead()
    return tuple(card_item(each, workbench.catalogue, now) for each in presented), revoked
