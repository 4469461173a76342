"""Webhooks, deliveries and answers in words, for cells and lines that show text as it is."""

from datetime import datetime

from core.domain.decision import Source
from core.domain.delivery import Answer, Attempt, DeliveryState, EventType
from core.domain.webhook import TOLD_OUTCOMES, TOLD_SOURCES, Webhook, WebhookState
from core.usecases.follow_deliveries import DeliveryRow
from core.usecases.manage_webhooks import WebhookRow
from dashboard.components.words import ago, span

SOURCE_WORDS = {Source.HUMAN: "people", Source.POLICY: "policies"}
_EXACT = "%-d %b %Y, %H:%M:%S UTC"


def exact(moment: datetime) -> str:
    """A moment to the second."""
    return f"{moment:{_EXACT}}"


def told_words(webhook: Webhook) -> str:
    """Which decisions it is told, such as "reject, by people"."""
    outcomes = (
        "every outcome"
        if len(webhook.outcomes) == len(TOLD_OUTCOMES)
        else ", ".join(webhook.outcomes)
    )
    if len(webhook.sources) == len(TOLD_SOURCES):
        return outcomes
    return f"{outcomes}, by {' and '.join(SOURCE_WORDS[each] for each in webhook.sources)}"


def state_words(row: WebhookRow, now: datetime) -> str:
    """Whether it sends; why not is said where there is more room."""
    if row.webhook.state is WebhookState.PAUSED:
        return "paused"
    if row.rest is not None and row.rest.until > now:
        return f"no answer, next try in {span(row.rest.until - now)}"
    return "active"


def decision_words(row: DeliveryRow) -> str:
    """What is told, such as "reject: toxicity"."""
    if row.event is None:
        return "its content is gone"
    if row.delivery.type is EventType.WITHDRAWN:
        standing = row.event.data.standing_outcome
        return f"taken back, now {standing or 'undecided'}"
    reasons = ", ".join(row.event.data.reasons)
    return f"{row.event.data.outcome}: {reasons}" if reasons else str(row.event.data.outcome)


def when_words(row: DeliveryRow, owner: WebhookRow | None, now: datetime) -> str:
    """What comes next for a delivery, or when it was over."""
    delivery = row.delivery
    if delivery.state is not DeliveryState.WAITING:
        return ago(delivery.settled_at, now) if delivery.settled_at else "–"
    if delivery.lease_until is not None and delivery.lease_until > now:
        return "being sent"
    if owner is not None and owner.webhook.state is WebhookState.PAUSED:
        return "when it is resumed"
    is_early = row.event is not None and now < row.event.data.effective_at
    if is_early and delivery.attempt_count == 0:
        return f"takes effect in {span(delivery.due_at - now)}"
    rest = owner.rest if owner is not None else None
    due_at = max(delivery.due_at, rest.until) if rest is not None else delivery.due_at
    if due_at <= now:
        return "now"
    return f"{'next try ' if delivery.attempt_count else ''}in {span(due_at - now)}"


def answer_words(answer: Answer | Attempt) -> str:
    """What came back, such as "503 in 12 ms", or why nothing did."""
    if answer.status_code is None:
        return f"{answer.error or 'No answer.'} ({answer.milliseconds:,} ms)"
    code = f"{answer.status_code} in {answer.milliseconds:,} ms"
    return f"{code}. {answer.error}" if answer.error else code
