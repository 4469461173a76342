"""Telling webhooks what waits in the outbox: at least once, in order, one worker an endpoint."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from core.domain.delivery import Answer, Delivery, DeliveryState, wait_before
from core.domain.record import Record
from core.domain.webhook_event import WebhookEvent
from core.store.deliveries import Due, Round, RoundEnd, Tried
from core.store.rereading import rereading
from core.store.webhook_sender import WebhookSender
from core.usecases.workspace import Workspace

#: How many deliveries one worker takes at a time.
ROUND_SIZE = 100
#: How long a worker holds what it took; after a crash it is sent again then. Far longer than a
#: round may take: it ends after ROUND_SECONDS, and one sending is cut off by the sender.
LEASE = timedelta(minutes=3)
ROUND_SECONDS = 30.0
#: How many endpoints are told at the same time.
WORKER_COUNT = 8
#: An endpoint from which nothing comes rests: twice as long after every further round.
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)
#: How long an endpoint may ask to be left alone.
LONGEST_RETRY_AFTER = timedelta(hours=24)
#: Who pauses a webhook whose endpoint is gone.
ACTOR = "moddesk"

_log = structlog.get_logger()


class RoundSummary(Record):
    """What became of the deliveries of a round."""

    delivered_count: int = 0
    failed_count: int = 0
    """Attempts that failed; what is tried again is among them."""
    dead_count: int = 0
    withdrawn_count: int = 0

    def __bool__(self) -> bool:
        return bool(self.delivered_count or self.failed_count or self.withdrawn_count)

    def plus(self, other: "RoundSummary") -> "RoundSummary":
        """Both together."""
        return RoundSummary(
            **{name: getattr(self, name) + getattr(other, name) for name in type(self).model_fields}
        )


@rereading
def due_webhooks(space: Workspace) -> Due:
    """Which webhooks have something to send, and when the next of the others will."""
    with space.store.reading() as parts:
        return parts.deliveries.due(space.clock.now())


def deliver_due(space: Workspace, sender: WebhookSender) -> RoundSummary:
    """Sends everything that is due, endpoints side by side, until nothing is."""
    total = RoundSummary()
    with ThreadPoolExecutor(WORKER_COUNT, thread_name_prefix="webhook") as workers:
        while due := due_webhooks(space).webhook_ids:
            drained = list(workers.map(lambda each: drain(space, sender, each), due))
            if not any(drained):
                # What is due is in the hands of another process.
                break
            for summary in drained:
                total = total.plus(summary)
    return total


def drain(space: Workspace, sender: WebhookSender, webhook_id: int) -> RoundSummary:
    """Sends a webhook's due deliveries round after round, until none is due."""
    total = RoundSummary()
    while (summary := deliver_round(space, sender, webhook_id)) is not None:
        total = total.plus(summary)
    return total


def deliver_round(
    space: Workspace,
    sender: WebhookSender,
    webhook_id: int,
    is_closing: Callable[[], bool] = lambda: False,
) -> RoundSummary | None:
    """Sends a webhook's oldest due deliveries; None when there are none or somebody else does.

    Neither a transaction nor the write lock is held while it sends. When the process is closing,
    what was not sent yet is put back.
    """
    now = space.clock.now()
    with space.store.writing() as parts:
        round_ = parts.deliveries.claim(webhook_id, now, now + LEASE, ROUND_SIZE)
    if round_ is None:
        return None
    end = _sent(space, sender, round_, is_closing)
    with space.store.writing() as parts:
        ended = parts.deliveries.end_round(round_, end)
        if ended.was_paused:
            parts.audit.append(
                ACTOR, "webhook.paused", f"webhook:{round_.webhook.name}",
                {"tenant_id": round_.webhook.tenant_id, "reason": end.pause_reason},
            )  # fmt: skip
    summary = _summary(end)
    _log.info(
        "webhook.round_ended", webhook=round_.webhook.name, host=round_.webhook.host,
        was_held=ended.was_held, **summary.model_dump(),
    )  # fmt: skip
    return summary


