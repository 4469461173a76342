"""Kills a process with SIGKILL during a stream of decisions and checks what it acknowledged.

Run it yourself: python -m tests.durability.kill_during_decisions --rounds 20
With --store postgres the store is a private PostgreSQL server with fsync on, and --kill server
kills every process of that server instead of the application.
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
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID, uuid4

from core.domain.decision import Outcome, Source
from core.domain.person import operator
from core.domain.review_task import QueueName
from core.errors import StoreUnavailableError
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


def work(url: str) -> None:
    """Decides without end, and says each id only after it is committed; undoes one in ten."""
    space = opened(url)
    while tasks := next_tasks(space, REVIEWER, WORK):
        for number, task in enumerate(tasks):
            draft = a_draft(task.item_id, task_id=task.task_id, fence=task.fence)
            print(f"try {draft.decision_id}", flush=True)
            (receipt,) = decide(space, REVIEWER, [draft], policy_version_id=None)
            if receipt.accepted:
                print(f"ack {draft.decision_id}", flush=True)
            if number % 10 == 9:
                request = UndoRequest(undo_id=uuid4(), decision_id=draft.decision_id)
                print(f"try {request.undo_id}", flush=True)
                if undo(space, REVIEWER, request).accepted:
                    print(f"ack {request.undo_id}", flush=True)


def kill_once(
    url: str, acknowledgements: int, server: PrivatePostgres | None
) -> tuple[set[UUID], set[UUID]]:
    """Starts the worker and kills it, or the server, after so many acknowledgements.

    Returns the ids that were tried and those that were acknowledged.
    """
    command = [sys.executable, "-m", "tests.durability.kill_during_decisions", "--work", url]
    tried: set[UUID] = set()
    acknowledged: set[UUID] = set()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:  # goes on to what it said before it died
            word, _, name = line.strip().partition(" ")
            if len(name) != 36:
                continue
            (acknowledged if word == "ack" else tried).add(UUID(name))
            if word == "ack" and len(acknowledged) == acknowledgements:
                if server is not None:
                    server.stop(signal.SIGKILL)
                else:
                    os.kill(process.pid, signal.SIGKILL)
    if server is not None:
        server.start()
    return tried, acknowledged


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


def run(rounds: int, seed: int, url: str, server: PrivatePostgres | None = None) -> dict[str, int]:
    """All rounds on one store; the sums of what was found. `server`: it is killed instead."""
    prepare(url, items=rounds * 80 + 200)
    chance = random.Random(seed)
    tried: set[UUID] = set()
    acknowledged: set[UUID] = set()
    result: dict[str, int] = {}
    for _ in range(rounds):
        more_tried, more_acknowledged = kill_once(url, chance.randint(1, 60), server)
        tried |= more_tried
        acknowledged |= more_acknowledged
        result = check(url, tried, acknowledged)
        if result["lost"] or result["doubled"]:
            break
    return {"rounds": rounds, **result}


def run_on(store: str, kill: str, rounds: int, seed: int) -> dict[str, int]:
    """The rounds on a fresh store of this kind."""
    if store == "duckdb":
        with tempfile.TemporaryDirectory() as folder:
            return run(rounds, seed, f"duckdb:///{folder}/durability.duckdb")
    with PrivatePostgres(fsync=True) as server:
        url = server.new_database("durability")
        return run(rounds, seed, url, server if kill == "server" else None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", choices=["duckdb", "postgres"], default="duckdb")
    parser.add_argument("--kill", choices=["app", "server"], default="app")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work is not None:
        try:
            work(arguments.work)
        except StoreUnavailableError:
            return 0  # the server was killed, as it should be
        return 0
    result = run_on(arguments.store, arguments.kill, arguments.rounds, arguments.seed)
    print(json.dumps({"store": arguments.store, "killed": arguments.kill, **result}))
    bad = ("lost", "doubled", "decided_but_open", "not_in_audit", "audit_broken")
    return int(any(result[name] for name in bad))


if __name__ == "__main__":
    sys.exit(main())
