"""A trial: what chosen items or texts would get, in memory until it is kept or thrown away."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import polars as pl

from core.clock import Clock
from core.domain.label import SCORED_LABELS, Label
from core.domain.person import Person
from core.domain.policy import PolicyVersion
from core.domain.record import Record
from core.usecases.trial_sample import ChosenItems

#: More items than this are a job that keeps the scores, not something to look at.
MOST_ITEMS = 20_000
MOST_MODELS = 4

#: The side that the others are compared with: the model in use and the live policy.
BEFORE = "before"

#: What is known of each row besides its sides.
_ROW: dict[str, pl.DataType | type[pl.DataType]] = {
    "place": pl.Int64,
    "stratum": pl.UInt8,
    "item_id": pl.Int64,
    "external_id": pl.String,
    "tenant_id": pl.String,
    "language": pl.String,
    "content_hash": pl.Binary,
    "text": pl.String,
    "people": pl.String,
}


class TrialState(StrEnum):
    """Where a trial is."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class TrialModel(Record):
    """A model version that is tried."""

    name: str
    """The registered name, by which it is opened."""
    version: str
    digest: str

    @property
    def display_name(self) -> str:
        """The version as people say it."""
        return f"{self.name} ({self.version})"


@dataclass(frozen=True)
class TrialPlan:
    """What is tried on what, and what it is compared with."""

    models: tuple[TrialModel, ...]
    policy: PolicyVersion
    """What the tried models' scores are judged by."""
    before_model: TrialModel
    """The model in use."""
    before_policy: PolicyVersion
    """The live policy."""
    source: ChosenItems | tuple[str, ...]
    """Stored items, or texts as they were given."""
    title: str

    @property
    def total(self) -> int:
        """How many items or texts there are to score."""
        return self.source.ids.size if isinstance(self.source, ChosenItems) else len(self.source)

    @property
    def sample(self) -> ChosenItems | None:
        """The stored items it is about; None for texts."""
        return self.source if isinstance(self.source, ChosenItems) else None

    @property
    def sides(self) -> tuple[str, ...]:
        """What the columns of its rows end in: before, then each model."""
        return (BEFORE, *(side_name(number) for number in range(len(self.models))))


@dataclass(frozen=True)
class TrialProgress:
    """How far a trial is, at one moment."""

    state: TrialState
    stage: str
    done: int
    total: int
    per_second: float | None
    """Items a second lately, or over the whole run once it is over; None before the first."""
    seconds: float
    """Since the first item was begun."""
    reused: dict[int, int]
    """By the model's number: items whose scores were in the store already."""
    gone: int
    """Items that were removed since they were chosen."""
    message: str | None
    """Why it did not come to its end."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state is not TrialState.RUNNING

    @property
    def share(self) -> float:
        """How much of it is done, 0..1."""
        return self.done / self.total if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the pace of the last batches; None when that is not known yet."""
        return (self.total - self.done) / self.per_second if self.per_second else None


def side_name(number: int) -> str:
    """What the columns of a tried model end in."""
    return str(number)


def score_column(label: Label, side: str) -> str:
    """The column of a label's scores on one side."""
    return f"{label.value}_{side}"


def row_schema(sides: Sequence[str]) -> dict[str, pl.DataType | type[pl.DataType]]:
    """The columns of a trial's rows: what the row is, and scores and verdict of every side."""
    schema = dict(_ROW)
    for side in sides:
        schema |= {score_column(label, side): pl.Float32 for label in SCORED_LABELS}
        schema[f"verdict_{side}"] = pl.String
    return schema


class TrialRun:
    """The rows so far, filled by one thread and read by pages; safe to share."""

    def __init__(self, person: Person, plan: TrialPlan, clock: Clock) -> None:
        self.run_id: UUID = uuid4()
        self.person = person
        self.plan = plan
        self.started_at: datetime = clock.now()
        self.kept: dict[int, str] = {}
        """By the model's number: what keeping its scores did, in words."""
        self._clock = clock
        self._lock = threading.Lock()
        self._frames: list[pl.DataFrame] = []
        self._done = 0
        self._marks: deque[tuple[datetime, int]] = deque(maxlen=8)
        self._began: datetime | None = None
        self._ended: datetime | None = None
        self._stage = "waiting"
        self._state = TrialState.RUNNING
        self._message: str | None = None
        self._reused: dict[int, int] = {}
        self._gone = 0
        self._cancelled = threading.Event()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Asks it to stop after the batch it is at."""
        self._cancelled.set()

    def at(self, stage: str) -> None:
        """Notes what it is doing."""
        with self._lock:
            self._stage = stage

    def begin(self) -> None:
        """Notes that the models are ready and the first batch starts."""
        with self._lock:
            self._stage, self._began = "scoring", self._clock.now()
            self._marks.append((self._began, 0))

    def add(self, rows: pl.DataFrame, reused: dict[int, int]) -> None:
        """Takes the rows of a batch, and by the model's number how many scores were stored."""
        with self._lock:
            self._frames.append(rows)
            self._done += rows.height
            self._marks.append((self._clock.now(), self._done))
            for number, count in reused.items():
                self._reused[number] = self._reused.get(number, 0) + count

    def skip(self, count: int) -> None:
        """Notes items that were removed since they were chosen."""
        with self._lock:
            self._done += count
            self._gone += count

    def end(self, state: TrialState, message: str | None = None) -> None:
        """Closes it; what came so far stays."""
        with self._lock:
            self._state, self._message = state, message
            self._ended = self._clock.now()

    @property
    def rows(self) -> pl.DataFrame:
        """The rows so far, in the order in which they came; see `row_schema`."""
        with self._lock:
            if not self._frames:
                return pl.DataFrame(schema=row_schema(self.plan.sides))
            if len(self._frames) > 1:
                self._frames = [pl.concat(self._frames, rechunk=True)]
            return self._frames[0]

    @property
    def progress(self) -> TrialProgress:
        """How far it is now."""
        with self._lock:
            now = self._ended or self._clock.now()
            seconds = (now - self._began) / timedelta(seconds=1) if self._began else 0.0
            return TrialProgress(
                state=self._state,
                stage=self._stage,
                done=self._done,
                total=self.plan.total,
                per_second=self._pace(seconds),
                seconds=seconds,
                reused=dict(self._reused),
                gone=self._gone,
                message=self._message,
            )

    def _pace(self, seconds: float) -> float | None:
        if self._ended is not None:
            return self._done / seconds if self._done and seconds > 0 else None
        if len(self._marks) < 2:
            return None
        (first, before), (last, after) = self._marks[0], self._marks[-1]
        took = (last - first).total_seconds()
        return (after - before) / took if took > 0 and after > before else None
