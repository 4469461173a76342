"""What only PostgreSQL does: several processes, a server that goes away, clocks that differ."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from core.clock import SystemClock
from core.domain.identifiers import IdSequence
from core.domain.job import JobState
from core.domain.person import operator
from core.domain.review_task import Claim
from core.errors import SettingsError, StoreUnavailableError
from core.store.job_handle import JobHandle
from core.store.tasks import Hold
from core.usecases.catalogue import ensure_catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.review_item import decide
from core.usecases.score_items import score_items
from core.usecases.verify_audit import verify_audit
from core.usecases.workspace import Workspace
from data.bench.private_postgres import PrivatePostgres, RunningPostgres
from data.dialects.database_clock import DatabaseClock
from data.dialects.postgres import Postgres
from data.jobs import JobRunner
from data.open_store import ready_store
from tests.builders import FixedClock, WordClassifier, a_draft, item_frame

WORK = WorkRequest(queue="review", hold=10)


class WrongClock:
    """A machine whose clock is off."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return SystemClock().now() + self._by


def space_on(url: str, wrong_by: timedelta = timedelta()) -> Workspace:
    dialect = Postgres(url, WrongClock(wrong_by), pool_size=4)
    clock = DatabaseClock(WrongClock(wrong_by), dialect.keeper)
    ids = IdSequence(clock, node=lambda: dialect.keeper.node)
    return Workspace(store=ready_store(dialect, "test", clock, ids), clock=clock, ids=ids)


@pytest.fixture
def two(postgres_url: str) -> Iterator[tuple[Workspace, Workspace]]:
    """Two processes' worth of one store, whose clocks differ by twenty minutes."""
    ahead = space_on(postgres_url, timedelta(minutes=10))
    behind = space_on(postgres_url, timedelta(minutes=-10))
    yield ahead, behind
    ahead.store.close()
    behind.store.close()


def _fill(space: Workspace, count: int) -> None:
    classifier = WordClassifier()
    catalogue = ensure_catalogue(space, classifier, actor="tester")
    with space.store.writing() as parts:
        bodies = [f"you idiot number {number}" for number in range(count)]
        parts.items.add_new(item_frame(*bodies, ingested_at=space.clock.now()))
    score_items(space, classifier, model=catalogue.model, policy=catalogue.policy,
                progress=lambda done, total: None)  # fmt: skip


def _hold(claim: Claim) -> Hold:
    return Hold(task_id=claim.task_id, item_id=claim.item_id, fence=claim.fence, owner=claim.owner)


def test_processes_with_wrong_clocks_agree_on_leases(two: tuple[Workspace, Workspace]) -> None:
    ahead, behind = two
    assert abs(ahead.clock.now() - behind.clock.now()) < timedelta(seconds=2)
    _fill(ahead, 3)
    ann, ben = operator("ann"), operator("ben")
    assert len(next_tasks(behind, ann, WORK)) == 3
    # Twenty minutes of difference would have let every claim of five minutes lapse at once.
    assert next_tasks(ahead, ben, WORK) == []


def test_every_process_makes_its_own_ids(two: tuple[Workspace, Workspace]) -> None:
    one, other = two
    made = [space.ids.next() for _ in range(500) for space in (one, other)]
    assert len(set(made)) == 1000


def test_the_other_process_hears_of_a_decision_at_once(two: tuple[Workspace, Workspace]) -> None:
    one, other = two
    _fill(one, 1)
    time.sleep(0.7)
    before = other.store.changes
    ann = operator("ann")
    (claim,) = next_tasks(one, ann, WORK)
    draft = a_draft(claim.item_id, task_id=claim.task_id, fence=claim.fence)
    decide(one, ann, [draft], policy_version_id=None)
    until = time.monotonic() + 2
    while other.store.changes == before and time.monotonic() < until:
        time.sleep(0.05)
    assert other.store.changes > before


