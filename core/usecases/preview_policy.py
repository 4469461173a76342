"""What a policy would change on real history, before anybody publishes it."""

from dataclasses import dataclass

import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.policy import PolicyVersion, Rule
from core.domain.role import Permission
from core.domain.verdict import VerdictKind
from core.metrics.survey import Estimate
from core.store.items import Selection
from core.store.previews import Flip, RuleOn
from core.usecases.catalogue import Catalogue
from core.usecases.evidence import Evidence, gather
from core.usecases.workspace import Workspace

#: The most items that are listed of those that flip.
FLIPS_LISTED = 200


@dataclass(frozen=True)
class Side:
    """One rule on the history."""

    counts: dict[VerdictKind, int]
    precision: Estimate
    """Of what the rule rejects by itself: the share that people reject."""
    recall: Estimate
    """Of what people reject: the share that the rule rejects or sends to review."""
    missed: Estimate
    """Of what the rule approves by itself: the share that people reject."""
    reviews_per_day: float | None
    hours_per_day: float | None
    """Reviewer-hours a day at the measured mean handling time; None when it is not known."""

    @property
    def items(self) -> int:
        """All items with a verdict."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Preview:
    """Before and after on the same items."""

    before: Side
    after: Side
    cells: pl.DataFrame
    """language, tenant_id, before, after, items, and citations before_L, after_L."""
    evidence: Evidence
    unscored: int
    """Selected items that the after-rule's model has not scored: they are left out."""
    days: float
    """The time the items came in, in days."""
    handling_seconds: float | None
    handled: int
    """Decisions behind the handling time."""

    @property
    def flips(self) -> int:
        """Items whose verdict changes."""
        changed = self.cells.filter(pl.col("before") != pl.col("after"))
        return int(changed["items"].sum())

    @property
    def matrix(self) -> dict[tuple[VerdictKind, VerdictKind], int]:
        """Items by verdict before and after."""
        rows = self.cells.group_by("before", "after").agg(pl.col("items").sum()).rows()
        return {(VerdictKind(was), VerdictKind(now)): int(count) for was, now, count in rows}

    @property
    def flip_share(self) -> float:
        """The share of history whose verdict changes."""
        return self.flips / self.after.items if self.after.items else 0.0

    def by(self, column: str) -> pl.DataFrame:
        """One row per language or tenant: verdicts before and after, flips, precision, recall."""
        kinds = [kind.value for kind in VerdictKind]
        counts = [
            pl.col("items").filter(pl.col(side) == kind).sum().alias(f"{side}_{kind}")
            for kind in kinds
            for side in ("before", "after")
        ]
        rows = (
            self.cells.group_by(column)
            .agg(
                pl.col("items").sum(),
                *counts,
                flips=pl.col("items").filter(pl.col("before") != pl.col("after")).sum(),
            )
            .sort("items", descending=True)
        )
        parts = []
        for name in rows[column].to_list():
            here = pl.col(column).eq_missing(pl.lit(name, dtype=pl.String))
            precision, recall = _precision(self.evidence, "after", here), _recall(
                self.evidence, "after", here
            )  # fmt: skip
            parts.append({**_flat("precision", precision), **_flat("recall", recall)})
        numbers = pl.DataFrame(parts, schema=_FLAT) if parts else pl.DataFrame(schema=_FLAT)
        return pl.concat([rows, numbers], how="horizontal")

    def reasons(self) -> pl.DataFrame:
        """label, before, after: how many items cite each reason."""
        rows = [
            (label.words, *(self._cited(side, label) for side in ("before", "after")))
            for label in Label
        ]
        frame = pl.DataFrame(rows, schema=["reason", "before", "after"], orient="row")
        return frame.filter((pl.col("before") > 0) | (pl.col("after") > 0))

    def _cited(self, side: str, label: Label) -> int:
        name = f"{side}_{label.value}"
        return int(self.cells[name].sum()) if name in self.cells.columns else 0


_FLAT = {
    f"{name}{part}": pl.Float64
    for name in ("precision", "recall")
    for part in ("", "_low", "_high", "_n")
}


