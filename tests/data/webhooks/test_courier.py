"""The thread that sends: side by side, woken by what changes, quick to end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.domain.delivery import DeliveryState
from core.errors import StoreUnavailableError
from core.usecases.workspace import Workspace
from data.webhooks.courier import Courier
from tests.builders import item_frame
from tests.listening import SENDER, Listener, Reply, deliveries, listening, rejected, states, told

SOON = 10.0


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as server:
        yield server


@contextmanager
def running(space: Workspace) -> Iterator[Courier]:
    courier = Courier(space, SENDER, tick=0.01).start()
    try:
        yield courier
    finally:
        courier.close()


def arrival(listener: Listener, reply: Reply | None = None) -> threading.Event:
    """Set when the endpoint is told something."""
    arrived = threading.Event()

    def answer(received: object) -> Reply:
        arrived.set()
        return reply or Reply()

    listener.reply = answer
    return arrived


def test_a_decision_wakes_the_thread_when_it_takes_effect(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    arrived = arrival(listener)
    with running(space):
        told(space, listener)
        rejected(space, flagged[:1])
        assert not arrived.wait(0.3)
        clock.advance(minutes=5)
        assert arrived.wait(SOON)
    assert states(space) == [DeliveryState.DELIVERED]


def test_a_slow_endpoint_delays_no_other(space, flagged, clock, listener) -> None:  # type: ignore[no-untyped-def]  # fixtures
    going_on = threading.Event()
    held = threading.Event()

    def slow(received: object) -> Reply:
        held.set()
        going_on.wait(SOON)
        return Reply()

    listener.reply = slow
    with listening() as quick, running(space):
        told(space, listener)
        told(space, quick, name="quick")
        arrived = arrival(quick)
        rejected(space, flagged[:1])
        clock.advance(minutes=5)
        assert held.wait(SOON)
        assert arrived.wait(SOON)
        # What happens meanwhile is told as well, while the slow one is still at it.
        arrived.clear()
        rejected(space, flagged[1:2])
        clock.advance(seconds=60 * 5)
        assert arrived.wait(SOON)
        going_on.set()
    assert [each.state for each in deliveries(space)].count(DeliveryState.DELIVERED) >= 3


def test_nothing_is_asked_of_the_store_while_nothing_happens(  # type: ignore[no-untyped-def]  # fixtures
    space, flagged, clock, listener, monkeypatch
) -> None:
    told(space, listener)
    rejected(space, flagged[:1])
    looks = []
    reading = space.store.reading

    def counted():  # type: ignore[no-untyped-def]  # the store's own
        looks.append(1)
        return reading()

    monkeypatch.setattr(space.store, "reading", counted)
    with running(space):
        threading.Event().wait(0.5)
        # PostgreSQL's own news may arrive after the first look.
        assert 1 <= len(looks) <= 3
    assert not listener.received


def test_it_goes_on_when_the_store_answers_again(
    space, flagged, clock, listener, monkeypatch
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    told(space, listener)
    rejected(space, flagged[:1])
    clock.advance(minutes=5)
    arrived = arrival(listener)
    reading, failures = space.store.reading, [StoreUnavailableError("down"), RuntimeError("bug")]

    def broken():  # type: ignore[no-untyped-def]  # the store's own
        if failures:
            raise failures.pop(0)
        return reading()

    monkeypatch.setattr(space.store, "reading", broken)
    courier = Courier(space, SENDER, tick=0.01, pause=0.05).start()
    assert arrived.wait(SOON)
    courier.close()
    assert not failures


def test_it_ends_in_the_middle_of_a_round_and_loses_nothing(
    space, flagged, clock, listener
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    with space.store.writing() as parts:
        more = parts.items.add_new(
            item_frame(*["hello"] * 40, external_id=[f"m{n}" for n in range(40)])
        )["item_id"]
    told(space, listener)
    rejected(space, more.to_list())
    arrived, going_on = arrival(listener), threading.Event()
    inner = listener.reply

    def slow(received) -> Reply:  # type: ignore[no-untyped-def]  # what was received
        reply = inner(received)
        going_on.wait(0.05)
        return reply

    listener.reply = slow
    clock.advance(minutes=5)
    with running(space):
        assert arrived.wait(SOON)
    sent = len(listener.received)
    assert 1 <= sent < 40
    assert states(space).count(DeliveryState.DELIVERED) == sent
    assert not any(each.lease_until for each in deliveries(space))
    with running(space):
        while states(space).count(DeliveryState.DELIVERED) < 40:
            threading.Event().wait(0.05)
    assert len({received.id for received in listener.received}) == len(listener.received) == 40
