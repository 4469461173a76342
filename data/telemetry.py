"""What the process says of itself: one log line and one count for each change of state."""

import logging
import sys
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import structlog
from prometheus_client import Counter, Histogram

from data.error_log import tell_error

_log = structlog.get_logger()

CHANGES = Counter(
    "moddesk_changes", "Changes of state, by what was done (decision.reject, person.added …).",
    ["verb"],
)  # fmt: skip
WRITE_SECONDS = Histogram(
    "moddesk_write_seconds", "Seconds that a writing transaction took, waiting included.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30),
)  # fmt: skip


def tell_changes(events: Sequence[tuple[str, str, str, dict[str, Any]]], seconds: float) -> None:
    """Logs and counts what one committed transaction changed.

    Ids and counts only: details may hold names of files and filters, texts never come here.
    """
    WRITE_SECONDS.observe(seconds)
    counts = Tally((actor, verb) for actor, verb, _, _ in events)
    subjects: dict[tuple[str, str], str] = {}
    for actor, verb, subject, _ in events:
        subjects.setdefault((actor, verb), subject)
    for (actor, verb), count in counts.items():
        CHANGES.labels(verb).inc(count)
        _log.info(
            verb, actor=actor, subject=subjects[actor, verb], count=count,
            ms=round(seconds * 1000, 1),
        )  # fmt: skip


def tell_claims(claimed: Mapping[tuple[str, str], int]) -> None:
    """Logs and counts what one committed transaction claimed, by owner and queue.

    Not among the audit events: a claim decides nothing, and there are many.
    """
    for (owner, queue), count in claimed.items():
        if count:
            CHANGES.labels("task.claimed").inc(count)
            _log.info("task.claimed", actor=owner, queue=queue, count=count)


def configure_logs(form: Literal["text", "json"], *, only_warnings: bool = False) -> None:
    """Sets how log lines look: for people, or one JSON object a line; on standard error."""
    rendered: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tell_error,
            rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.WARNING if only_warnings else logging.INFO
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
