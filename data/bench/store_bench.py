"""Benchmark `store`: does a page cost the same when the history is a hundred times larger?"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.clock import SystemClock
from core.domain.decision import DecisionDraft, Outcome
from core.domain.identifiers import IdSequence
from core.domain.item_filter import ItemFilter
from core.domain.person import operator
from core.domain.review_task import QueueName
from core.engine.registry import Registry
from core.store.items import Cursor, Order
from core.usecases.catalogue import Catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.list_items import PAGE_ROWS, first_cursor, list_items
from core.usecases.review_item import decide
from core.usecases.workspace import Workspace
from data.bench.big_store import fill
from data.bench.result import BenchResult, Measure, in_turn, machine, median_ms, percentile_ms
from data.open_store import open_duckdb

_ROUNDS = 25
_DECISIONS = 200
_REVIEWER = operator("bench")


def run(rows: int = 1_000_000) -> BenchResult:
    """First page of the review list on a large and a small store in turn, and decisions."""
    small_rows = max(1_000, rows // 100)
    with _filled(small_rows) as (small, small_catalogue), _filled(rows) as (large, catalogue):
        waiting = ItemFilter(queue=QueueName.REVIEW.value)

        def page(space: Workspace, facts: Catalogue) -> None:
            cursor = first_cursor(space)
            list_items(
                space,
                facts,
                waiting,
                person=_REVIEWER,
                order=Order.PRIORITY,
                cursor=cursor,
                limit=PAGE_ROWS,
            )

        for _ in range(3):
            page(small, small_catalogue)
            page(large, catalogue)
        on_small, on_large = in_turn(
            lambda: page(small, small_catalogue), lambda: page(large, catalogue), rounds=_ROUNDS
        )
        unseen = _unseen_pages(large, catalogue, waiting)
        decisions = _decision_times(large)
    ratio = median_ms(on_large) / median_ms(on_small)
    how = f"median of {_ROUNDS} first pages of {PAGE_ROWS} waiting items"
    return BenchResult(
        bench="store",
        machine=machine(),
        results=(
            Measure(
                name="list_page_1m_vs_10k_ratio",
                value=round(ratio, 2),
                unit="ratio",
                how=f"{how}, read before, at {rows:,} items over {small_rows:,}, in turn",
            ),
            Measure(
                name="list_page_ms",
                value=round(median_ms(on_large), 1),
                unit="ms",
                how=f"{how} at {rows:,} items",
            ),
            Measure(
                name="list_page_unseen_ms",
                value=round(median_ms(unseen), 1),
                unit="ms",
                how=f"median of {len(unseen)} following pages, none read before, at {rows:,} items",
            ),
            Measure(
                name="decide_ms_p95",
                value=round(percentile_ms(decisions, 0.95), 1),
                unit="ms",
                how=f"p95 of {_DECISIONS} durable decision transactions at {rows:,} items",
            ),
        ),
    )


def _unseen_pages(space: Workspace, catalogue: Catalogue, waiting: ItemFilter) -> list[float]:
    cursor: Cursor | None = first_cursor(space)
    taken: list[float] = []
    while cursor is not None and len(taken) < 12:
        start = time.perf_counter()
        page = list_items(
            space, catalogue, waiting, person=_REVIEWER, order=Order.PRIORITY, cursor=cursor
        )
        taken.append(time.perf_counter() - start)
        cursor = page.following
    return taken[2:]


@contextmanager
def _filled(rows: int) -> Iterator[tuple[Workspace, Catalogue]]:
    with tempfile.TemporaryDirectory(prefix="moddesk-bench-") as folder:
        clock = SystemClock()
        ids = IdSequence(clock)
        store = open_duckdb(str(Path(folder) / "bench.duckdb"), clock, ids)
        space = Workspace(store=store, clock=clock, ids=ids)
        try:
            yield space, fill(space, Registry().get("lexical-1"), rows)
        finally:
            store.close()


def _decision_times(space: Workspace) -> list[float]:
    work = WorkRequest(queue=QueueName.REVIEW.value, hold=40)
    taken: list[float] = []
    while len(taken) < _DECISIONS:
        for claim in next_tasks(space, _REVIEWER, work):
            draft = DecisionDraft(
                decision_id=space.ids.uuid(),
                item_id=claim.item_id,
                task_id=claim.task_id,
                fence=claim.fence,
                outcome=Outcome.APPROVE,
            )
            ((seconds,),) = in_turn(
                lambda draft=draft: decide(space, _REVIEWER, [draft], policy_version_id=None),  # type: ignore[misc]  # bound per turn
                rounds=1,
            )
            taken.append(seconds)
    return taken[:_DECISIONS]
