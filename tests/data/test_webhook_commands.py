"""`moddesk webhooks`: added, tried, paused, removed; what was not taken is listed and sent again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from core.domain.delivery import WAITS
from core.errors import NotFoundError, WebhookError
from data.bootstrap import Workbench, open_workbench, read_settings
from data.doctor import Finding, diagnose
from data.settings import Settings
from data.sql.webhook_tables import webhook_delivery
from data.webhook_commands import webhooks
from tests.builders import item_frame
from tests.listening import Listener, Reply, listening, rejected


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("MODDESK_WEBHOOK_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("MODDESK_UNDO_SECONDS", "0")
    monkeypatch.setenv("MODDESK_MODEL", "lexical-1")
    return read_settings(database_url=f"duckdb:///{tmp_path}/s.duckdb")


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as server:
        yield server


def _run(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(webhooks, [*words, "--store", str(settings.store_path)])


def _said(settings: Settings, *words: str) -> list[str]:
    """What the command prints, without log lines, which `run` keeps off the terminal."""
    done = _run(settings, *words)
    assert done.exit_code == 0, done.output
    return [line for line in done.stdout.splitlines() if "[info " not in line]


def _reject(workbench: Workbench, count: int) -> None:
    with workbench.space.store.writing() as parts:
        added = parts.items.add_new(item_frame(*(f"hello {number}" for number in range(count))))
    rejected(workbench.space, [int(each) for each in added["item_id"]])


def _last_try(workbench: Workbench) -> None:
    with workbench.space.store.writing() as parts:
        parts.webhooks._connection.execute(
            update(webhook_delivery).values(
                step=len(WAITS), due_at=workbench.space.clock.now() - timedelta(seconds=1)
            )
        )


def _finding(settings: Settings) -> Finding | None:
    return next((each for each in diagnose(settings) if each.name == "webhooks"), None)


def test_one_is_added_tried_rotated_paused_and_removed(
    settings: Settings, listener: Listener
) -> None:
    [secret] = _said(
        settings, "add", "Shop", listener.url, "--tenant", "acme", "--outcome", "reject"
    )
    assert _run(settings, "test", "shop").exit_code == 0
    assert listener.received[-1].verified(secret)["type"] == "webhook.test"
    [second] = _said(settings, "rotate", "shop")
    assert second.startswith("whsec_")
    assert second != secret
    assert "paused" in _run(settings, "pause", "shop").stdout
    [listed] = _said(settings, "list")
    assert "paused" in listed
    assert secret not in listed
    assert second not in listed
    found = _finding(settings)
    assert found is not None
    assert "shop is paused" in found.found
    assert _run(settings, "resume", "shop").exit_code == 0
    assert "is removed" in _run(settings, "remove", "shop").stdout
    assert _said(settings, "list") == []
    assert _finding(settings) is None
    assert isinstance(_run(settings, "test", "shop").exception, NotFoundError)


def test_what_is_refused_says_why(settings: Settings, listener: Listener) -> None:
    for words in (("shop", "https://10.0.0.1/"), ("two words", listener.url), ("shop", "nonsense")):
        assert isinstance(_run(settings, "add", *words).exception, WebhookError)
    assert _run(settings, "add", "shop", listener.url, "--outcome", "shout").exit_code == 2
    _run(settings, "add", "shop", listener.url)
    listener.answers(Reply(500))
    refused = _run(settings, "test", "shop")
    assert isinstance(refused.exception, WebhookError)
    assert "500" in str(refused.exception)


def test_what_nobody_took_is_listed_and_sent_again(settings: Settings, listener: Listener) -> None:
    _run(settings, "add", "shop", listener.url, "--tenant", "acme")
    with open_workbench(settings) as workbench:
        _reject(workbench, 2)
        _last_try(workbench)
    listener.answers(Reply(500, body=b"broken"))
    assert "2 dead" in _run(settings, "deliver").stdout
    logged = _said(settings, "log", "shop", "--state", "dead")
    assert len(logged) == 2
    assert all("500" in line and "reject" in line for line in logged)
    found = _finding(settings)
    assert found is not None
    assert not found.ok
    assert "shop has 2 dead letters" in found.found
    listener.answers(Reply(204))
    assert _said(settings, "resend", "shop")[0].startswith("2 are sent again")
    assert _said(settings, "deliver")[0].startswith("2 delivered")
    assert _said(settings, "log", "--state", "dead") == []
    found = _finding(settings)
    assert found is not None
    assert found.ok
