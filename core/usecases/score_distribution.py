"""How a label's scores are distributed over a selection, and what stands on a range of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.role import Permission
from core.metrics.drift import Drift, drift
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue
from core.usecases.workspace import Workspace

BUCKETS = 50
#: Parts beyond the largest are drawn as one.
_MOST_PARTS = 7

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Distribution:
    """Counts of a label's scores by bucket, for each part of the selection."""

    label: Label
    parts: dict[str, Counts]
    """(buckets,) by part, the largest first."""
    selected: int
    """Items of the selection, scored or not."""

    @property
    def total(self) -> Counts:
        """All parts together."""
        return sum(self.parts.values(), start=np.zeros(BUCKETS, dtype=np.int64))

    @property
    def scored(self) -> int:
        """Items with a score."""
        return int(self.total.sum())

    @property
    def mean(self) -> float | None:
        """The mean score, from the middles of the buckets."""
        middles = (np.arange(BUCKETS) + 0.5) / BUCKETS
        return float(np.sum(middles * self.total) / self.scored) if self.scored else None

    def above(self, part: str) -> npt.NDArray[np.float64]:
        """The share of a part at or above each bucket's lower edge."""
        counts = self.parts[part]
        total = counts.sum()
        return np.cumsum(counts[::-1])[::-1] / total if total else np.zeros(BUCKETS)


@rereading
def score_distribution(
    space: Workspace,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    label: Label,
    *,
    by: str = "none",
) -> Distribution:
    """Counts by bucket; `by` is one of DISTRIBUTED_BY or `model`. Score ranges are ignored."""
    person.require(Permission.SEE_SCORES)
    wanted = without_range(wanted)
    selection = catalogue.selection(wanted, person)
    model = wanted.model or catalogue.model.model_version_id
    with space.store.reading() as parts:
        selected = parts.items.count(selection)
        if by == "model":
            # The model in use comes first and always: it may not score the label either.
            others = [
                each
                for each in catalogue.models
                if each.model_version_id != catalogue.model.model_version_id
                and label in each.labels
            ]
            found = pl.concat(
                parts.distributions.buckets(
                    selection, label, each.model_version_id, BUCKETS, "none"
                ).with_columns(part=pl.lit(each.display_name))
                for each in (catalogue.model, *others)
            )
        else:
            found = parts.distributions.buckets(selection, label, model, BUCKETS, by)
    return Distribution(label=label, parts=_parts(found), selected=selected)


def _parts(found: pl.DataFrame) -> dict[str, Counts]:
    sizes = (
        found.group_by("part")
        .agg(pl.col("items").sum())
        .sort("items", "part", descending=[True, False])
    )
    names = [str(name) for name in sizes["part"].to_list()]
    parts: dict[str, Counts] = {}
    for place, name in enumerate(names):
        rows = found.filter(pl.col("part") == name)
        counts = np.zeros(BUCKETS, dtype=np.int64)
        # Two parts may have the same name: recalibrated twins of a model, for one.
        np.add.at(counts, rows["bucket"].to_numpy(), rows["items"].to_numpy())
        shown = name if place < _MOST_PARTS or len(names) == _MOST_PARTS + 1 else "others"
        parts[shown] = parts[shown] + counts if shown in parts else counts
    return parts


def without_range(wanted: ItemFilter) -> ItemFilter:
    """The filter without its score ranges."""
    return wanted.model_copy(
        update=dict.fromkeys(
            ("label", "score_min", "score_max", "also_label", "also_min", "also_max")
        )
    )


@dataclass(frozen=True)
class Shift:
    """How one distribution differs from another."""

    drift: Drift | None
    moved: float | None
    """Mean distance the scores moved (Wasserstein), in units of the score."""


def shift(before: Distribution, now: Distribution) -> Shift:
    """PSI over tenths of the earlier distribution's mass, and how far scores moved."""
    first, second = before.total, now.total
    if not first.sum() or not second.sum():
        return Shift(None, None)
    share = np.cumsum(first) / first.sum()
    edges = np.unique(np.searchsorted(share, np.arange(0.1, 1.0, 0.1)) + 1)
    bounds = [0, *(int(edge) for edge in edges if edge < BUCKETS)]
    tenths = [np.add.reduceat(counts, bounds) for counts in (first, second)]
    gap = np.cumsum(first) / first.sum() - np.cumsum(second) / second.sum()
    return Shift(drift(*tenths), float(np.abs(gap).sum() / BUCKETS))


@dataclass(frozen=True)
class RangeFacts:
    """What a range of scores holds."""

    items: int
    of: int
    outcomes: pl.DataFrame
    """outcome, source, items."""

    def decided(self, outcome: str, *, by_people: bool) -> int:
        """Items on which this outcome stands."""
        is_policy = pl.col("source") == "policy"
        rows = self.outcomes.filter(
            pl.col("outcome") == outcome, ~is_policy if by_people else is_policy
        )
        return int(rows["items"].sum())


def range_facts(
    space: Workspace, catalogue: Catalogue, person: Person, wanted: ItemFilter, of: int
) -> RangeFacts:
    """The selected items by what was decided on them so far; `of` is what they are a share of."""
    person.require(Permission.SEE_SCORES)
    with space.store.reading() as parts:
        outcomes = parts.distributions.outcomes(catalogue.selection(wanted, person))
    return RangeFacts(items=int(outcomes["items"].sum()), of=of, outcomes=outcomes)


def score_density(
    space: Workspace,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    labels: tuple[Label, Label],
    *,
    bins: int = 40,
) -> npt.NDArray[np.int64]:
    """(bins, bins): items by the scores of two labels; rows are the second label's bins."""
    person.require(Permission.SEE_SCORES)
    model = wanted.model or catalogue.model.model_version_id
    with space.store.reading() as parts:
        found = parts.distributions.density(
            catalogue.selection(without_range(wanted), person), labels, model, bins
        )
    grid = np.zeros((bins, bins), dtype=np.int64)
    grid[found["y"].to_numpy(), found["x"].to_numpy()] = found["items"].to_numpy()
    return grid
