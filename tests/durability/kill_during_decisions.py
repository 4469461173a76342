"""Kills a process with SIGKILL during a stream of decisions and checks what it acknowledged.

Run it yourself: python -m tests.durability.kill_during_decisions --rounds 20
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
from pathlib import Path
from uuid import UUID, uuid4

from core.clock import SystemClock
from core.domain.decision import Outcome, Source
from core.domain.identifiers import IdSequence
from core.domain.person import operator
from core.domain.review_task import QueueName
from core.usecases.catalogue import ensure_catalogue
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.review_item import UndoRequest, decide, undo
from core.usecases.score_items import score_items
from core.usecases.verify_audit import verify_audit
from core.usecases.workspace import Workspace
from data.open_store import open_duckdb
from tests.builders import WordClassifier, a_draft, item_frame

REVIEWER = operator("ann")
WORK = WorkRequest(queue=QueueName.REVIEW.value, hold=20)


def open_space(path: Path) -> Workspace:
    clock = SystemClock()
    ids = IdSequence(clock)
    return Workspace(store=open_duckdb(str(path), clock, ids), clock=clock, ids=ids)


def prepare(path: Path, items: int) -> None:
    """A store with that many waiting items."""
    space = open_space(path)
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


def work(path: Path) -> None:
    """Decides without end, and says each id only after it is committed; undoes one in ten."""
    space = open_space(path)
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


def kill_once(path: Path, acknowledgements: int) -> tuple[set[UUID], set[UUID]]:
    """Starts the worker and kills it after so many acknowledgements: (tried, acknowledged)."""
    command = [sys.executable, "-m", "tests.durability.kill_during_decisions", "--work", str(path)]
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
                os.kill(process.pid, signal.SIGKILL)
    return tried, acknowledged


def check(path: Path, tried: set[UUID], acknowledged: set[UUID]) -> dict[str, int]:
    """What the reopened store knows of what was said."""
    space = open_space(path)
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


def run(rounds: int, seed: int, folder: Path) -> dict[str, int]:
    """All rounds on one store; the sums of what was found."""
    path = folder / "durability.duckdb"
    prepare(path, items=rounds * 80 + 200)
    chance = random.Random(seed)
    tried: set[UUID] = set()
    acknowledged: set[UUID] = set()
    result: dict[str, int] = {}
    for _ in range(rounds):
        more_tried, more_acknowledged = kill_once(path, chance.randint(1, 60))
        tried |= more_tried
        acknowledged |= more_acknowledged
        result = check(path, tried, acknowledged)
        if result["lost"] or result["doubled"]:
            break
    return {"rounds": rounds, **result}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work is not None:
        work(arguments.work)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        result = run(arguments.rounds, arguments.seed, Path(folder))
    print(json.dumps(result))
    bad = ("lost", "doubled", "decided_but_open", "not_in_audit", "audit_broken")
    return int(any(result[name] for name in bad))


if __name__ == "__main__":
    sys.exit(main())
