"""Kills a process with SIGKILL during a stream of decisions and checks what it acknowledged.

Run it yourself: python -m tests.durability.kill_during_decisions --rounds 20
With --store postgres the store is a private PostgreSQL server with fsync on, and --kill server
kills every process of that server instead, under an application that stays and asks again.
Prints one JSON object; exits with 1 if anything acknowledged was lost or doubled.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID, uuid4

from core.domain.decision import Outcome, Source
from core.domain.person import operator
from core.domain.review_task import QueueName
from core.errors import ConflictError, StoreUnavailableError
from core.usecases.catalogue import ensure_catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.review_item import UndoRequest, decide, undo
from core.usecases.score_items import score_items
from core.usecases.verify_audit import verify_audit
from core.usecases.workspace import Workspace
from data.bench.private_postgres import PrivatePostgres
from data.open_store import open_space
from data.settings import read_settings
from tests.builders import WordClassifier, a_draft, item_frame

REVIEWER = operator("ann")
T = TypeVar("T")
_PATIENCE = 60.0
_AFTER_LAST = 20
WORK = WorkRequest(queue=QueueName.REVIEW.value, hold=20)


def opened(url: str) -> Workspace:
    return open_space(read_settings(database_url=url, pool_size=3))


def prepare(url: str, items: int) -> None:
    """A store with that many waiting items."""
    space = opened(url)
    classifier = WordClassifier()
    catalogue = ensure_catalogue(space, classifier, actor="durability")
    with space.store.writing() as parts:
        bodies = [f"you idiot number {number}" for number in range(items)]
        parts.items.add_new(item_frame(*bodies, ingested_at=datetime.now(UTC)))
    score_items(
        space, classifier, model=catalogue.model, policy=catalogue.policy,
        progress=lambda done, total: None,
    )  # fmt: skip
    space.store.close()


def work(url: str, *, survives: bool) -> None:
    """Decides without end, and says each id only after it is committed; undoes one in ten.

    Surviving, it asks again for as long as the store does not answer, with the same ids, as the
    page does; else its first failure ends it.
    """
    space = opened(url)
    insistent = _insistent if survives else _once
    while tasks := insistent(lambda: next_tasks(space, REVIEWER, WORK)):
        for number, task in enumerate(tasks):
            draft = a_draft(task.item_id, task_id=task.task_id, fence=task.fence)
            print(f"try {draft.decision_id}", flush=True)
            (receipt,) = insistent(
                lambda: decide(space, REVIEWER, [draft], policy_version_id=None)  # noqa: B023  # called at once
            )
            if receipt.accepted:
                print(f"ack {draft.decision_id}", flush=True)
            if number % 10 == 9:
                request = UndoRequest(undo_id=uuid4(), decision_id=draft.decision_id)
                print(f"try {request.undo_id}", flush=True)
                if insistent(lambda: undo(space, REVIEWER, request)).accepted:  # noqa: B023  # called at once
                    print(f"ack {request.undo_id}", flush=True)


def _once(ask: Callable[[], T]) -> T:
    return ask()


def _insistent(ask: Callable[[], T]) -> T:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return ask()
        except (StoreUnavailableError, ConflictError):
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@contextmanager
def worker(url: str, *, survives: bool) -> Iterator[subprocess.Popen[str]]:
    """The process that decides."""
    command = [sys.executable, "-m", "tests.durability.kill_during_decisions", "--work", url]
    if survives:
        command.append("--survive")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


@dataclass
class Said:
    """What the worker said."""

    tried: set[UUID] = field(default_factory=set)
    acknowledged: set[UUID] = field(default_factory=set)

    def note(self, line: str) -> bool:
        """Keeps a line; whether it acknowledged something."""
        word, _, name = line.strip().partition(" ")
        if len(name) != 36:
            return False
        (self.acknowledged if word == "ack" else self.tried).add(UUID(name))
        return word == "ack"


def kill_app_once(url: str, acknowledgements: int, said: Said) -> None:
    """Starts the worker and kills it after so many acknowledgements."""
    with worker(url, survives=False) as process:
        assert process.stdout is not None
        for line in process.stdout:  # goes on to what it said before it died
            acknowledgements -= said.note(line)
            if acknowledgements == 0:
                os.kill(process.pid, signal.SIGKILL)


def kill_server_under_app(
    url: str, gaps: Sequence[int], server: PrivatePostgres, said: Said
) -> int:
    """One worker that stays, while the server is killed after each gap of acknowledgements.

    How many kills it went on after.
    """
    survived = 0
    with worker(url, survives=True) as process:
        assert process.stdout is not None
        for gap in [*gaps, _AFTER_LAST]:
            left = gap
            for line in process.stdout:
                left -= said.note(line)
                if left == 0:
                    break
            if left:
                return survived
            survived += 1
            if survived <= len(gaps):
                server.stop(signal.SIGKILL)
                server.start()
        process.kill()
        for line in process.stdout:
            said.note(line)
    return len(gaps)


def check(url: str, tried: set[UUID], acknowledged: set[UUID]) -> dict[str, int]:
    """What the reopened store knows of what was said."""
    space = opened(url)
    with space.store.reading() as parts:
        names = [
            event.details["decision_id"]
            for event in parts.audit.events()
            if event.verb.startswith("decision.")
        ]
        items = parts.items.newest_id()
        assert items
        found: Counter[UUID] = Counter()
        still_open = 0
        since = datetime(2020, 1, 1, tzinfo=UTC)
        for name in tried:
            if (entry := parts.decisions.find(name, since)) is not None:
                assert entry.source is Source.HUMAN
                found[name] += 1
                chain = [e.decision_id for e in parts.decisions.chain(entry.item_id)]
                found[name] += chain.count(name) - 1
                is_taken_back = parts.decisions.is_reversed(name, since)
                if entry.outcome is not Outcome.WITHDRAW and not is_taken_back:
                    open_tasks = parts.tasks.open_tasks_of([entry.item_id])
                    still_open += any(task.task_id == entry.task_id for task in open_tasks)
    audit = verify_audit(space)
    space.store.close()
    return {
        "acknowledged": len(acknowledged),
        "lost": len(acknowledged - set(found)),
        "doubled": sum(count > 1 for count in found.values()),
        "decided_but_open": still_open,
        "not_in_audit": len({str(name) for name in found} - set(names)),
        "audit_broken": int(audit.broken_at is not None),
    }


def run(rounds: int, seed: int, url: str) -> dict[str, int]:
    """The application is killed again and again; the sums of what was found."""
    prepare(url, items=rounds * 80 + 200)
    chance = random.Random(seed)
    said = Said()
    result: dict[str, int] = {}
    for _ in range(rounds):
        kill_app_once(url, chance.randint(1, 60), said)
        result = check(url, said.tried, said.acknowledged)
        if result["lost"] or result["doubled"]:
            break
    return {"rounds": rounds, **result}


def run_under_app(rounds: int, seed: int, url: str, server: PrivatePostgres) -> dict[str, int]:
    """The server is killed again and again under an application that stays."""
    prepare(url, items=rounds * 80 + 400)
    chance = random.Random(seed)
    said = Said()
    gaps = [chance.randint(1, 60) for _ in range(rounds)]
    survived = kill_server_under_app(url, gaps, server, said)
    result = check(url, said.tried, said.acknowledged)
    return {"rounds": rounds, "not_survived": rounds - survived, **result}


def run_on(store: str, kill: str, rounds: int, seed: int) -> dict[str, int]:
    """The rounds on a fresh store of this kind."""
    if store == "duckdb":
        with tempfile.TemporaryDirectory() as folder:
            return run(rounds, seed, f"duckdb:///{folder}/durability.duckdb")
    with PrivatePostgres(fsync=True) as server:
        url = server.new_database("durability")
        if kill == "server":
            return run_under_app(rounds, seed, url, server)
        return run(rounds, seed, url)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", choices=["duckdb", "postgres"], default="duckdb")
    parser.add_argument("--kill", choices=["app", "server"], default="app")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--survive", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work is not None:
        work(arguments.work, survives=arguments.survive)
        return 0
    result = run_on(arguments.store, arguments.kill, arguments.rounds, arguments.seed)
    print(json.dumps({"store": arguments.store, "killed": arguments.kill, **result}))
    bad = ("lost", "doubled", "decided_but_open", "not_in_audit", "audit_broken", "not_survived")
    return int(any(result.get(name, 0) for name in bad))


if __name__ == "__main__":
    sys.exit(main())
