"""Webhooks as admins handle them: who may, what is refused, what is never shown."""

from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import WebhookVerificationError

from core.domain.decision import Outcome, Source
from core.domain.delivery import DeliveryState
from core.domain.person import Person
from core.domain.role import Role
from core.domain.webhook import WebhookState
from core.errors import ForbiddenError, NotFoundError, WebhookError
from core.usecases.deliver_webhooks import deliver_due
from core.usecases.follow_deliveries import list_deliveries, resend, resend_dead
from core.usecases.manage_webhooks import (
    add_webhook,
    list_webhooks,
    pause_webhook,
    remove_webhook,
    resume_webhook,
    rotate_secret,
    send_test,
)
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
)

ACME = Person(name="ada", role=Role.ADMIN, tenants=("acme",))
ZOE = Person(name="zoe", role=Role.ADMIN, tenants=("zoo",))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime.now(UTC) - timedelta(minutes=5))


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as server:
        yield server


def test_a_secret_is_of_32_random_bytes_and_shown_once(space, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    made = told(space, listener)
    secret = made.secret.get_secret_value()
    assert secret.startswith("whsec_")
    assert len(b64decode(secret.removeprefix("whsec_"))) == 32
    second = rotate_secret(space, ANN, "shop").secret.get_secret_value()
    assert second != secret
    send_test(space, SENDER, ANN, "shop")
    (listed,) = list_webhooks(space, ANN)
    with space.store.reading() as parts:
        audit = " ".join(event.model_dump_json() for event in parts.audit.events())
    assert "webhook.added" in audit
    for place in (
        repr(made),
        made.model_dump_json(),
        repr(listed),
        listed.model_dump_json(),
        audit,
    ):
        assert secret not in place
        assert second not in place
    # What else the address holds may be a secret as well.
    assert "?x=1" not in audit
    assert "127.0.0.1" in audit


def test_removing_one_forgets_its_secrets_and_what_waits(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    rejected(space, flagged[:2])
    assert remove_webhook(space, ANN, "shop") == 2
    clock.advance(hours=1)
    assert not deliver_due(space, SENDER)
    rejected(space, flagged[2:3])
    assert not list_webhooks(space, ANN)
    with space.store.reading() as parts:
        kept = parts.webhooks.named("shop")
        waiting = parts.webhooks.deliveries(
            [kept.webhook_id], state=DeliveryState.WAITING, before=None, limit=9
        )
    assert kept.state is WebhookState.REMOVED
    assert not kept.secret.get_secret_value()
    assert not waiting
    for act in (rotate_secret, pause_webhook, resume_webhook, remove_webhook, resend_dead):
        with pytest.raises(NotFoundError):
            act(space, ANN, "shop")
    with pytest.raises(WebhookError, match="is or was"):
        told(space, listener, name="Shop ")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"name": ""}, "1 to 80"),
        ({"name": "a b"}, "1 to 80"),
        ({"name": "n" * 81}, "1 to 80"),
        ({"outcomes": []}, "at least one outcome"),
        ({"outcomes": [Outcome.WITHDRAW]}, "at least one outcome"),
        ({"sources": []}, "at least one"),
        ({"sources": [Source.IMPORT]}, "source"),
        ({"tenant": "nul\x00"}, "tenant"),
        ({"url": ""}, "begins with https://"),
        ({"url": "ftp://example.com/"}, "begins with https://"),
        ({"url": "https://"}, "begins with https://"),
        ({"url": "example.com/hook"}, "begins with https://"),
        ({"url": "https://example.com:0/"}, "begins with https://"),
        ({"url": "https://example.com:99999/"}, "not an address"),
        ({"url": "https://[::1/"}, "not an address"),
        ({"url": "https://user:word@example.com/"}, "user and password"),
        ({"url": "https://@example.com/"}, "user and password"),
        ({"url": "https://bücher.example/"}, "xn--"),
        ({"url": "https://example.com/a b"}, "blanks"),
        ({"url": "https://example.com/\r\nx: y"}, "blanks"),
        ({"url": "https://example.com/\x7f"}, "blanks"),
        ({"url": "https://example.com/" + "a" * 2_000}, "2,000"),
        ({"url": "https://10.0.0.5/hook"}, "not a public address.*MODDESK_WEBHOOK_NETWORKS"),
        ({"url": "https://[::ffff:10.0.0.5]/hook"}, "not a public address"),
        ({"url": "https://0x0a000005/hook"}, "not a public address"),
        ({"url": "http://8.8.8.8/hook"}, "begin with https://"),
        ({"url": "https://no-such-host.invalid/hook"}, "is not found"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence(space, listener, facts, message) -> None:  # type: ignore[no-untyped-def]  # fixtures
    with pytest.raises(WebhookError, match=message):
        told(space, listener, **facts)
    assert not list_webhooks(space, ANN)


def test_a_webhook_belongs_to_the_people_of_its_tenant(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    with space.store.writing() as parts:
        parts.items.add_new(item_frame("hello", tenant_id="zoo"))
    listener.answers(Reply(500))
    rejected(space, flagged[:1])
    clock.advance(minutes=5)
    deliver_due(space, SENDER)
    (mine,) = list_deliveries(space, ACME).rows
    assert mine.webhook_name == "shop"
    assert not list_webhooks(space, ZOE)
    assert not list_deliveries(space, ZOE).rows
    with pytest.raises(NotFoundError):
        list_deliveries(space, ZOE, name="shop")
    with pytest.raises(NotFoundError):
        resend(space, ZOE, mine.delivery.delivery_id)
    with pytest.raises(NotFoundError):
        send_test(space, SENDER, ZOE, "shop")
    for act in (rotate_secret, pause_webhook, resume_webhook, remove_webhook, resend_dead):
        with pytest.raises(NotFoundError):
            act(space, ZOE, "shop")
    with pytest.raises(ForbiddenError, match="acme"):
        add_webhook(space, SENDER, ZOE, name="z", tenant="acme", url=listener.url)
    assert listener.received[0].event["data"]["tenant"] == "acme"
    assert len(listener.received) == 1


def test_an_endpoint_can_be_tried_before_anything_happens(space, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    space.clock.advance(minutes=5)
    secret = told(space, listener).secret.get_secret_value()
    pause_webhook(space, ANN, "shop")
    listener.answers(Reply(200, body=b"hello"), Reply(404, body=b"nobody"))
    answer = send_test(space, SENDER, ANN, "shop")
    assert (answer.status_code, answer.excerpt, answer.is_success) == (200, "hello", True)
    event = listener.received[0].verified(secret)
    assert event["type"] == "webhook.test"
    assert event["data"] == {"webhook": "shop", "tenant": "acme"}
    assert not send_test(space, SENDER, ANN, "shop").is_success
    assert not deliveries(space)
    with space.store.reading() as parts:
        tested = [each for each in parts.audit.events() if each.verb == "webhook.tested"]
    assert sorted(each.details["status_code"] for each in tested) == [200, 404]


def test_a_changed_body_or_an_old_request_is_not_verified(space, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    space.clock.advance(minutes=5)
    secret = told(space, listener).secret.get_secret_value()
    send_test(space, SENDER, ANN, "shop")
    space.clock.advance(minutes=-6)
    send_test(space, SENDER, ANN, "shop")
    fresh, old = listener.received
    assert fresh.verified(secret)
    with pytest.raises(WebhookVerificationError, match="too old"):
        old.verified(secret)
    fresh.body = fresh.body.replace(b"acme", b"zoo_")
    with pytest.raises(WebhookVerificationError, match="signature"):
        fresh.verified(secret)


def test_deliveries_come_in_pages(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    rejected(space, flagged)
    first = list_deliveries(space, ANN, name="shop", limit=3)
    second = list_deliveries(space, ANN, name="shop", limit=3, before=first.next_before)
    assert second.next_before is None
    ids = [row.delivery.delivery_id for row in (*first.rows, *second.rows)]
    assert len(ids) == 5
    assert ids == sorted(ids, reverse=True)
    assert not list_deliveries(space, ANN, state=DeliveryState.DEAD).rows
    clock.advance(minutes=5)
    deliver_due(space, SENDER)
    rows = list_deliveries(space, ANN, state=DeliveryState.DELIVERED).rows
    assert [len(row.attempts) for row in rows] == [1] * 5
    assert set(states(space)) == {DeliveryState.DELIVERED}
    counts = list_webhooks(space, ANN)[0].counts
    assert (counts.delivered_count, counts.waiting_count) == (5, 0)


def test_pausing_twice_is_noted_once(space, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    for _ in range(2):
        assert pause_webhook(space, ANN, "shop").state is WebhookState.PAUSED
    with space.store.reading() as parts:
        verbs = [event.verb for event in parts.audit.events()]
    assert verbs.count("webhook.paused") == 1
    assert "ann" in (list_webhooks(space, ANN)[0].webhook.reason or "")