def _sent(
    space: Workspace, sender: WebhookSender, round_: Round, is_closing: Callable[[], bool]
) -> RoundEnd:
    """Sends one after the other, until nobody answers or the round took long enough."""
    events = _events(space, round_)
    tried: list[Tried] = []
    waiting = list(round_.deliveries)
    seconds = 0.0
    last: Answer | None = None
    failures = round_.failure_count
    with sender.connected(round_.webhook) as connection:
        while waiting and seconds < ROUND_SECONDS and not is_closing():
            delivery, at = waiting.pop(0), space.clock.now()
            event = events.get(delivery.delivery_id)
            if event is None:
                tried.append(_nothing_to_say(delivery, at))
                continue
            last = connection.send(delivery.decision_id, event.body, at)
            seconds += last.milliseconds / 1_000
            tried.append(_judged(delivery, at, last))
            failures = failures + 1 if last.is_from_nobody else 0
            if last.is_gone or last.is_from_nobody:
                break
    is_gone = last is not None and last.is_gone
    return RoundEnd(
        tried=tried, put_back=waiting, failure_count=failures,
        rests_until=_rest(space.clock.now(), last, failures),
        pause_reason="The endpoint answered 410 Gone: it wants nothing any more." if is_gone
        else None,
    )  # fmt: skip


@rereading
def _events(space: Workspace, round_: Round) -> dict[int, WebhookEvent]:
    with space.store.reading() as parts:
        return parts.deliveries.events(round_.deliveries)


def _nothing_to_say(delivery: Delivery, at: datetime) -> Tried:
    """An import was taken back between the claim and now, with its items and decisions."""
    return Tried(
        delivery=delivery, at=at, answer=None, state=DeliveryState.WITHDRAWN, step=delivery.step,
        due_at=delivery.due_at,
    )  # fmt: skip


def _judged(delivery: Delivery, at: datetime, answer: Answer) -> Tried:
    if answer.is_success:
        return Tried(delivery, at, answer, DeliveryState.DELIVERED, delivery.step, delivery.due_at)
    if answer.is_gone:
        # Not its fault: it waits for whoever resumes the webhook.
        return Tried(delivery, at, answer, DeliveryState.WAITING, delivery.step, delivery.due_at)
    wait = wait_before(delivery.delivery_id, delivery.step)
    if wait is None:
        return Tried(delivery, at, answer, DeliveryState.DEAD, delivery.step, delivery.due_at)
    due_at = at + max(wait, _asked_for(answer))
    return Tried(delivery, at, answer, DeliveryState.WAITING, delivery.step + 1, due_at)


def _asked_for(answer: Answer) -> timedelta:
    """How long the endpoint asks to be left alone, as far as it may."""
    if not answer.is_from_nobody or answer.retry_after_seconds is None:
        return timedelta(0)
    longest = LONGEST_RETRY_AFTER.total_seconds()
    return timedelta(seconds=min(max(answer.retry_after_seconds, 0.0), longest))


def _rest(now: datetime, last: Answer | None, failures: int) -> datetime | None:
    """Until when nothing is sent to an endpoint that did not answer or asked for a pause."""
    if last is None or not last.is_from_nobody:
        return None
    rest: timedelta = FIRST_REST * (1 << min(failures - 1, 10))
    return now + max(min(rest, LONGEST_REST), _asked_for(last))


def _summary(end: RoundEnd) -> RoundSummary:
    states = [each.state for each in end.tried]
    delivered, withdrawn = DeliveryState.DELIVERED, DeliveryState.WITHDRAWN
    return RoundSummary(
        delivered_count=states.count(delivered),
        failed_count=sum(state not in (delivered, withdrawn) for state in states),
        dead_count=states.count(DeliveryState.DEAD),
        withdrawn_count=states.count(withdrawn),
    )
