"""The items of a comparison: where both scores lie, which verdicts flip, and who they are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.label import Label
from core.domain.person import Person
from core.domain.role import Permission
from core.domain.verdict import VerdictKind
from core.policies.judge import KINDS
from core.store.rereading import rereading
from core.usecases.compare_sides import Comparison
from core.usecases.preview_policy import Flip
from core.usecases.workspace import Workspace

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: The most items that are listed.
LISTED = 50
#: Cells of the grid in each direction.
BINS = 50
#: Buckets of the difference, from -1 to 1.
DIFFERENCE_BINS = 80
_SAID: dict[bool | None, str] = {True: "rejected", False: "approved"}


@dataclass(frozen=True)
class PairedScores:
    """One label's scores of all items that have both."""

    label: Label
    grid: npt.NDArray[np.int64]
    """(BINS, BINS): items by A's score (columns) and B's (rows)."""
    differences: npt.NDArray[np.int64]
    """(DIFFERENCE_BINS,): items by B - A from -1 to 1."""
    count: int
    mean_difference: float | None
    correlation: float | None
    """Spearman's would need a sort of all items: this is Pearson's; None without variation."""
    moved: int
    """Items whose scores are further apart than .1."""


def paired_scores(comparison: Comparison, label: Label) -> PairedScores:
    """Counted over all items: no item is sent to anybody."""
    a, b = _both(comparison, label)
    known = ~np.isnan(a) & ~np.isnan(b) & comparison.paired.both
    if not known.all():
        a, b = a[known], b[known]
    apart = b - a
    x, y = (np.minimum((each * BINS).astype(np.intp), BINS - 1) for each in (a, b))
    place = np.minimum(((apart + 1) * (DIFFERENCE_BINS / 2)).astype(np.intp), DIFFERENCE_BINS - 1)
    varies = a.size > 1 and bool(np.ptp(a)) and bool(np.ptp(b))
    return PairedScores(
        label=label,
        grid=np.bincount(y * BINS + x, minlength=BINS * BINS).reshape(BINS, BINS),
        differences=np.bincount(place, minlength=DIFFERENCE_BINS),
        count=int(a.size),
        mean_difference=float(apart.mean(dtype=np.float64)) if a.size else None,
        correlation=float(np.corrcoef(a, b)[0, 1]) if varies else None,
        moved=int(np.count_nonzero(np.abs(apart) > 0.1)),
    )


def flipping(comparison: Comparison, flip: Flip, *, reviewed_only: bool = False) -> Rows:
    """Rows of the history that flip so, those first whose scores moved most."""
    paired = comparison.paired
    chosen = paired.differ
    if flip.before is not None:
        chosen = chosen & (paired.codes_a == KINDS.index(flip.before))
    if flip.after is not None:
        chosen = chosen & (paired.codes_b == KINDS.index(flip.after))
    if reviewed_only:
        chosen = chosen & _reviewed(comparison)
    rows = np.flatnonzero(chosen)
    return rows[np.argsort(-_most_moved(comparison, rows)[1], kind="stable")]


def in_box(
    comparison: Comparison, label: Label, a: tuple[float, float], b: tuple[float, float]
) -> Rows:
    """Rows whose scores of A and of B are within these bounds, the furthest apart first."""
    first, second = _both(comparison, label)
    chosen = comparison.paired.both & _within(first, a) & _within(second, b)
    return _furthest(np.flatnonzero(chosen), first, second)


def moved_by(comparison: Comparison, label: Label, apart: tuple[float, float]) -> Rows:
    """Rows whose difference B - A is within these bounds, the furthest apart first."""
    first, second = _both(comparison, label)
    chosen = comparison.paired.both & _within(second - first, apart)
    return _furthest(np.flatnonzero(chosen), first, second)


def list_pairs(
    space: Workspace,
    person: Person,
    comparison: Comparison,
    rows: Rows,
    *,
    label: Label | None = None,
    limit: int = LISTED,
) -> pl.DataFrame:
    """Items with both verdicts, both scores of a label, and what people said.

    Without a label: of that whose scores are furthest apart on each item.

    item_id, a, b, moved (a label), score_a, score_b, people, and the columns of `items.texts`.
    """
    person.require(Permission.SEE_SCORES)
    return _described(space, person, comparison, rows[:limit], label)


@rereading
def _described(
    space: Workspace,
    person: Person,
    comparison: Comparison,
    rows: Rows,
    label: Label | None,
) -> pl.DataFrame:
    paired = comparison.paired
    history = paired.history
    ids = history.ids[rows]
    names = np.array([kind.value for kind in KINDS])
    labels = paired.shared_labels if label is None else (label,)
    place = np.zeros(rows.size, dtype=np.intp)
    if label is None:
        place, _ = _most_moved(comparison, rows)
    reviewed = history.reviews.filter(pl.col("item_id").is_in(ids.tolist()))
    said: dict[int, bool] = dict(reviewed.select("item_id", "is_harmful").rows())

    def scores(*, b: bool) -> Floats:
        columns = paired.columns_b if b else paired.columns_a
        values = np.stack([columns.scores[label][rows] for label in labels])
        found: Floats = values[place, np.arange(rows.size)].astype(np.float64)
        return found

    found = pl.DataFrame(
        {
            "item_id": ids,
            "a": names[paired.codes_a[rows]],
            "b": names[paired.codes_b[rows]],
            "moved": [labels[number].value for number in place.tolist()],
            "score_a": scores(b=False),
            "score_b": scores(b=True),
            "people": [_SAID.get(said.get(item_id)) for item_id in ids.tolist()],
        },
        schema_overrides={"people": pl.String, "moved": pl.String},
    )
    with space.store.reading() as parts:
        texts = parts.items.texts(ids.tolist())
    if person.tenants is not None:
        texts = texts.filter(pl.col("tenant_id").is_in(person.tenants))
    return found.join(texts, on="item_id", how="inner", maintain_order="left")


def flip_counts(comparison: Comparison) -> dict[tuple[VerdictKind, VerdictKind], int]:
    """Items by both verdicts, where these differ; the most first."""
    found = {
        (was, now): int(comparison.matrix[row, column])
        for row, was in enumerate(KINDS)
        for column, now in enumerate(KINDS)
        if was is not now and comparison.matrix[row, column]
    }
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _both(
    comparison: Comparison, label: Label
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    paired = comparison.paired
    return paired.columns_a.scores[label], paired.columns_b.scores[label]


def _within(values: npt.NDArray[np.floating], bounds: tuple[float, float]) -> Flags:
    found: Flags = (values >= np.float32(bounds[0])) & (values <= np.float32(bounds[1]))
    return found


def _furthest(rows: Rows, a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> Rows:
    return rows[np.argsort(-np.abs(b[rows] - a[rows]), kind="stable")]


def _most_moved(comparison: Comparison, rows: Rows) -> tuple[Rows, Floats]:
    """(the number of the shared label, by how much) of the score that moved most."""
    paired = comparison.paired
    apart = np.stack(
        [
            np.abs(paired.columns_b.scores[label][rows] - paired.columns_a.scores[label][rows])
            for label in paired.shared_labels
        ]
    ).astype(np.float64)
    apart[np.isnan(apart)] = -1.0
    place = apart.argmax(axis=0)
    return place.astype(np.intp), apart[place, np.arange(rows.size)]


def _reviewed(comparison: Comparison) -> Flags:
    history = comparison.paired.history
    found: Flags = np.isin(history.ids, history.reviews["item_id"].to_numpy())
    return found
