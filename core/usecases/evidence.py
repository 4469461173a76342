"""What people's decisions say about everything: reviews with the chance they had to be made.

Queues choose what is reviewed, so decisions are no random sample. Every review task carries the
stratum and the probability it was drawn with; a review stands for 1 / probability items, times
opened / decided of its stratum for the tasks that nobody has decided yet.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.review_task import Stratum
from core.metrics.ratio import stratified_ratio
from core.metrics.survey import UNKNOWN, Estimate

Floats = npt.NDArray[np.float64]

#: Fewer reviews of randomly drawn items than this say nothing about what was not flagged.
ENOUGH_AT_RANDOM = 30

_DESIGN = ["queue", "stratum", "probability"]


@dataclass(frozen=True)
class Evidence:
    """Reviewed rows with their strata, and what must be said about them."""

    rows: pl.DataFrame
    """The counted cells that are used, with `place`, the number of their stratum."""
    weights: Floats
    """(H,): how many items one review of each stratum stands for."""
    drawn: Floats
    """(H,): reviews of each stratum."""
    is_weighted: bool
    """Whether the reviews stand for everything; if not, only for themselves."""
    left_out: int
    """Reviews that are not used because nobody knows how their items were chosen."""
    warning: str | None
    """What a reader must know before believing the numbers."""

    @property
    def reviews(self) -> int:
        """How many reviews are behind the numbers."""
        return int(self.drawn.sum())

    def share(self, domain: pl.Expr, positive: pl.Expr) -> Estimate:
        """The share of `positive` among the rows of `domain`, with its interval."""
        if not self.rows.height:
            return UNKNOWN
        inside = self.count(domain)
        return stratified_ratio(self.weights, self.drawn, inside, self.count(domain & positive))

    def count(self, condition: pl.Expr) -> Floats:
        """(H,): reviews of each stratum that fulfil the condition."""
        found = np.zeros(self.weights.size)
        cells = self.rows.filter(condition).group_by("place").agg(pl.col("reviews").sum())
        found[cells["place"].to_numpy()] = cells["reviews"].to_numpy()
        return found

    def grid(self, buckets: int) -> tuple[Floats, Floats]:
        """(positives, negatives) of shape (H, buckets) from rows with is_harmful and bucket."""
        positives = np.zeros((self.weights.size, buckets))
        negatives = np.zeros((self.weights.size, buckets))
        for harmful, into in ((True, positives), (False, negatives)):
            cells = self.rows.filter(pl.col("is_harmful") == harmful)
            np.add.at(
                into, (cells["place"].to_numpy(), cells["bucket"].to_numpy()),
                cells["reviews"].to_numpy(),
            )  # fmt: skip
        return positives, negatives


def gather(truth: pl.DataFrame, opened: pl.DataFrame) -> Evidence:
    """The evidence of counted reviews.

    `truth`: queue, stratum, probability, reviews and more; `opened`: queue, stratum, probability,
    tasks. Enough reviews of randomly drawn items make the evidence weighted; otherwise every
    review counts once, and the warning says what that hides.
    """
    designed = truth.filter(pl.col("probability") > 0)
    unknown = int(truth["reviews"].sum()) - int(designed["reviews"].sum())
    at_random = designed.filter(pl.col("stratum") != Stratum.FLAGGED.value)
    by_chance = int(at_random["reviews"].sum())
    if by_chance >= ENOUGH_AT_RANDOM:
        return _weighted(designed, opened, unknown)
    warning = None
    if truth.height and unknown * 2 > int(truth["reviews"].sum()):
        warning = (
            "Most of these decisions were imported or made in lists: nobody knows how their items "
            "were chosen. Precision, recall and prevalence hold for the reviewed items only."
        )
    elif truth.height:
        warning = (
            "Almost only flagged items were reviewed: precision is fair, but recall and missed "
            f"harm are not. {by_chance:,} of the randomly drawn items are decided; "
            f"{ENOUGH_AT_RANDOM} are needed."
        )
    rows = truth.with_columns(place=pl.lit(0, dtype=pl.Int64))
    count = float(truth["reviews"].sum())
    weights = np.ones(1 if truth.height else 0)
    return Evidence(rows, weights, weights * count, False, 0, warning)


def _weighted(designed: pl.DataFrame, opened: pl.DataFrame, unknown: int) -> Evidence:
    strata = (
        designed.group_by(_DESIGN)
        .agg(drawn=pl.col("reviews").sum())
        .sort(_DESIGN)
        .join(opened, on=_DESIGN, how="left")
        .with_row_index("place")
        .with_columns(pl.col("place").cast(pl.Int64))
        .with_columns(tasks=pl.max_horizontal(pl.col("tasks").fill_null(0), "drawn"))
    )
    weights = strata["tasks"] / strata["drawn"] / strata["probability"]
    rows = designed.join(strata.select(*_DESIGN, "place"), on=_DESIGN, maintain_order="left")
    return Evidence(
        rows=rows,
        weights=weights.to_numpy().astype(np.float64),
        drawn=strata["drawn"].to_numpy().astype(np.float64),
        is_weighted=True,
        left_out=unknown,
        warning=None,
    )
