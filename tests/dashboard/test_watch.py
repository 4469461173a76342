"""What machines that watch the workbench get, and nobody else."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from starlette.applications import Starlette

from core.domain.decision import Outcome
from core.domain.label import Label
from core.domain.person import operator
from core.store.job_handle import NoJob
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.manage_webhooks import add_webhook
from core.usecases.review_item import decide
from dashboard.watch import WatchRoutes
from data.bootstrap import Workbench, open_workbench, read_settings
from tests.builders import a_draft, item_frame
from tests.listening import SENDER, rejected

SECRET_TEXT = "you absolute idiot zanzibar"


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    settings = read_settings(database_url=f"duckdb:///{tmp_path}/s.duckdb", metrics_token="t0ken",
                             random_share=1.0)  # fmt: skip
    path = tmp_path / "zebra.csv"
    path.write_text(f"id,text,author,tenant\n1,{SECRET_TEXT},quagga,acme\n")
    with open_workbench(settings) as opened:
        opened.import_file(path, mapping=[], job=NoJob())
        opened.score(NoJob())
        yield opened


async def _get(
    workbench: Workbench, path: str, peer: str = "127.0.0.1", **headers: str
) -> httpx.Response:
    app = Starlette(routes=WatchRoutes(lambda: workbench, workbench.settings.metrics_token).routes)
    transport = httpx.ASGITransport(app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.get(path, headers=headers)


def _run(call):  # type: ignore[no-untyped-def]  # a coroutine's result
    import asyncio

    return asyncio.run(call)


def test_metrics_tell_what_waits_but_only_with_the_token(workbench: Workbench) -> None:
    assert _run(_get(workbench, "/metrics")).status_code == 401
    assert _run(_get(workbench, "/metrics", Authorization="Bearer wrong")).status_code == 401
    answer = _run(_get(workbench, "/metrics", Authorization="Bearer t0ken"))
    assert answer.status_code == 200
    assert 'moddesk_tasks_waiting{queue="review",tenant="acme"} 1.0' in answer.text
    assert 'moddesk_changes_total{verb="import.finished"}' in answer.text
    assert "moddesk_write_seconds_bucket" in answer.text
    assert "zanzibar" not in answer.text


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [("127.0.0.1", {}, 200), ("10.0.0.9", {}, 401), ("127.0.0.1", {"X-Forwarded-For": "1.2.3.4"}, 401)],
)  # fmt: skip
def test_without_a_token_only_this_machine_may_scrape(
    workbench: Workbench, peer: str, headers: dict[str, str], status: int
) -> None:
    workbench.settings = workbench.settings.model_copy(update={"metrics_token": None})
    assert _run(_get(workbench, "/metrics", peer, **headers)).status_code == status


def test_ready_means_that_the_store_answers(workbench: Workbench) -> None:
    assert _run(_get(workbench, "/readyz")).json() == {"status": "ready"}
    assert _run(_get(workbench, "/healthz")).json() == {"status": "ok"}


def test_log_lines_hold_ids_and_counts_and_never_content(workbench: Workbench) -> None:
    with structlog.testing.capture_logs() as lines:
        (claim,) = next_tasks(workbench.space, operator("ann"), WorkRequest(queue="review", hold=5))
        draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence,
                        outcome=Outcome.REJECT, reasons=(Label.TOXICITY,), note="private remark")  # fmt: skip
        decide(workbench.space, operator("ann"), [draft], policy_version_id=None)
        workbench.score(NoJob())
    (line,) = [each for each in lines if each["event"] == "decision.reject"]
    assert (line["actor"], line["count"], line["subject"]) == ("ann", 1, f"item:{claim.item_id}")
    everything = json.dumps(lines, default=str)
    for private in ("zanzibar", "quagga", "private remark"):
        assert private not in everything


def test_metrics_tell_what_webhooks_were_not_told(workbench: Workbench) -> None:
    add_webhook(
        workbench.space, SENDER, workbench.operator, name="shop", tenant="acme",
        url="http://127.0.0.1:9/",
    )  # fmt: skip
    with workbench.space.store.writing() as parts:
        (item_id,) = parts.items.add_new(item_frame("hello"))["item_id"]
    rejected(workbench.space, [item_id])
    text = _run(_get(workbench, "/metrics", Authorization="Bearer t0ken")).text
    assert 'moddesk_webhook_waiting{tenant="acme",webhook="shop"} 1.0' in text
    assert 'moddesk_webhook_dead{tenant="acme",webhook="shop"} 0.0' in text
