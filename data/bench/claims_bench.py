"""Many reviewers claim and decide at once: is anything doubled or lost, and what does it cost?"""

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import polars as pl
import structlog
from sqlalchemy import text

from core.clock import SystemClock
from core.domain.decision import DecisionDraft, Outcome
from core.domain.identifiers import IdSequence
from core.domain.person import operator
from core.domain.review_task import Claim, QueueName, Stratum
from core.errors import WorkbenchError
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.open_tasks import TASK_SCHEMA
from core.usecases.review_item import decide
from core.usecases.workspace import Workspace
from data.bench.private_postgres import PrivatePostgres
from data.bench.result import BenchResult, Measure, machine
from data.dialects.dialect import Dialect
from data.dialects.duckdb import DuckDb
from data.dialects.postgres import Postgres
from data.open_store import ready_store

_log = structlog.get_logger()
_THREADS = 20
#: As many as a reviewer's screen holds.
_AT_ONCE = 32
_ROUNDS = 3

_BARE = """
UPDATE open_task SET owner = :owner, lease_until = :until, fence = fence + 1
WHERE task_id IN (
    SELECT task_id FROM open_task
    WHERE queue = 'review' AND (lease_until IS NULL OR lease_until <= :now)
    ORDER BY priority DESC, task_id LIMIT :count {locking})
RETURNING task_id
"""


class Side(Protocol):
    """One way to claim: timed; and to be done with what was claimed: not timed."""

    def claim(self, number: int) -> int:
        """Claims some tasks for a thread; how many."""

    def finish(self, number: int) -> None:
        """Takes what the thread claimed out of the queue."""


def run(tasks: int = 5_000) -> BenchResult:
    """Both stores, each with ours and the bare statement in turn."""
    measures = [*_of_store("duckdb", tasks), *_of_store("postgres", tasks)]
    return BenchResult(bench="claims", machine=machine(), results=tuple(measures))


def _of_store(name: str, tasks: int) -> Iterator[Measure]:
    with _opened(name) as (space, dialect):
        found: Counter[str] = Counter()
        ours, bare = 0.0, 0.0
        _round(space, tasks, _Ours(space), found)
        for _ in range(_ROUNDS):
            # Both sides are done with their tasks by the same statement, which is not timed.
            done = _Bare(dialect)
            timed: Counter[str] = Counter()
            bare += _round(space, tasks, done, timed)
            ours += _round(space, tasks, _Ours(space, done), timed)
            # The ledger knows nothing of these rounds; who met an error does.
            found["errors"] += timed["errors"]
        with space.store.reading() as parts:
            found["lost"] += parts.tasks.waiting_count(QueueName.REVIEW.value, None, None)
    how = f"{_THREADS} threads on {tasks:,} tasks"
    total = tasks * _ROUNDS
    for measure, value, unit, words in (
        ("double_claims", found["doubled"], "tasks", f"{how}: decided twice"),
        ("lost_tasks", found["lost"], "tasks", f"{how}: neither decided nor waiting"),
        ("errors", found["errors"], "errors", f"{how}: shown to anybody"),
        ("claims_per_second", total * _THREADS / ours, "1/s", f"{how}: claims of {_AT_ONCE}"),
        ("claims_vs_bare_sql_ratio", ours / bare, "×", "time of our claims over a bare UPDATE's"),
    ):
        yield Measure(name=f"{measure}_{name}", value=round(value, 3), unit=unit, how=words)


@contextmanager
def _opened(name: str) -> Iterator[tuple[Workspace, Dialect]]:
    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="moddesk-bench-") as folder:
        if name == "duckdb":
            with _ready(DuckDb(str(Path(folder) / "claims.duckdb")), clock) as opened:
                yield opened
        else:
            with PrivatePostgres(fsync=True) as server:
                url = server.new_database("claims")
                with _ready(Postgres(url, clock, pool_size=_THREADS + 4), clock) as opened:
                    yield opened


@contextmanager
def _ready(dialect: Dialect, clock: SystemClock) -> Iterator[tuple[Workspace, Dialect]]:
    ids = IdSequence(clock)
    store = ready_store(dialect, "of the benchmark", clock, ids)
    try:
        yield Workspace(store=store, clock=clock, ids=ids), dialect
    finally:
        store.close()


