"""What people's decisions say about everything: reviews with the chance they had to be made.

Queues choose what is reviewed, so decisions are no random sample. Every review task carries the
stratum and the probability it was drawn with; a review stands for 1 / probability items, times
opened / decided of its stratum for the tasks that nobody has decided yet.

A sample that somebody planned makes older decisions useful too, however their items were chosen:
of what was there when it was drawn, part had been decided (known for certain: each stands for
itself), part waited (all of it is decided sooner or later: decided stands for waiting), and the
rest is what the sample was drawn from. Nothing is counted twice: a decision that was made later
outside the sample, on an item that the sample could have drawn, is left out.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.label import Label
from core.domain.review_task import Stratum
from core.metrics.ratio import stratified_ratio
from core.metrics.survey import UNKNOWN, Estimate
from core.usecases.history import DrawnSample, History

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

#: Fewer reviews of randomly drawn items than this say nothing about what was not flagged.
ENOUGH_AT_RANDOM = 30

#: Such tasks were not drawn to speak for the whole history.
_ABOUT_THEMSELVES = [Stratum.CHOSEN.value, Stratum.DISAGREEMENT.value]

_DESIGN = ["queue", "stratum", "probability"]
#: In the place of a queue's name: no queue drew these items.
_KNOWN, _WAITED = "/known", "/waited"


@dataclass(frozen=True)
class Evidence:
    """The reviews that are used, with their strata, and what must be said about them."""

    rows: Rows
    """(m,): the reviewed items' places in the history."""
    stratum: Rows
    """(m,): each review's stratum, 0..H-1."""
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
    """Reviews that are not used: nobody knows how their items were chosen, or a comparison did."""
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
    truth = _on(history)
    if history.drawn is not None:
        found = _weighted(_by_sample(truth, history.drawn), truth.height)
        if found.at_random >= ENOUGH_AT_RANDOM:
            return found
    # Without what is known of the rest of its frame, a sample's reviews say little.
    truth = truth.filter(pl.col("stratum").ne_missing(Stratum.SAMPLE.value))
    found = _weighted(_by_tasks(truth, history.opened), truth.height)
    return found if found.at_random >= ENOUGH_AT_RANDOM else _unweighted(truth, found)


def _unweighted(truth: pl.DataFrame, designed: Evidence) -> Evidence:
    """Every review counts once, and what that hides is said.

    But those of disagreements: two sides chose the items, and they would shift every share.
    """
    every = truth.height
    truth = truth.filter(pl.col("stratum").ne_missing(Stratum.DISAGREEMENT.value))
    settled = every - truth.height
    warning = None
    if truth.height and (designed.left_out - settled) * 2 > truth.height:
        warning = (
            "Most of these decisions were imported or made in lists: nobody knows how their items "
            "were chosen. Precision, recall and prevalence hold for the reviewed items only. A "
            "sample (page Scores, Harm and samples) makes them hold for everything."
        )
    elif truth.height:
        warning = (
            "Almost only flagged items were reviewed: precision is fair, but recall and missed "
            f"harm are not. {designed.at_random:,} of the randomly drawn items are decided; "
            f"{ENOUGH_AT_RANDOM} are needed."
        )
    strata = 1 if truth.height else 0
    return Evidence(
        rows=truth["row"].to_numpy().astype(np.intp),
        stratum=np.zeros(truth.height, dtype=np.intp),
        harmful=truth["is_harmful"].to_numpy().astype(np.bool_),
        reasons=truth["reasons"],
        weights=np.ones(strata),
        drawn=np.full(strata, float(truth.height)),
        is_weighted=False,
        at_random=designed.at_random,
        left_out=settled,
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


def _by_tasks(truth: pl.DataFrame, opened: pl.DataFrame) -> pl.DataFrame:
    """The reviews whose tasks were drawn by queues: `tasks` and `decided` of their strata."""
    designed = truth.filter(
        pl.col("probability") > 0, ~pl.col("stratum").is_in(_ABOUT_THEMSELVES)
    ).with_columns(is_random=pl.col("stratum") != Stratum.FLAGGED.value)
    decided = designed.group_by(_DESIGN).agg(decided=pl.len())
    strata = decided.join(opened, on=_DESIGN, how="left").with_columns(
        tasks=pl.max_horizontal(pl.col("tasks").fill_null(0), "decided")
    )
    return designed.join(strata, on=_DESIGN, maintain_order="left")


def _by_sample(truth: pl.DataFrame, drawn: DrawnSample) -> pl.DataFrame:
    """The reviews that a sample gives weights to, and later ones by their tasks."""
    sample = drawn.sample
    is_drawn = (pl.col("sample_id") == sample.sample_id).fill_null(value=False)
    # Ids rise with time, and a sample has one of them.
    is_new = pl.col("item_id") > sample.sample_id
    later = _by_tasks(
        truth.filter(is_new, pl.col("stratum").ne_missing(Stratum.SAMPLE.value)), drawn.opened
    )
    by_chance = (
        truth.filter(is_drawn)
        .with_columns(pl.col("probability").round(12))
        .join(drawn.answers, on="probability", maintain_order="left")
        .filter(pl.col("decided") > 0)
        .with_columns(is_random=pl.lit(value=True))
    )
    before = truth.filter(~is_drawn, ~is_new)
    known = before.filter(pl.col("decided_at") < sample.created_at).with_columns(
        queue=pl.lit(_KNOWN), stratum=pl.lit(None, dtype=pl.String), probability=pl.lit(1.0)
    )
    waited = before.filter(
        pl.col("decided_at") >= sample.created_at, pl.col("opened_at") < sample.created_at
    ).with_columns(
        queue=pl.lit(_WAITED), stratum=pl.lit(None, dtype=pl.String), probability=pl.lit(1.0)
    )
    certain = [
        part.with_columns(
            tasks=pl.lit(part.height + waiting, dtype=pl.Int64),
            decided=pl.lit(part.height, dtype=pl.Int64),
            is_random=pl.lit(value=False),
        )
        for part, waiting in ((known, 0), (waited, drawn.waiting))
    ]
    return pl.concat([by_chance, *certain, later], how="diagonal_relaxed")


def _weighted(designed: pl.DataFrame, reviews: int) -> Evidence:
    """Weights tasks / decided / probability by stratum, for reviews of a known design."""
    strata = designed.select(*_DESIGN, "tasks", "decided").unique().sort(*_DESIGN)
    numbered = strata.with_row_index("number")
    rows = designed.join(
        numbered.select(*_DESIGN, "number"), on=_DESIGN, nulls_equal=True, maintain_order="left"
    )
    weights = numbered["tasks"] / numbered["decided"] / numbered["probability"]
    return Evidence(
        rows=rows["row"].to_numpy().astype(np.intp),
        stratum=rows["number"].to_numpy().astype(np.intp),
        harmful=rows["is_harmful"].to_numpy().astype(np.bool_),
        reasons=rows["reasons"],
        weights=weights.to_numpy().astype(np.float64),
        drawn=numbered["decided"].to_numpy().astype(np.float64),
        is_weighted=True,
        at_random=int(rows["is_random"].sum()),
        left_out=reviews - designed.height,
        warning=None,
    )
