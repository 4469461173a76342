"""Scored history as columns in memory, so that a moved threshold is answered while one watches."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS
from core.domain.policy import Place
from core.domain.review_sample import ReviewSample
from core.policies.judge import ScoreColumns
from core.store.items import Selection
from core.store.rereading import rereading
from core.store.store import Store, StoreParts

#: Filters whose answer changes with every decision.
_CHANGING = {"status", "verdict", "queue"}


@dataclass(frozen=True)
class DrawnSample:
    """A planned sample of the whole selection, and what belongs to it."""

    sample: ReviewSample
    answers: pl.DataFrame
    """probability, tasks, decided: its strata."""
    opened: pl.DataFrame
    """The review tasks of items that came after it: see PreviewStore.tasks_opened."""
    waiting: int
    """Selected items that waited when it was drawn and still do, blind reviews and other samples
    among them."""


@dataclass
class History:
    """The selected items that a model version has scored, by rising id."""

    ids: npt.NDArray[np.int64]
    columns: ScoreColumns
    """Their scores and places."""
    other: ScoreColumns | None
    """The scores of a second model version, NaN where it has none."""
    reviews: pl.DataFrame
    """What people said of them: see PreviewStore.reviews."""
    opened: pl.DataFrame
    """The review tasks that were opened: see PreviewStore.tasks_opened."""
    drawn: DrawnSample | None
    """The newest sample that was drawn from all of it."""
    selected: int
    """All items of the selection, scored or not."""
    period: tuple[Any, Any] | None
    """When the first and the last of the selected items were created."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What was worked out on it before, by what it depends on."""

    @property
    def size(self) -> int:
        """Scored items."""
        return int(self.ids.size)

    @property
    def places(self) -> Sequence[Place]:
        """The tenants and languages that occur."""
        return self.columns.places

    @property
    def bytes_held(self) -> int:
        """Memory of the arrays."""
        arrays = [self.ids, *self.columns.scores.values()]
        arrays += list(self.other.scores.values()) if self.other else []
        return sum(each.nbytes for each in arrays) + 8 * self.size


def days_of(history: History, wanted: ItemFilter, now: datetime) -> float:
    """How many days the selected items took to come in, one at least.

    A file without times arrives in a moment: what is in it counts as one day's work.
    """
    first, last = history.period or (now, now)
    since = wanted.created_from or first
    until = min(wanted.created_until or now, now)
    return float(max((max(until, last) - since).total_seconds() / 86_400, 1.0))


@dataclass
class _Entry:
    history: History
    changes: int
    token: tuple[object, ...]


class Histories:
    """The histories that pages work on; the least recently used go when memory is full."""

    def __init__(self, store: Store, *, most_bytes: int = 1 << 30) -> None:
        self._store = store
        self._most_bytes = most_bytes
        self._entries: OrderedDict[tuple[object, ...], _Entry] = OrderedDict()
        self._lock = threading.Lock()

    @rereading
    def get(
        self, selection: Selection, model_version_id: int, other_version_id: int | None = None
    ) -> History:
        """The history as it is now: read again only if scores or reviews changed."""
        other = other_version_id if other_version_id != model_version_id else None
        key = (selection.model_dump_json(), model_version_id, other)
        changes = self._store.changes
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and entry.changes == changes:
                self._entries.move_to_end(key)
                return entry.history
        with self._store.reading() as parts:
            token = _token(parts, selection, changes)
            if entry is not None and entry.token == token:
                history = _with_reviews(entry.history, parts, selection)
            else:
                history = read_history(parts, selection, model_version_id, other)
        with self._lock:
            self._entries[key] = _Entry(history, changes, token)
            self._entries.move_to_end(key)
            while len(self._entries) > 1 and self._held() > self._most_bytes:
                self._entries.popitem(last=False)
        return history

    def _held(self) -> int:
        return sum(entry.history.bytes_held for entry in self._entries.values())