def test_two_processes_chain_one_audit_log(two: tuple[Workspace, Workspace]) -> None:
    def append(space: Workspace) -> None:
        for number in range(40):
            with space.store.writing() as parts:
                parts.audit.append("ann", "test.happened", f"n:{number}", {})

    threads = [threading.Thread(target=append, args=(space,)) for space in (*two, *two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result = verify_audit(two[0])
    assert (result.event_count, result.broken_at) == (160, None)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"],
)
def test_the_ledger_refuses_to_be_rewritten(postgres_url: str, statement: str) -> None:
    space = space_on(postgres_url)
    with space.store.writing() as parts:
        parts.audit.append("ann", "test.happened", "x", {})
    dialect = Postgres(postgres_url, SystemClock(), pool_size=2)
    with pytest.raises(DBAPIError, match="append-only"), dialect.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    dialect.close()
    space.store.close()


def test_replicas_that_start_together_do_not_race(postgres_server: RunningPostgres) -> None:
    url = postgres_server.new_database("fresh_start")
    code = (
        "import sys; from data.bootstrap import open_workbench, read_settings\n"
        "with open_workbench(read_settings(database_url=sys.argv[1], pool_size=3)) as w:\n"
        "    print(w.catalogue.policy.display_name)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    ended = [(*process.communicate(timeout=120), process.returncode) for process in started]
    postgres_server.drop_database("fresh_start")
    assert [(out.split("\n")[-2], err, code) for out, err, code in ended] == [
        ("default v1", "", 0)
    ] * 3


def test_a_restart_of_the_server_is_survived() -> None:
    with PrivatePostgres() as server:
        space = space_on(server.new_database("team"))
        _fill(space, 4)
        ann = operator("ann")
        server.restart()
        # Reading and claiming go on by themselves.
        claims = next_tasks(space, ann, WORK)
        assert len(claims) == 4
        draft = a_draft(claims[0].item_id, task_id=claims[0].task_id, fence=claims[0].fence)
        lost = pytest.raises(StoreUnavailableError, match="nothing is saved twice")
        with lost, space.store.writing() as parts:
            parts.tasks.close(_hold(claims[1]))
            server.restart()
            parts.tasks.close(_hold(claims[2]))
        assert [r.accepted for r in decide(space, ann, [draft], policy_version_id=None)] == [True]
        (again,) = decide(space, ann, [draft], policy_version_id=None)
        assert again.message == "Already saved."
        with space.store.reading() as parts:
            assert parts.tasks.waiting_count("review", None, None) == 3
            assert len(parts.decisions.chain(draft.item_id)) == 1
        assert verify_audit(space).broken_at is None
        server.stop()
        with pytest.raises(StoreUnavailableError, match="does not answer") as raised:
            next_tasks(space, ann, WORK)
        with pytest.raises(StoreUnavailableError, match="does not answer"), space.store.reading():
            pass
        assert "moddesk@" in str(raised.value)
        server.start()
        assert len(next_tasks(space, ann, WORK)) == 3
        space.store.close()


def test_a_pool_the_server_cannot_serve_is_refused(postgres_url: str) -> None:
    with pytest.raises(SettingsError, match="MODDESK_POOL_SIZE"):
        Postgres(postgres_url, FixedClock(), pool_size=190)


def test_no_password_is_shown_when_the_server_is_away() -> None:
    with pytest.raises(StoreUnavailableError) as raised:
        Postgres("postgresql://ann:hunter2@127.0.0.1:1/x", SystemClock())
    assert "hunter2" not in str(raised.value)


def test_another_process_cancels_a_job_and_does_not_fail_a_living_one(
    two: tuple[Workspace, Workspace],
) -> None:
    runners = [JobRunner(space.store, space.clock, space.ids) for space in two]
    started = threading.Event()

    def work(job: JobHandle) -> dict[str, object]:
        while True:
            started.set()
            job.progress("working", 1, None)
            time.sleep(0.05)

    job_id = runners[0].submit("test", "Endless", "ann", work)
    started.wait(10)
    assert runners[1].fail_interrupted() == []
    runners[1].cancel(job_id)
    runners[0].wait(job_id)
    with two[1].store.reading() as parts:
        job = parts.jobs.get(job_id)
    assert job is not None
    assert job.state is JobState.CANCELLED
    for runner in runners:
        runner.close()
