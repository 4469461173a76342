"""What a policy would change on real history, before anybody publishes it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.policy import PolicyVersion, Rule
from core.domain.record import Record
from core.domain.role import Permission
from core.domain.verdict import VerdictKind
from core.metrics.survey import Estimate
from core.policies.judge import (
    APPROVE,
    KINDS,
    REJECT,
    Codes,
    ScoreColumns,
    cited_of,
    distance_of,
    judge,
)
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue
from core.usecases.evidence import Evidence, gather
from core.usecases.history import Histories, History, days_of
from core.usecases.workspace import Workspace

#: The most items that are listed of those that flip.
FLIPS_LISTED = 50

Flags = npt.NDArray[np.bool_]


class Flip(Record):
    """Which changes of verdict are meant; None: any."""

    before: VerdictKind | None = None
    after: VerdictKind | None = None


@dataclass(frozen=True)
class Side:
    """One rule on the history."""

    counts: dict[VerdictKind, int]
    cited: dict[Label, int]
    """How many items cite each reason."""
    precision: Estimate
    """Of what the rule rejects by itself: the share that people reject."""
    recall: Estimate
    """Of what people reject: the share that the rule rejects or sends to review."""
    missed: Estimate
    """Of what the rule approves by itself: the share that people reject."""
    reviews_per_day: float
    hours_per_day: float | None
    """Reviewer-hours a day at the measured mean handling time; None when that is not known."""

    @property
    def items(self) -> int:
        """All items with a verdict."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Preview:
    """Before and after on the same items."""

    before: Side
    after: Side
    history: History
    evidence: Evidence
    codes_before: Codes
    codes_after: Codes
    cells: npt.NDArray[np.int64]
    """(places, 3, 3): items by place, verdict before and verdict after."""
    days: float
    """The time the items came in, in days."""
    handling_seconds: float | None
    handled: int
    """Decisions behind the handling time."""

    @property
    def unscored(self) -> int:
        """Selected items that the model has not scored: they are left out."""
        return max(0, self.history.selected - self.history.size)

    @property
    def flips(self) -> int:
        """Items whose verdict changes."""
        return int(self.cells.sum() - np.trace(self.cells.sum(axis=0)))

    @property
    def flip_share(self) -> float:
        """The share of history whose verdict changes."""
        return self.flips / self.history.size if self.history.size else 0.0

    @property
    def matrix(self) -> dict[tuple[VerdictKind, VerdictKind], int]:
        """Items by verdict before and after."""
        total = self.cells.sum(axis=0)
        return {
            (was, now): int(total[row, column])
            for row, was in enumerate(KINDS)
            for column, now in enumerate(KINDS)
        }

    def by(self, what: str) -> pl.DataFrame:
        """One row per `language` or `tenant`: verdicts, flips, precision and recall."""
        names = [getattr(place, what) for place in self.history.places]
        place = self.history.columns.place
        assert place is not None  # noqa: S101  # histories know their places
        reviewed_at = place[self.evidence.rows]
        rows = []
        for name in dict.fromkeys(names):
            places = np.array([each == name for each in names], dtype=np.bool_)
            total = self.cells[places].sum(axis=0)
            here = places[reviewed_at]
            rows.append(
                {
                    what: name,
                    "items": int(total.sum()),
                    **{
                        f"before_{kind.value}": int(total[at].sum())
                        for at, kind in enumerate(KINDS)
                    },
                    **{
                        f"after_{kind.value}": int(total[:, at].sum())
                        for at, kind in enumerate(KINDS)
                    },
                    "flips": int(total.sum() - np.trace(total)),
                    **_flat("precision", _precision(self.evidence, self.codes_after, here)),
                    **_flat("recall", _recall(self.evidence, self.codes_after, here)),
                }
            )
        schema = {
            what: pl.String, "items": pl.Int64,
            **{f"{side}_{kind.value}": pl.Int64 for side in ("before", "after") for kind in KINDS},
            "flips": pl.Int64,
            **{
                f"{name}{part}": pl.Float64
                for name in ("precision", "recall")
                for part in ("", "_low", "_high", "_n")
            },
        }  # fmt: skip
        return pl.DataFrame(rows, schema=schema).sort("items", descending=True)

    def reasons(self) -> pl.DataFrame:
        """reason, before, after: how many items cite it."""
        rows = [
            (label.words, self.before.cited.get(label, 0), self.after.cited.get(label, 0))
            for label in Label
        ]
        return pl.DataFrame(
            [row for row in rows if row[1] or row[2]],
            schema={"reason": pl.String, "before": pl.Int64, "after": pl.Int64}, orient="row",
        )  # fmt: skip


@rereading
def preview_policy(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    *,
    before: PolicyVersion,
    rule: Rule,
    model_version_id: int | None = None,
) -> Preview:
    """The effect of `rule` on the selected history against the policy version `before`.

    `model_version_id` is the model whose scores `rule` reads; without it that of `before`.
    """
    person.require(Permission.SEE_SCORES)
    model = model_version_id or before.model_version_id
    selection = catalogue.selection(wanted, person)
    history = histories.get(selection, model, before.model_version_id)
    handled, seconds = handling(space, history, person)
    old = history.other or history.columns
    was, cited_before = _judged(history, old, before.rule, "before")
    becomes, cited_after = _judged(history, history.columns, rule, "after")
    evidence = gather(history)
    days = days_of(history, wanted, space.clock.now())

    cells = _cells(history, was, becomes)

    def side(codes: Codes, cited: dict[Label, int], counts: npt.NDArray[np.int64]) -> Side:
        everywhere = np.ones(evidence.reviews, dtype=np.bool_)
        reviews = float(counts[1]) / days
        return Side(
            counts={kind: int(counts[at]) for at, kind in enumerate(KINDS)},
            cited=cited,
            precision=_precision(evidence, codes, everywhere),
            recall=_recall(evidence, codes, everywhere),
            missed=evidence.share(codes[evidence.rows] == APPROVE, evidence.harmful),
            reviews_per_day=reviews,
            hours_per_day=reviews * seconds / 3600 if seconds is not None else None,
        )

    return Preview(
        before=side(was, cited_before, cells.sum(axis=(0, 2))),
        after=side(becomes, cited_after, cells.sum(axis=(0, 1))),
        history=history,
        evidence=evidence,
        codes_before=was,
        codes_after=becomes,
        cells=cells,
        days=days,
        handling_seconds=seconds,
        handled=handled,
    )


