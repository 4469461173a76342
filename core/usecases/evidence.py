"""What people's decisions say about everything: reviews with the chance they had to be made.

Queues choose what is reviewed, so decisions are no random sample. Every review task carries the
stratum and the probability it was drawn with; a review stands for 1 / probability items, times
opened / decided of its stratum for the tasks that nobody has decided yet.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.label import Label
from core.domain.review_task import Stratum
from core.metrics.ratio import stratified_ratio
from core.metrics.survey import UNKNOWN, Estimate
from core.usecases.history import History

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

#: Fewer reviews of randomly drawn items than this say nothing about what was not flagged.
ENOUGH_AT_RANDOM = 30

_DESIGN = ["queue", "stratum", "probability"]


@dataclass(frozen=True)
class Evidence:
    """The reviews that are used, with their strata, and what must be said about them."""

    rows: Rows
    """(m,): the reviewed items' places in the history."""
    stratum: Rows
    """(m,): each review's stratum, 0..H-1."""
    unflagged: Flags
    """(m,): whether the item was drawn at random from what the policy had not flagged."""
    harmful: Flags
    """(m,): whether people rejected the item."""
    reasons: pl.Series
    """(m,): what they cited."""
    weights: Floats
    """(H,): how many items one review of each stratum stands for."""
    drawn: Floats
    """(H,): reviews of each stratum."""
    is_weighted: bool
    """Whether the reviews stand for everything; if not, only for themselves."""
    at_random: int
    """Reviews of items that were drawn at random."""
    left_out: int
    """Reviews that are not used because nobody knows how their items were chosen."""
    warning: str | None
    """What a reader must know before believing the numbers."""

    @property
    def reviews(self) -> int:
        """How many reviews are behind the numbers."""
        return int(self.rows.size)

    def share(self, domain: Flags, positive: Flags) -> Estimate:
        """The share of `positive` (m,) among the reviews in `domain` (m,), with its interval."""
        if not self.reviews:
            return UNKNOWN
        inside = self.count(domain)
        return stratified_ratio(self.weights, self.drawn, inside, self.count(domain & positive))

    def count(self, chosen: Flags) -> Floats:
        """(H,): reviews of each stratum that are chosen."""
        found = np.bincount(self.stratum[chosen], minlength=self.weights.size)
        return found.astype(np.float64)

    def cites(self, label: Label) -> tuple[Flags, Flags]:
        """(known, harmful) for one label, both (m,).

        Harmful is what was rejected citing it; rejections that cite nothing are not known.
        """
        cited = self.reasons.list.contains(label.value).fill_null(value=False).to_numpy()
        named = (self.reasons.list.len().fill_null(0) > 0).to_numpy()
        return ~self.harmful | named, self.harmful & cited


def gather(history: History) -> Evidence:
    """The evidence on a history.

    Enough reviews of randomly drawn items make it weighted; otherwise every review counts once,
    and the warning says what that hides.
    """
    known: Evidence | None = history.notes.get("evidence")
    if known is None:
        known = history.notes["evidence"] = _gathered(history)
    return known


def _gathered(history: History) -> Evidence:
    # Samples are drawn from what nobody looked at, of one filter: their page estimates from them.
    truth = _on(history).filter(pl.col("stratum").ne_missing(Stratum.SAMPLE.value))
    designed = truth.filter(
        pl.col("probability") > 0, pl.col("stratum").ne_missing(Stratum.CHOSEN.value)
    )
    by_chance = designed.filter(pl.col("stratum") != Stratum.FLAGGED.value).height
    unknown = truth.height - designed.height
    if by_chance >= ENOUGH_AT_RANDOM:
        return _weighted(designed, history.opened, by_chance, unknown)
    warning = None
    if truth.height and unknown * 2 > truth.height:
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
    strata = 1 if truth.height else 0
    return Evidence(
        rows=truth["row"].to_numpy().astype(np.intp),
        stratum=np.zeros(truth.height, dtype=np.intp),
        unflagged=(truth["stratum"] == Stratum.RANDOM.value).fill_null(value=False).to_numpy(),
        harmful=truth["is_harmful"].to_numpy().astype(np.bool_),
        reasons=truth["reasons"],
        weights=np.ones(strata),
        drawn=np.full(strata, float(truth.height)),
        is_weighted=False,
        at_random=by_chance,
        left_out=0,
        warning=warning,
    )


def _on(history: History) -> pl.DataFrame:
    """The reviews of items in the history, with `row`, their place in it."""
    reviewed = history.reviews
    ids = reviewed["item_id"].to_numpy()
    rows = np.searchsorted(history.ids, ids)
    if history.size:
        found = history.ids[np.minimum(rows, history.size - 1)] == ids
    else:
        found = np.zeros(ids.shape, dtype=np.bool_)
    return reviewed.with_columns(row=pl.Series(rows, dtype=pl.Int64)).filter(pl.Series(found))


def _weighted(
    designed: pl.DataFrame, opened: pl.DataFrame, by_chance: int, unknown: int
) -> Evidence:
    strata = (
        designed.group_by(_DESIGN)
        .agg(drawn=pl.len())
        .sort(_DESIGN)
        .join(opened, on=_DESIGN, how="left", maintain_order="left")
        .with_row_index("number")
        .with_columns(tasks=pl.max_horizontal(pl.col("tasks").fill_null(0), "drawn"))
    )
    weights = strata["tasks"] / strata["drawn"] / strata["probability"]
    rows = designed.join(strata.select(*_DESIGN, "number"), on=_DESIGN, maintain_order="left")
    return Evidence(
        rows=rows["row"].to_numpy().astype(np.intp),
        stratum=rows["number"].to_numpy().astype(np.intp),
        unflagged=(rows["stratum"] == Stratum.RANDOM.value).to_numpy(),
        harmful=rows["is_harmful"].to_numpy().astype(np.bool_),
        reasons=rows["reasons"],
        weights=weights.to_numpy().astype(np.float64),
        drawn=strata["drawn"].to_numpy().astype(np.float64),
        is_weighted=True,
        at_random=by_chance,
        left_out=unknown,
        warning=None,
    )