def _token(parts: StoreParts, selection: Selection, changes: int) -> tuple[object, ...]:
    """What must be the same for the arrays to be still right."""
    asked = set(selection.filter.model_dump(exclude_none=True))
    if asked & _CHANGING:
        return (changes,)
    return (parts.items.newest_id(), tuple(sorted(parts.scores.counts().items())))


def read_history(
    parts: StoreParts, selection: Selection, model_version_id: int, other: int | None
) -> History:
    """Reads the scores and what belongs to them."""
    frames = [
        frame
        for frame in parts.previews.history(selection, model_version_id, other)
        if frame.height
    ]
    place_numbers: dict[tuple[str | None, str | None], int] = {}
    places = [_numbered(frame, place_numbers) for frame in frames]
    ids = _joined([frame["item_id"].to_numpy() for frame in frames], np.int64)
    order = None if bool(np.all(ids[1:] > ids[:-1])) else np.argsort(ids, kind="stable")
    place = _joined(places, np.intp)

    def columns(prefix: str) -> ScoreColumns:
        scores = {}
        for label in SCORED_LABELS:
            name = f"{prefix}{label.value}"
            values = _joined(
                [frame[name].fill_null(float("nan")).to_numpy() for frame in frames], np.float32
            )
            scores[label] = values if order is None else values[order]
        return ScoreColumns(
            scores=scores,
            places=[Place(tenant=tenant, language=language) for tenant, language in place_numbers],
            place=place if order is None else place[order],
        )

    empty = History(
        ids=ids if order is None else ids[order],
        columns=columns(""),
        other=columns("other_") if other is not None else None,
        reviews=pl.DataFrame(),
        opened=pl.DataFrame(),
        drawn=None,
        selected=0,
        period=None,
    )
    return _with_reviews(empty, parts, selection)


def _with_reviews(known: History, parts: StoreParts, selection: Selection) -> History:
    return History(
        ids=known.ids,
        columns=known.columns,
        other=known.other,
        reviews=parts.previews.reviews(selection),
        opened=parts.previews.tasks_opened(selection),
        drawn=_drawn(parts, selection),
        selected=parts.items.count(selection),
        period=parts.distributions.period(selection),
        notes={name: value for name, value in known.notes.items() if name.startswith("judged ")},
    )


def _drawn(parts: StoreParts, selection: Selection) -> DrawnSample | None:
    for sample in parts.samples.all():
        covers = sample.plan.filter.is_empty or sample.plan.filter == selection.filter
        if not covers or (sample.tenants is not None and sample.tenants != selection.tenants):
            continue
        answers = parts.samples.answers(sample.sample_id)
        # A stratum that nobody has begun would be missing from every estimate.
        if answers.is_empty() or int(answers["decided"].min() or 0) == 0:  # type: ignore[arg-type]  # numbers
            continue
        return DrawnSample(
            sample=sample,
            answers=answers.select(pl.col("probability").round(12), "tasks", "decided"),
            opened=parts.previews.tasks_opened(selection, after_id=sample.sample_id),
            waiting=parts.previews.waiting_since(selection, sample.created_at, sample.sample_id),
        )
    return None


def _numbered(
    frame: pl.DataFrame, known: dict[tuple[str | None, str | None], int]
) -> npt.NDArray[np.intp]:
    """Each row's place as a number; new places get the next ones."""
    pairs = frame.select("tenant_id", "language")
    here = pairs.unique(maintain_order=True)
    numbers = [known.setdefault((row[0], row[1]), len(known)) for row in here.rows()]
    return (
        pairs.join(
            here.with_columns(place=pl.Series(numbers, dtype=pl.Int64)),
            on=["tenant_id", "language"], how="left", nulls_equal=True, maintain_order="left",
        )["place"]
        .to_numpy()
        .astype(np.intp)
    )  # fmt: skip


def _joined(arrays: list[Any], kind: type[np.generic]) -> Any:
    return np.concatenate(arrays).astype(kind, copy=False) if arrays else np.zeros(0, dtype=kind)