def list_flips(
    space: Workspace,
    person: Person,
    preview: Preview,
    rule: Rule,
    *,
    flip: Flip | None = None,
    clear_first: bool = True,
    limit: int = FLIPS_LISTED,
) -> pl.DataFrame:
    """The items that flip with everything a row shows, the clearest or the closest first."""
    person.require(Permission.SEE_SCORES)
    rows, distance = flipped(preview, rule, flip or Flip(), clear_first=clear_first)
    rows, distance = rows[:limit], distance[:limit]
    return described(space, person, preview, rows).with_columns(distance=pl.Series(distance))


@rereading
def described(
    space: Workspace, person: Person, preview: Preview, rows: npt.NDArray[np.intp]
) -> pl.DataFrame:
    """Rows of the history as people read them: text, scores, before, after, what people said."""
    history = preview.history
    names = np.array([kind.value for kind in KINDS])
    ids = history.ids[rows]
    reviewed = history.reviews.filter(pl.col("item_id").is_in(ids.tolist()))
    said = dict(reviewed.select("item_id", "is_harmful").rows())
    found = pl.DataFrame(
        {
            "item_id": ids,
            "before": names[preview.codes_before[rows]],
            "after": names[preview.codes_after[rows]],
            **{label.value: values[rows] for label, values in history.columns.scores.items()},
            "people": [_SAID.get(said.get(item_id)) for item_id in ids.tolist()],
        },
        schema_overrides={"people": pl.String},
    )
    with space.store.reading() as parts:
        texts = parts.items.texts(ids.tolist())
    if person.tenants is not None:
        texts = texts.filter(pl.col("tenant_id").is_in(person.tenants))
    return found.join(texts, on="item_id", how="inner", maintain_order="left")


_SAID: dict[bool | None, str] = {True: "rejected", False: "approved"}


def flipped(
    preview: Preview, rule: Rule, flip: Flip, *, clear_first: bool
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """(rows of the history, distance to the nearest bound after) of what flips, in order."""
    chosen = preview.codes_before != preview.codes_after
    if flip.before is not None:
        chosen &= preview.codes_before == KINDS.index(flip.before)
    if flip.after is not None:
        chosen &= preview.codes_after == KINDS.index(flip.after)
    rows = np.flatnonzero(chosen)
    distance = distance_of(preview.history.columns.take(rows), rule)
    # What has no distance (an unscored label) comes last either way.
    known = np.where(np.isnan(distance), -np.inf if clear_first else np.inf, distance)
    order = np.argsort(-known if clear_first else known, kind="stable")
    return rows[order], distance[order]


def _judged(
    history: History, columns: ScoreColumns, rule: Rule, side: str
) -> tuple[Codes, dict[Label, int]]:
    """Codes and citations; each side keeps its last rule, for only one of them is being moved."""
    key, note = rule.model_dump_json(), f"judged {side}"
    known: Any = history.notes.get(note)
    if known is None or known[0] != key:
        judged = judge(columns, rule)
        cited = cited_of(columns, rule, judged)
        counts = {label: int(np.count_nonzero(flags)) for label, flags in cited.items()}
        known = history.notes[note] = (key, judged.codes, counts)
    return known[1], known[2]


def _cells(history: History, was: Codes, becomes: Codes) -> npt.NDArray[np.int64]:
    place = history.columns.place
    assert place is not None  # noqa: S101  # histories know their places
    pairs = was * np.uint8(3) + becomes
    count = len(history.places)
    return np.bincount(place * 9 + pairs, minlength=count * 9).reshape(count, 3, 3)


def handling(space: Workspace, history: History, person: Person) -> tuple[int, float | None]:
    """(decisions, their mean seconds) since the first of the items came."""
    known: tuple[int, float | None] | None = history.notes.get("handling")
    if known is None:
        now = space.clock.now()
        first = history.period[0] if history.period else now
        with space.store.reading() as parts:
            row = parts.analytics.handling_quantiles(first, now, person.tenants).row(0, named=True)
        known = (int(row["n"]), row["mean"] if row["n"] else None)
        history.notes["handling"] = known
    return known


def _precision(evidence: Evidence, codes: Codes, here: Flags) -> Estimate:
    return evidence.share(here & (codes[evidence.rows] == REJECT), evidence.harmful)


def _recall(evidence: Evidence, codes: Codes, here: Flags) -> Estimate:
    return evidence.share(here & evidence.harmful, codes[evidence.rows] != APPROVE)


def _flat(name: str, found: Estimate) -> dict[str, float | None]:
    known = found.is_known
    return {
        name: found.value,
        f"{name}_low": found.interval.low if known else None,
        f"{name}_high": found.interval.high if known else None,
        f"{name}_n": found.count,
    }
