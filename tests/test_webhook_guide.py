"""The guide's receivers, run as they are written, on what is really sent."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.domain.delivery import WAITS
from core.domain.webhook_event import WebhookEvent
from core.usecases.deliver_webhooks import deliver_due
from core.usecases.manage_webhooks import rotate_secret, send_test
from tests.builders import FixedClock
from tests.listening import ANN, SENDER, listening, rejected, told

GUIDE = (Path(__file__).parents[1] / "docs" / "webhooks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


def _function(number: int, name: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(BLOCKS[number], names)
    found: Callable[..., Any] = names[name]
    return found


@pytest.mark.parametrize("database_url", ["duckdb"], indirect=True)
@pytest.mark.parametrize("number", [0, 1])
def test_both_receivers_take_what_is_sent_and_nothing_else(
    space, clock: FixedClock, number
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    receive = _function(number, "receive")
    clock.instant = datetime.now(UTC)
    with listening() as listener:
        old = told(space, listener).secret.get_secret_value()
        new = rotate_secret(space, ANN, "shop").secret.get_secret_value()
        send_test(space, SENDER, ANN, "shop")
        clock.advance(minutes=-6)
        send_test(space, SENDER, ANN, "shop")
    fresh, late = listener.received
    for secret in (old, new):
        assert receive(secret, fresh.headers, fresh.body)["type"] == "webhook.test"
    refused = [
        (new, fresh.headers, fresh.body + b" "),
        (new, fresh.headers | {"webhook-id": "other"}, fresh.body),
        (new, late.headers, late.body),
        ("whsec_" + "A" * 43 + "=", fresh.headers, fresh.body),
    ]
    for case in refused:
        with pytest.raises(Exception, match=r"too old|not signed|No matching"):
            receive(*case)


@pytest.mark.parametrize("database_url", ["duckdb"], indirect=True)
def test_the_receiver_acts_once_and_in_order(space, flagged, clock: FixedClock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    act = _function(2, "act")
    with listening() as listener:
        told(space, listener)
        rejected(space, flagged[:1])
        rejected(space, flagged[:1], outcome="approve", reasons=())
        clock.advance(minutes=5)
        deliver_due(space, SENDER)
        send_test(space, SENDER, ANN, "shop")
    first, second, tried = [received.event for received in listener.received]
    applied: list[tuple[str, str]] = []
    newest: dict[str, int] = {}
    for event in (second, second, first, tried):
        act(event, newest, lambda *facts: applied.append(facts))
    assert applied == [("e0", "approve")]


def test_the_example_is_of_the_shape_that_is_sent() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    event = WebhookEvent.model_validate_json(block)
    assert orjson.loads(block) == orjson.loads(event.body)


def test_the_table_of_waits_is_the_one_in_force() -> None:
    words = {1: "s", 60: "min", 3600: "h"}
    cells = []
    for wait in WAITS:
        seconds = int(wait.total_seconds())
        unit = max(each for each in words if seconds >= each)
        cells.append(f"{seconds // unit} {words[unit]}")
    assert f"| waits | {' | '.join(cells)} | dead |" in GUIDE
