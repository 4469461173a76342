"""From the decision to the endpoint: once it is in effect, at least once, under one id."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
import sqlalchemy

from core.domain.decision import Outcome, Source
from core.domain.delivery import WAITS, DeliveryState
from core.domain.webhook import WebhookState
from core.usecases.deliver_webhooks import LEASE, deliver_due, deliver_round, due_webhooks
from core.usecases.follow_deliveries import list_deliveries, resend, resend_dead
from core.usecases.manage_webhooks import (
    list_webhooks,
    pause_webhook,
    remove_webhook,
    resume_webhook,
    rotate_secret,
)
from core.usecases.score_items import score_items
from tests.builders import FixedClock, item_frame
from tests.listening import (
    ANN,
    SENDER,
    Listener,
    Reply,
    deliveries,
    listening,
    rejected,
    states,
    told,
    undone,
)

WAITING, DELIVERED = DeliveryState.WAITING, DeliveryState.DELIVERED
DEAD, WITHDRAWN = DeliveryState.DEAD, DeliveryState.WITHDRAWN


@pytest.fixture
def clock() -> FixedClock:
    """Five minutes ago: when the undo window is over, signatures are of this minute."""
    return FixedClock(datetime.now(UTC) - timedelta(minutes=5))


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as server:
        yield server


def test_a_decision_is_told_once_when_it_takes_effect(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    secret = told(space, listener).secret.get_secret_value()
    (draft,) = rejected(space, flagged[:1], note="private words")
    clock.advance(minutes=4, seconds=59)
    assert not deliver_due(space, SENDER)
    assert not listener.received
    clock.advance(seconds=1)
    assert deliver_due(space, SENDER).delivered_count == 1
    (received,) = listener.received
    assert received.id == str(draft.decision_id)
    assert received.path == "/hook?x=1"
    assert received.headers["content-type"] == "application/json"
    event = received.verified(secret)
    assert event["type"] == "decision.effective"
    data = event["data"]
    assert data["content"]["external_id"] == "e0"
    assert (data["outcome"], data["standing_outcome"]) == ("reject", "reject")
    assert (data["reasons"], data["tenant"], data["policy"]) == (["toxicity"], "acme", None)
    assert datetime.fromisoformat(event["timestamp"]) == clock.now()
    assert datetime.fromisoformat(data["decided_at"]) == clock.now() - timedelta(minutes=5)
    for hidden in (b"idiot", b"private words", b'ann"', b"handling"):
        assert hidden not in received.body.replace(b'"author_id":"ann"', b"")
    assert not deliver_due(space, SENDER)
    assert len(listener.received) == 1


def test_what_is_undone_within_the_window_is_told_nobody(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    drafts = rejected(space, flagged[:2])
    undone(space, drafts[0].decision_id)
    clock.advance(hours=1)
    deliver_due(space, SENDER)
    assert [received.id for received in listener.received] == [str(drafts[1].decision_id)]
    assert states(space) == [WITHDRAWN, DELIVERED]


@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_decision_that_may_have_arrived_is_taken_back_by_an_event_of_its_own(  # type: ignore[no-untyped-def]  # fixtures
    space, flagged, clock, listener, is_recorded
) -> None:
    told(space, listener)
    (draft,) = rejected(space, flagged[:1])
    # Another process' clock is ahead: it sends while this one still takes back.
    clock.advance(minutes=6)
    if is_recorded:
        deliver_due(space, SENDER)
    else:
        _die_while_sending(space)
    clock.advance(minutes=-2)
    undo_id = undone(space, draft.decision_id)
    clock.advance(hours=1)
    deliver_due(space, SENDER)
    first, *again, last = listener.received
    assert (first.id, last.id) == (str(draft.decision_id), str(undo_id))
    # Nobody knows whether the first one arrived: it is sent again, before what takes it back.
    assert [each.id for each in again] == ([] if is_recorded else [str(draft.decision_id)])
    data = last.event["data"]
    assert last.event["type"] == "decision.withdrawn"
    assert (data["reverses_id"], data["outcome"]) == (str(draft.decision_id), "withdraw")
    assert int(data["sequence"]) > int(first.event["data"]["sequence"])
    assert states(space) == [DELIVERED, DELIVERED]


def _die_while_sending(space) -> None:  # type: ignore[no-untyped-def]  # fixtures
    """A worker that sends and is killed before it can record that."""

    class KilledError(BaseException):
        pass

    class Deadly:
        def connected(self, webhook):  # type: ignore[no-untyped-def]  # a sender's
            context = SENDER.connected(webhook)

            class Connected:
                def __enter__(self):  # type: ignore[no-untyped-def]  # a connection
                    self.connection = context.__enter__()
                    return self

                def __exit__(self, *error):  # type: ignore[no-untyped-def]  # a context's
                    context.__exit__(None, None, None)

                def send(self, *event):  # type: ignore[no-untyped-def]  # a connection's
                    assert self.connection.send(*event).is_success
                    raise KilledError

            return Connected()

    (webhook_id,) = due_webhooks(space).webhook_ids
    with pytest.raises(KilledError):
        deliver_round(space, Deadly(), webhook_id)  # type: ignore[arg-type]  # a sender that dies


def test_a_worker_that_dies_after_sending_sends_the_same_again(
    space, flagged, clock, listener
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    rejected(space, flagged[:1])
    clock.advance(minutes=5)
    _die_while_sending(space)
    assert not deliver_due(space, SENDER), "somebody may still be sending"
    clock.advance(seconds=LEASE.total_seconds())
    assert deliver_due(space, SENDER).delivered_count == 1
    first, second = listener.received
    assert (first.id, first.body) == (second.id, second.body)
    assert states(space) == [DELIVERED]


def test_two_workers_never_send_to_one_endpoint_at_the_same_time(
    space, flagged, clock, listener
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    rejected(space, flagged)
    clock.advance(minutes=5)
    (webhook_id,) = due_webhooks(space).webhook_ids
    others = []

    def busy(received) -> Reply:  # type: ignore[no-untyped-def]  # what was received
        others.append(deliver_round(space, SENDER, webhook_id))
        return Reply()

    listener.reply = busy
    summary = deliver_round(space, SENDER, webhook_id)
    assert summary is not None
    assert summary.delivered_count == 5
    assert others == [None] * 5
    assert len({received.id for received in listener.received}) == 5


def test_a_late_worker_changes_nothing_of_what_another_one_did(
    space, flagged, clock, listener
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    rejected(space, flagged[:1])
    clock.advance(minutes=5)
    (webhook_id,) = due_webhooks(space).webhook_ids
    calls = []

    def slow(received) -> Reply:  # type: ignore[no-untyped-def]  # what was received
        calls.append(received)
        if len(calls) == 1:
            clock.advance(seconds=LEASE.total_seconds())
            deliver_due(space, SENDER)
            return Reply(500)
        return Reply()

    listener.reply = slow
    deliver_round(space, SENDER, webhook_id)
    assert states(space) == [DELIVERED]
    (row,) = list_deliveries(space, ANN).rows
    assert sorted(attempt.status_code for attempt in row.attempts) == [204, 500]
    assert not deliver_due(space, SENDER)


def test_failures_are_tried_again_ever_later_and_then_are_dead(
    space, flagged, clock, listener
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    (draft,) = rejected(space, flagged[:1])
    listener.answers(Reply(500, body=b"<b>down</b>\x00" + b"x" * 2_000))
    clock.advance(minutes=5)
    for wait in WAITS:
        assert deliver_due(space, SENDER).failed_count == 1
        clock.advance(seconds=wait.total_seconds() - 1)
        assert not deliver_due(space, SENDER), wait
        clock.advance(seconds=1 + wait.total_seconds() * 0.2)
    assert deliver_due(space, SENDER).dead_count == 1
    clock.advance(days=30)
    assert not deliver_due(space, SENDER)
    (row,) = list_deliveries(space, ANN, state=DEAD).rows
    assert [attempt.number for attempt in row.attempts] == list(range(1, 11))
    assert {received.id for received in listener.received} == {str(draft.decision_id)}
    assert len({received.body for received in listener.received}) == 1
    excerpt = row.attempts[0].excerpt
    assert len(excerpt) == 500
    assert excerpt.startswith("<b>down</b>\ufffdx")
    (listed,) = list_webhooks(space, ANN)
    assert (listed.counts.dead_count, listed.counts.waiting_count) == (1, 0)

    listener.answers(Reply())
    assert resend_dead(space, ANN, "shop") == 1
    assert deliver_due(space, SENDER).delivered_count == 1
    assert states(space) == [DELIVERED]
    assert list_webhooks(space, ANN)[0].counts.last_success_at == clock.now()
    # A receiver that lost it can be sent it once more.
    assert resend(space, ANN, row.delivery.delivery_id)
    assert not resend(space, ANN, row.delivery.delivery_id)
    assert deliver_due(space, SENDER).delivered_count == 1
    assert len({received.id for received in listener.received}) == 1


def test_an_endpoint_that_is_down_rests_and_costs_no_attempts(space, flagged, clock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    with listening() as gone:
        told(space, gone)
    rejected(space, flagged)
    clock.advance(minutes=5)
    assert deliver_due(space, SENDER).failed_count == 1
    assert [each.attempt_count for each in deliveries(space)] == [1, 0, 0, 0, 0]
    clock.advance(seconds=4)
    assert not deliver_due(space, SENDER)
    assert due_webhooks(space).next_at == clock.now() + timedelta(seconds=1)
    clock.advance(seconds=1)
    assert deliver_due(space, SENDER).failed_count == 1
    clock.advance(seconds=9)
    assert not deliver_due(space, SENDER)
    (row,) = [row for row in list_deliveries(space, ANN).rows if row.delivery.step == 1][:1]
    assert row.attempts[0].error == "No connection: Connection refused."


def test_an_endpoint_is_left_alone_as_long_as_it_asks(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    rejected(space, flagged[:2])
    clock.advance(minutes=5)
    listener.answers(Reply(429, {"retry-after": "600"}), Reply())
    assert deliver_due(space, SENDER).failed_count == 1
    clock.advance(seconds=599)
    assert not deliver_due(space, SENDER)
    clock.advance(seconds=1)
    assert deliver_due(space, SENDER).delivered_count == 2
    assert len(listener.received) == 3


def test_a_date_in_retry_after_holds_too(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    rejected(space, flagged[:1])
    clock.advance(minutes=5)
    until = clock.now() + timedelta(minutes=20)
    listener.answers(Reply(503, {"retry-after": f"{until:%a, %d %b %Y %H:%M:%S} GMT"}), Reply())
    deliver_due(space, SENDER)
    clock.advance(minutes=19)
    assert not deliver_due(space, SENDER)
    clock.advance(minutes=1)
    assert deliver_due(space, SENDER).delivered_count == 1


def test_an_endpoint_that_is_gone_is_paused_and_nothing_is_lost(
    space, flagged, clock, listener
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    rejected(space, flagged[:2])
    clock.advance(minutes=5)
    listener.answers(Reply(410), Reply())
    deliver_due(space, SENDER)
    (listed,) = list_webhooks(space, ANN)
    assert listed.webhook.state is WebhookState.PAUSED
    assert "410" in (listed.webhook.reason or "")
    rejected(space, flagged[2:3])
    clock.advance(hours=5)
    assert not deliver_due(space, SENDER)
    assert len(listener.received) == 1
    resume_webhook(space, ANN, "shop")
    assert deliver_due(space, SENDER).delivered_count == 3
    with space.store.reading() as parts:
        verbs = [event.verb for event in parts.audit.events()]
    assert verbs.count("webhook.paused") == 1


def test_one_that_was_removed_while_it_sent_stays_removed(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    rejected(space, flagged[:2])
    clock.advance(minutes=5)

    def gone(received) -> Reply:  # type: ignore[no-untyped-def]  # what was received
        remove_webhook(space, ANN, "shop")
        return Reply(410)

    listener.reply = gone
    deliver_due(space, SENDER)
    assert not list_webhooks(space, ANN)
    with space.store.reading() as parts:
        kept = parts.webhooks.named("shop")
        rows = parts.webhooks.deliveries([kept.webhook_id], state=None, before=None, limit=9)
        verbs = [event.verb for event in parts.audit.events()]
    assert kept.state is WebhookState.REMOVED
    assert [row.state for row in rows] == [WITHDRAWN, WITHDRAWN]
    assert "webhook.paused" not in verbs


def test_without_webhooks_a_decision_costs_one_small_query(space, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    asked = []
    engine = space.store.dialect.engine

    def note(connection, cursor, statement, *rest) -> None:  # type: ignore[no-untyped-def]  # SQLAlchemy's
        if "webhook" in statement:
            asked.append(statement)

    sqlalchemy.event.listen(engine, "before_cursor_execute", note)
    rejected(space, flagged)
    assert len(asked) == 1


def test_what_a_paused_one_would_be_told_waits(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    pause_webhook(space, ANN, "shop")
    rejected(space, flagged[:1])
    clock.advance(minutes=5)
    assert not deliver_due(space, SENDER)
    resume_webhook(space, ANN, "shop")
    assert deliver_due(space, SENDER).delivered_count == 1


def test_redirects_are_not_followed(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    rejected(space, flagged[:1])
    clock.advance(minutes=5)
    listener.answers(Reply(302, {"location": listener.url}))
    deliver_due(space, SENDER)
    assert len(listener.received) == 1
    (row,) = list_deliveries(space, ANN).rows
    assert row.attempts[0].status_code == 302
    assert "not followed" in row.attempts[0].error


def test_automated_decisions_of_the_bulk_path_are_told(  # type: ignore[no-untyped-def]  # fixtures
    space, catalogue, classifier, flagged, clock, listener
) -> None:
    told(space, listener, sources=[Source.POLICY], outcomes=[Outcome.REJECT])
    rejected(space, flagged[:1])
    bodies = ["idiot idiot", "hello", "kill kill", "you idiot", "pills pills"]
    with space.store.writing() as parts:
        frame = item_frame(*bodies, external_id=[f"n{n}" for n in range(5)])
        parts.items.add_new(frame)
        parts.items.add_new(item_frame("idiot idiot", tenant_id="zoo"))
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    assert deliver_due(space, SENDER).delivered_count == 3
    events = [received.event for received in listener.received]
    assert [each["data"]["content"]["external_id"] for each in events] == ["n0", "n2", "n4"]
    data = events[0]["data"]
    assert (data["source"], data["policy"]["name"]) == ("policy", catalogue.policy.name)
    assert data["policy"]["number"] == catalogue.policy.number
    sequences = [int(each["data"]["sequence"]) for each in events]
    assert sequences == sorted(sequences)


def test_decisions_are_told_in_the_order_in_which_they_were_made(
    space, flagged, clock, listener
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    drafts = [rejected(space, [item])[0] for item in (*reversed(flagged), *flagged)]
    clock.advance(minutes=5)
    deliver_due(space, SENDER)
    assert [each.id for each in listener.received] == [str(each.decision_id) for each in drafts]


def test_each_tenant_is_told_its_own(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    with listening() as other:
        told(space, listener)
        told(space, other, name="zoo", tenant="zoo")
        with space.store.writing() as parts:
            (item,) = parts.items.add_new(item_frame("hello", tenant_id="zoo"))["item_id"]
        rejected(space, [flagged[0], item])
        clock.advance(minutes=5)
        assert deliver_due(space, SENDER).delivered_count == 2
        assert [each.event["data"]["tenant"] for each in listener.received] == ["acme"]
        assert [each.event["data"]["tenant"] for each in other.received] == ["zoo"]


def test_after_a_rotation_both_secrets_sign_for_a_day(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    first = told(space, listener).secret.get_secret_value()
    second = rotate_secret(space, ANN, "shop").secret.get_secret_value()
    rejected(space, flagged[:1])
    clock.advance(minutes=5)
    deliver_due(space, SENDER)
    (received,) = listener.received
    assert received.verified(first) == received.verified(second)
    assert len(received.headers["webhook-signature"].split(" ")) == 2
    clock.advance(hours=24)
    rejected(space, flagged[1:2])
    clock.advance(minutes=5)
    deliver_due(space, SENDER)
    assert len(listener.received[-1].headers["webhook-signature"].split(" ")) == 1


def test_an_import_that_was_taken_back_is_told_nobody(
    space, catalogue, classifier, clock, listener
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    with space.store.writing() as parts:
        parts.items.add_new(item_frame("idiot idiot", import_id=7))
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip
    assert states(space) == [WAITING]
    with space.store.writing() as parts:
        assert parts.items.remove_import(7) == 1
    assert states(space) == [WITHDRAWN]
    assert not deliver_due(space, SENDER)


def test_imported_decisions_are_told_nobody(space, flagged, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    now = space.clock.now()
    frame = pl.DataFrame(
        {"item_id": flagged[:1], "tenant_id": ["acme"], "outcome": ["reject"],
         "standing_outcome": ["reject"], "reasons": [["spam"]], "source": ["import"],
         "actor": ["old"], "decision_seq": space.ids.block(1).tolist(),
         "decision_id": space.ids.uuid_block(1), "decided_at": [now], "effective_at": [now]}
    )  # fmt: skip
    with space.store.writing() as parts:
        parts.decisions.append_frame(frame)
    assert not deliveries(space)


def test_a_closing_process_puts_back_what_it_did_not_send(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    rejected(space, flagged)
    clock.advance(minutes=5)
    (webhook_id,) = due_webhooks(space).webhook_ids
    deliver_round(space, SENDER, webhook_id, lambda: len(listener.received) >= 2)
    assert states(space) == [DELIVERED, DELIVERED, WAITING, WAITING, WAITING]
    assert deliver_due(space, SENDER).delivered_count == 3
