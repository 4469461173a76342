"""For the machines that watch: is it alive, is it ready, and Prometheus metrics."""

import hmac
from collections.abc import Callable, Iterator

import anyio.to_thread
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.errors import WorkbenchError
from core.usecases.manage_webhooks import list_webhooks
from dashboard.identity.middleware import public_words
from dashboard.identity.proxy_trust import is_from_this_machine
from data.bootstrap import Workbench


class StoreCollector(Collector):
    """What waits and runs, asked of the store when somebody scrapes."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges of this moment."""
        space = self._workbench.space
        now = space.clock.now()
        with space.store.reading() as parts:
            waiting = parts.analytics.waiting(now, None)
            running = len(parts.jobs.running())
        labels = ["queue", "tenant"]
        gauges = {
            name: GaugeMetricFamily(f"moddesk_tasks_{name}", words, labels=labels)
            for name, words in (
                ("waiting", "Open review tasks."),
                ("overdue", "Open review tasks past their due time."),
                ("claimed", "Open review tasks in somebody's hands."),
                ("oldest_seconds", "Age of the oldest open review task."),
            )
        }
        for row in waiting.iter_rows(named=True):
            key = [row["queue"], row["tenant_id"]]
            for name in ("waiting", "overdue", "claimed"):
                gauges[name].add_metric(key, row[name])
            gauges["oldest_seconds"].add_metric(key, (now - row["oldest"]).total_seconds())
        yield from gauges.values()
        yield from self._deliveries()
        jobs = GaugeMetricFamily("moddesk_jobs_running", "Jobs that run now.")
        jobs.add_metric([], running)
        yield jobs

    def _deliveries(self) -> Iterator[GaugeMetricFamily]:
        """What webhooks were not told: there are few, and an alarm is about one of them."""
        labels = ["webhook", "tenant"]
        waiting = GaugeMetricFamily(
            "moddesk_webhook_waiting", "Deliveries that wait to be sent.", labels=labels
        )
        dead = GaugeMetricFamily(
            "moddesk_webhook_dead", "Deliveries whose every attempt failed.", labels=labels
        )
        for row in list_webhooks(self._workbench.space, self._workbench.operator):
            key = [row.webhook.name, row.webhook.tenant_id]
            waiting.add_metric(key, row.counts.waiting_count)
            dead.add_metric(key, row.counts.dead_count)
        yield from (waiting, dead)


class WatchRoutes:
    """/healthz, /readyz and /metrics."""

    def __init__(self, workbench: Callable[[], Workbench], token: SecretStr | None) -> None:
        self._workbench = workbench
        self._token = token.get_secret_value() if token else None

    @property
    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/healthz", self._health, methods=["GET"]),
            Route("/readyz", self._ready, methods=["GET"]),
            Route("/metrics", self._metrics, methods=["GET"]),
        ]

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _ready(self, _request: Request) -> Response:
        """Whether the store answers; the engine was loaded before anything was served."""

        def ask() -> None:
            with self._workbench().space.store.reading() as parts:
                parts.jobs.running()

        try:
            await anyio.to_thread.run_sync(ask)
        except WorkbenchError as error:
            return JSONResponse({"status": "not ready", "why": public_words(error)}, 503)
        return JSONResponse({"status": "ready"})

    async def _metrics(self, request: Request) -> Response:
        if not self._may_scrape(request):
            return JSONResponse({"title": "Metrics ask for their token.", "status": 401}, 401)
        try:
            text = await anyio.to_thread.run_sync(self._scrape)
        except WorkbenchError as error:
            return JSONResponse({"title": public_words(error), "status": 503}, 503)
        return PlainTextResponse(text, media_type=CONTENT_TYPE_LATEST)

    def _may_scrape(self, request: Request) -> bool:
        if self._token is not None:
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            return hmac.compare_digest(given.encode(), self._token.encode())
        return is_from_this_machine(request.scope)

    def _scrape(self) -> bytes:
        own = CollectorRegistry()
        own.register(StoreCollector(self._workbench()))
        return generate_latest(REGISTRY) + generate_latest(own)
