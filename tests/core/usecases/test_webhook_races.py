"""Undo and sending at the same moment: no effect is left standing unsaid."""

import threading
from collections import defaultdict
from datetime import timedelta

from core.domain.delivery import DeliveryState
from core.usecases.deliver_webhooks import deliver_due
from core.usecases.review_item import UndoRequest, undo
from core.usecases.workspace import Workspace
from tests.builders import FixedClock, item_frame
from tests.listening import ANN, SENDER, deliveries, listening, rejected, told

COUNT = 60


def test_whatever_was_told_and_taken_back_is_told_to_be_taken_back(space, clock, ids) -> None:  # type: ignore[no-untyped-def]  # fixtures
    """The sender's clock is ahead, so that it sends what another process still takes back."""
    ahead = Workspace(
        store=space.store, clock=FixedClock(clock.now() + timedelta(minutes=6)), ids=ids
    )
    with space.store.writing() as parts:
        names = [f"n{number}" for number in range(COUNT)]
        items = parts.items.add_new(item_frame(*["hello"] * COUNT, external_id=names))["item_id"]
    with listening() as listener:
        told(space, listener)
        drafts = rejected(space, items.to_list())
        problems: list[BaseException] = []
        senders = [
            threading.Thread(target=_kept, args=(problems, deliver_due, ahead, SENDER))
            for _ in range(2)
        ]
        for sender in senders:
            sender.start()
        # The newest first: the two meet somewhere in the middle.
        for draft in reversed(drafts):
            request = UndoRequest(undo_id=ids.uuid(), decision_id=draft.decision_id)
            assert undo(space, ANN, request).accepted
        for sender in senders:
            sender.join()
        ahead.clock.advance(minutes=10)
        deliver_due(ahead, SENDER)
    assert not problems
    events: dict[str, list[str]] = defaultdict(list)
    for received in listener.received:
        data = received.event["data"]
        events[data["reverses_id"] or data["decision_id"]].append(received.event["type"])
    for draft in drafts:
        told_of_it = events[str(draft.decision_id)]
        assert told_of_it in ([], ["decision.effective", "decision.withdrawn"])
    ended = {each.state for each in deliveries(space)}
    assert ended <= {DeliveryState.DELIVERED, DeliveryState.WITHDRAWN}


def _kept(problems: list[BaseException], act, *arguments) -> None:  # type: ignore[no-untyped-def]  # a thread's
    try:
        act(*arguments)
    except BaseException as error:
        problems.append(error)