def _flat(name: str, found: Estimate) -> dict[str, float | None]:
    known = found.is_known
    return {
        name: found.value,
        f"{name}_low": found.interval.low if known else None,
        f"{name}_high": found.interval.high if known else None,
        f"{name}_n": found.count,
    }


def preview_policy(
    space: Workspace,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    *,
    before: PolicyVersion,
    rule: Rule,
    model_version_id: int | None = None,
) -> Preview:
    """The effect of `rule` on the selected history against the policy version `before`."""
    person.require(Permission.SEE_SCORES)
    selection = catalogue.selection(wanted, person)
    was = RuleOn(rule=before.rule, model_version_id=before.model_version_id)
    becomes = RuleOn(rule=rule, model_version_id=model_version_id or before.model_version_id)
    with space.store.reading() as parts:
        cells = parts.previews.verdict_counts(selection, was, becomes)
        truth = parts.previews.truth_counts(selection, was, becomes)
        opened = parts.previews.tasks_opened(selection)
        total = parts.items.count(selection)
        period = parts.distributions.period(selection)
        first, last = period or (space.clock.now(), space.clock.now())
        handling = parts.analytics.handling_quantiles(
            first, space.clock.now(), person.tenants
        ).row(0, named=True)
    evidence = gather(truth, opened)
    since = wanted.created_from or first
    until = min(wanted.created_until or space.clock.now(), space.clock.now())
    days = max((max(until, last) - since).total_seconds() / 86_400, 1 / 24)
    seconds = handling["mean"] if handling["n"] else None
    return Preview(
        before=_side(cells, evidence, "before", days, seconds),
        after=_side(cells, evidence, "after", days, seconds),
        cells=cells,
        evidence=evidence,
        unscored=max(0, total - int(cells["items"].sum())),
        days=days,
        handling_seconds=seconds,
        handled=int(handling["n"]),
    )


def list_flips(
    space: Workspace,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    *,
    before: PolicyVersion,
    rule: Rule,
    model_version_id: int | None = None,
    flip: Flip | None = None,
    clear_first: bool = True,
    limit: int = FLIPS_LISTED,
) -> pl.DataFrame:
    """The items that flip with everything a row shows, the clearest or the closest first."""
    person.require(Permission.SEE_SCORES)
    selection = catalogue.selection(wanted, person)
    with space.store.reading() as parts:
        found = parts.previews.flips(
            selection,
            RuleOn(rule=before.rule, model_version_id=before.model_version_id),
            RuleOn(rule=rule, model_version_id=model_version_id or before.model_version_id),
            flip or Flip(), clear_first=clear_first, limit=limit,
        )  # fmt: skip
        rows = parts.items.details(found["item_id"].to_list(), _all_of(selection))
    return found.select(
        "item_id", "before", "after", "distance", rule_overall="overall"
    ).join(rows, on="item_id", how="inner", maintain_order="left")


def _all_of(selection: Selection) -> Selection:
    return selection.model_copy(update={"filter": ItemFilter()})


def _side(
    cells: pl.DataFrame, evidence: Evidence, side: str, days: float, seconds: float | None
) -> Side:
    found = dict(cells.group_by(side).agg(pl.col("items").sum()).rows())
    counts = {kind: int(found.get(kind.value, 0)) for kind in VerdictKind}
    reviews = counts[VerdictKind.REVIEW] / days
    everywhere = pl.lit(value=True)
    return Side(
        counts=counts,
        precision=_precision(evidence, side, everywhere),
        recall=_recall(evidence, side, everywhere),
        missed=evidence.share(pl.col(side) == VerdictKind.APPROVE.value, pl.col("is_harmful")),
        reviews_per_day=reviews,
        hours_per_day=reviews * seconds / 3600 if seconds is not None else None,
    )


def _precision(evidence: Evidence, side: str, here: pl.Expr) -> Estimate:
    return evidence.share(
        here & (pl.col(side) == VerdictKind.REJECT.value), pl.col("is_harmful")
    )


def _recall(evidence: Evidence, side: str, here: pl.Expr) -> Estimate:
    return evidence.share(
        here & pl.col("is_harmful"), pl.col(side) != VerdictKind.APPROVE.value
    )
