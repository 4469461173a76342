"""The page Webhooks through app.py: added, tried at a real endpoint, dead letters sent again."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from core.domain.delivery import WAITS, DeliveryState
from core.domain.person import Person
from core.domain.role import Role
from core.domain.webhook import WebhookState
from core.usecases.deliver_webhooks import deliver_due
from core.usecases.follow_deliveries import PAGE_SIZE
from core.usecases.manage_webhooks import list_webhooks, pause_webhook
from dashboard import state
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench, open_workbench, read_settings
from data.sql.webhook_tables import webhook_delivery
from tests.builders import item_frame
from tests.dashboard.analytics_pages import HOSTILE, in_url, open_page, run, said
from tests.dashboard.word_workbench import WordRegistry
from tests.listening import ANN, SENDER, Listener, Reply, deliveries, listening, rejected, told

ZOE = Person(name="zoe", role=Role.ADMIN, tenants=("zoo",))


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    settings = read_settings(
        database_url=f"duckdb:///{tmp_path}/s.duckdb", files_dir=tmp_path, actor="ann",
        model="words-1", undo_seconds=0, webhook_networks="127.0.0.0/8", tenant="acme",
    )  # fmt: skip
    with open_workbench(settings, registry=WordRegistry()) as opened:
        state.publish(opened)
        yield opened
        state.publish(None)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as server:
        yield server


def _items(workbench: Workbench, count: int) -> list[int]:
    with workbench.space.store.writing() as parts:
        added = parts.items.add_new(item_frame(*(f"hello {number}" for number in range(count))))
    return [int(each) for each in added["item_id"]]


def _die(workbench: Workbench) -> None:
    """Every waiting delivery is at its last attempt, and that fails."""
    with workbench.space.store.writing() as parts:
        parts.webhooks._connection.execute(
            update(webhook_delivery).values(
                step=len(WAITS), due_at=workbench.space.clock.now() - timedelta(seconds=1)
            )
        )
    deliver_due(workbench.space, SENDER)
    assert {each.state for each in deliveries(workbench.space)} == {DeliveryState.DEAD}


def _log(app: AppTest) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = app.dataframe[1].value.to_dict("records")
    return rows


def _click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return run(app)


def _confirm(app: AppTest, opener: str) -> AppTest:
    """A dialog is a fragment: here its opener has to be pressed again with it."""
    app.button(key=opener).click()
    return _click(app, f"{opener}_confirm")


def _fill(app: AppTest, name: str, url: str) -> AppTest:
    app.text_input(key="webhook_name_0").input(name)
    app.text_input(key="webhook_url_0").input(url)
    app.button(key="webhook_add_0").click()
    return run(app)


def test_one_is_added_and_its_secret_is_shown_until_it_is_put_away(
    workbench: Workbench, listener: Listener
) -> None:
    app = open_page("webhooks")
    assert "docs/webhooks.md" in said(app)
    _fill(app, "shop", listener.url)
    [secret] = [each.value for each in app.code]
    assert secret.startswith("whsec_")
    assert "shown this one time" in app.success[0].value
    _click(app, "webhook_test")
    assert listener.received[-1].verified(secret)["type"] == "webhook.test"
    assert secret in [each.value for each in app.code]
    _click(app, "webhook_secret_copied")
    assert secret not in [each.value for each in app.code]
    assert secret not in [each.value for each in run(open_page("webhooks")).code]
    assert in_url(app, "webhook") == ["shop"]


def test_what_is_wrong_with_the_form_is_said_beside_it_and_nothing_is_lost(
    workbench: Workbench,
) -> None:
    for name, url, problem in (
        ("shop", "https://u:p@hooks.example.com/", "no user and password"),
        ("shop", "ftp://x", "looks like https://"),
        ("shop", "https://10.1.2.3/hook", "MODDESK_WEBHOOK_NETWORKS"),
        ("two words", "http://127.0.0.1/", "1 to 80 letters"),
        ("", "http://127.0.0.1/", "1 to 80 letters"),
    ):
        app = _fill(open_page("webhooks"), name, url)
        assert problem in re.sub(r"\\(.)", r"\1", app.error[0].value)
        assert app.text_input(key="webhook_url_0").value == url
    assert list_webhooks(workbench.space, ANN) == []


def test_a_test_event_says_what_came_back_as_plain_text(
    workbench: Workbench, listener: Listener
) -> None:
    told(workbench.space, listener)
    app = open_page("webhooks")
    listener.answers(Reply(500, body=HOSTILE.encode()))
    _click(app, "webhook_test")
    assert "500 in" in app.error[0].value
    assert [each.value for each in app.code] == [HOSTILE]
    assert "<script>" not in said(app)
    listener.answers(Reply(204))
    _click(app, "webhook_test")
    assert "204 in" in app.success[0].value


def test_dead_letters_are_seen_without_looking_and_sent_again(
    workbench: Workbench, listener: Listener
) -> None:
    told(workbench.space, listener)
    listener.answers(Reply(500, body=HOSTILE.encode()))
    rejected(workbench.space, _items(workbench, 2))
    _die(workbench)
    assert "**2 dead letters** of shop" in said(open_page("overview"))
    app = open_page("webhooks")
    assert "**2 dead letters** of shop" in said(app)
    _click(app, "show_dead")
    assert in_url(app, "delivery_state") == ["dead"]
    assert [(row["state"], row["decision"]) for row in _log(app)] == [
        ("dead", "reject: toxicity")
    ] * 2
    assert all(row["answer"].startswith("500 in") for row in _log(app))
    _click(app, "resend_dead")
    assert "**2** deliveries of shop wait again" in said(app)
    _confirm(app, "resend_dead")
    assert [each.state for each in deliveries(workbench.space)] == [DeliveryState.WAITING] * 2
    listener.answers(Reply(204))
    deliver_due(workbench.space, SENDER)
    assert "dead letters" not in said(run(app))
    assert "dead letters" not in said(open_page("overview"))


def test_one_delivery_opens_with_every_attempt_and_is_sent_again(
    workbench: Workbench, listener: Listener
) -> None:
    told(workbench.space, listener)
    listener.answers(Reply(500, body=HOSTILE.encode()))
    rejected(workbench.space, _items(workbench, 1))
    _die(workbench)
    [delivery] = deliveries(workbench.space)
    app = open_page("webhooks", delivery=str(delivery.delivery_id))
    assert app.dataframe[2].value.to_dict("records")[0]["status"] == "500"
    assert [each.value for each in app.code] == [HOSTILE]
    assert "<script>" not in said(app)
    _click(app, "resend_one")
    [again] = deliveries(workbench.space)
    assert again.state is DeliveryState.WAITING
    assert not [each for each in app.button if each.key == "resend_one"]
    _click(app, "delivery_close")
    assert in_url(app, "delivery") == [None]
    for linked in ("12345", "x", "9" * 30, "-1", "٣"):
        assert "There is no delivery" in said(open_page("webhooks", delivery=linked))


def test_one_turns_to_older_deliveries_and_another_filter_begins_at_the_newest(
    workbench: Workbench, listener: Listener
) -> None:
    told(workbench.space, listener)
    rejected(workbench.space, _items(workbench, PAGE_SIZE + 1))
    app = open_page("webhooks")
    newest = [row["content"] for row in _log(app)]
    assert len(newest) == PAGE_SIZE
    _click(app, "deliveries_older")
    [oldest] = [row["content"] for row in _log(app)]
    assert oldest not in newest
    app.button_group(key="delivery_state").set_value("waiting")
    assert [row["content"] for row in _log(run(app))] == newest


def test_one_is_paused_resumed_rotated_and_removed(
    workbench: Workbench, listener: Listener
) -> None:
    first = told(workbench.space, listener)
    app = open_page("webhooks", webhook="shop")
    _click(app, "webhook_pause")
    assert "Paused: ann paused it." in said(app)
    rejected(workbench.space, _items(workbench, 1))
    [row] = _log(run(app))
    assert (row["state"], row["when"]) == ("waiting", "when it is resumed")
    _click(app, "webhook_resume")
    assert list_webhooks(workbench.space, ANN)[0].webhook.state is WebhookState.ACTIVE
    _click(app, "webhook_rotate")
    assert "24 hours" in said(app)
    _confirm(app, "webhook_rotate")
    [second] = [each.value for each in app.code]
    assert second != first.secret.get_secret_value()
    _click(app, "webhook_remove")
    assert "One delivery that waits is not sent" in said(app)
    _confirm(app, "webhook_remove")
    assert list_webhooks(workbench.space, ANN) == []
    assert second not in [each.value for each in app.code]


def test_a_webhook_that_was_paused_elsewhere_offers_to_resume_it(
    workbench: Workbench, listener: Listener
) -> None:
    told(workbench.space, listener)
    app = open_page("webhooks")
    assert app.button(key="webhook_pause")
    pause_webhook(workbench.space, ANN, "shop")
    assert run(app).button(key="webhook_resume")


def test_an_admin_of_another_tenant_sees_nothing_of_it(
    workbench: Workbench, listener: Listener
) -> None:
    told(workbench.space, listener)
    listener.answers(Reply(500))
    rejected(workbench.space, _items(workbench, 1))
    _die(workbench)
    [delivery] = deliveries(workbench.space)
    state.publish(workbench, Gate(workbench, open_to=ZOE))
    app = open_page("webhooks", webhook="shop", delivery=str(delivery.delivery_id))
    assert "dead letter" not in said(app)
    assert not app.dataframe
    assert "shop" not in said(app)
    assert "dead letter" not in said(open_page("overview"))


def test_an_address_with_nonsense_in_it_shows_all(workbench: Workbench, listener: Listener) -> None:
    told(workbench.space, listener)
    told(workbench.space, listener, name="mirror")
    app = open_page("webhooks", webhook="gone", delivery_state="odd")
    assert "not here" in said(app)
    assert app.selectbox(key="webhook_chosen").value == "All webhooks"
    assert "Nothing to deliver yet" in said(app)
