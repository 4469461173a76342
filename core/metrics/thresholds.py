"""Where to put a threshold: by cost, by target precision or recall, by what people can review."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain.record import Record
from core.metrics.ratio import Ratios, stratified_ratios

Floats = npt.NDArray[np.float64]


class ChowBand(Record):
    """The bounds that cost least when scores are calibrated probabilities."""

    approve_below: float
    reject_above: float
    single: float
    """The one cut that costs least without reviewers: C_FP / (C_FP + C_FN) (Elkan 2001)."""

    @property
    def has_band(self) -> bool:
        """Whether reviewing anything pays at all."""
        return self.approve_below < self.reject_above


def chow_band(missed: float, wrong: float, review: float) -> ChowBand:
    """Chow's reject option (1970): approve below C_R / C_FN, reject above 1 - C_R / C_FP.

    `missed` is the cost of harm left up, `wrong` that of a wrong removal, `review` that of one
    review, all > 0 and in one unit. Reviews that cost more than both mistakes together are worth
    (C_R >= C_FP C_FN / (C_FP + C_FN)) leave no band: both bounds are then the single cut.
    """
    if min(missed, wrong, review) <= 0:
        raise ValueError("costs must be above 0")
    single = wrong / (wrong + missed)
    low, high = review / missed, 1 - review / wrong
    if low >= high:
        low = high = single
    return ChowBand(approve_below=low, reject_above=high, single=single)


@dataclass(frozen=True)
class Curves:
    """Precision, recall and volume of "score >= t" for rising cuts t."""

    cuts: Floats
    precision: Ratios
    recall: Ratios
    volume: Floats
    """Share of all scored items at or above the cut."""

    def for_precision(self, target: float) -> int | None:
        """The lowest cut from which on precision reaches the target; None when it never does."""
        return _first(self.precision.value >= target)

    def for_recall(self, target: float) -> int | None:
        """The highest cut at which recall still reaches the target."""
        return _last(self.recall.value >= target)

    def for_volume(self, share: float) -> int | None:
        """The lowest cut at which no more than this share of items is caught."""
        return _first(self.volume <= share)


def curves(
    weights: npt.ArrayLike, positives: npt.ArrayLike, negatives: npt.ArrayLike,
    volumes: npt.ArrayLike,
) -> Curves:  # fmt: skip
    """One sweep over B equally wide buckets of [0, 1].

    `positives` and `negatives` (H, B): reviewed rows of each stratum by score bucket; `weights`
    (H,) their expansion weights; `volumes` (B,): all scored items. Cut i is i / B.
    """
    hits, misses = _above(positives), _above(negatives)
    buckets = hits.shape[1]
    drawn = (hits + misses)[:, 0]
    everything = _above(np.asarray(volumes)[None, :])[0]
    total = everything[0] if everything.size else 0.0
    return Curves(
        cuts=np.arange(buckets) / buckets,
        precision=stratified_ratios(weights, drawn, hits + misses, hits),
        recall=stratified_ratios(weights, drawn, np.repeat(hits[:, :1], buckets, axis=1), hits),
        volume=everything / total if total else np.zeros(buckets),
    )


def _above(counts: npt.ArrayLike) -> Floats:
    """For each bucket what lies in it or above."""
    values = np.asarray(counts, dtype=np.float64)
    return np.cumsum(values[:, ::-1], axis=1)[:, ::-1]


def _first(holds: npt.NDArray[np.bool_]) -> int | None:
    found = np.flatnonzero(holds)
    return int(found[0]) if found.size else None


def _last(holds: npt.NDArray[np.bool_]) -> int | None:
    found = np.flatnonzero(holds)
    return int(found[-1]) if found.size else None