def _round(space: Workspace, tasks: int, side: Side, found: Counter[str]) -> float:
    """The seconds that all threads together spent claiming every task of a fresh queue."""
    before = _decided(space)
    opened = _open_tasks(space, tasks)
    spent = [0.0] * _THREADS
    barrier = threading.Barrier(_THREADS)

    def work(number: int) -> None:
        barrier.wait()
        try:
            while True:
                start = time.perf_counter()
                count = side.claim(number)
                if not count:
                    return
                spent[number] += time.perf_counter() - start
                side.finish(number)
        except Exception:
            # Whatever it is, somebody would have seen it.
            found["errors"] += 1
            _log.exception("bench.claim_failed")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    decided = _decided(space) - before
    found["doubled"] += sum(count > 1 for count in decided.values())
    found["lost"] += len(opened - set(decided))
    return sum(spent)


def _decided(space: Workspace) -> Counter[int]:
    """How many decisions the ledger holds of each item."""
    with space.store.reading() as parts:
        return Counter(
            int(event.subject.removeprefix("item:"))
            for event in parts.audit.events()
            if event.verb.startswith("decision.")
        )


def _open_tasks(space: Workspace, tasks: int) -> set[int]:
    """Fresh tasks in the review queue; the ids of their items, which need not exist."""
    now = space.clock.now()
    ids = space.ids.block(tasks)
    frame = pl.DataFrame(
        {
            "task_id": space.ids.block(tasks),
            "item_id": ids,
            "priority": [(number * 7_919 % tasks) / tasks for number in range(tasks)],
        }
    ).with_columns(
        tenant_id=pl.lit("acme"), language=pl.lit("en"), queue=pl.lit(QueueName.REVIEW.value),
        round=pl.lit(1, dtype=pl.Int32), terms=pl.lit("{}"),
        stratum=pl.lit(Stratum.FLAGGED.value), inclusion_probability=pl.lit(1.0),
        policy_version_id=pl.lit(None, dtype=pl.Int64), created_at=pl.lit(now),
        waiting_since=pl.lit(now), due_at=pl.lit(now + timedelta(hours=24)),
        waiting_weight=pl.lit(None, dtype=pl.Float64),
    )  # fmt: skip
    with space.store.writing() as parts:
        parts.tasks.open(frame.select(TASK_SCHEMA.keys()))
    return {int(item_id) for item_id in ids}


class _Ours:
    """The use cases as the Review page calls them."""

    def __init__(self, space: Workspace, done: "_Bare | None" = None) -> None:
        """`done` finishes instead of decisions."""
        self._space = space
        self._done = done
        self._work = WorkRequest(queue=QueueName.REVIEW.value, hold=_AT_ONCE)
        self._people = [operator(f"reviewer-{number}") for number in range(_THREADS)]
        self._held: list[list[Claim]] = [[] for _ in range(_THREADS)]

    def claim(self, number: int) -> int:
        """Claims as many as a screen holds."""
        self._held[number] = next_tasks(self._space, self._people[number], self._work)
        return len(self._held[number])

    def finish(self, number: int) -> None:
        """Decides what was claimed."""
        if self._done is not None:
            self._done.delete(self._people[number].name)
            return
        drafts = [
            DecisionDraft(
                decision_id=self._space.ids.uuid(), item_id=each.item_id, task_id=each.task_id,
                fence=each.fence, outcome=Outcome.APPROVE,
            )
            for each in self._held[number]
        ]  # fmt: skip
        receipts = decide(self._space, self._people[number], drafts, policy_version_id=None)
        if not all(receipt.accepted for receipt in receipts):
            raise StaleClaimError("A decision on a task just claimed was refused.")


class StaleClaimError(WorkbenchError):
    """A decision on a task just claimed was refused."""


class _Bare:
    """Nothing but the one statement."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        locking = "FOR UPDATE SKIP LOCKED" if dialect.name == "postgres" else ""
        self._claim = text(_BARE.format(locking=locking))
        self._delete = text("DELETE FROM open_task WHERE owner = :owner")

    def claim(self, number: int) -> int:
        """One statement in one transaction."""
        now = datetime.now(UTC)
        values = {
            "owner": f"bare-{number}", "until": now + timedelta(minutes=5), "now": now,
            "count": _AT_ONCE,
        }  # fmt: skip
        with self._dialect.write_lock(), self._dialect.engine.begin() as connection:
            return len(connection.execute(self._claim, values).all())

    def finish(self, number: int) -> None:
        """Deletes what was claimed."""
        self.delete(f"bare-{number}")

    def delete(self, owner: str) -> None:
        """Deletes what somebody claimed."""
        with self._dialect.write_lock(), self._dialect.engine.begin() as connection:
            connection.execute(self._delete, {"owner": owner})
