"""Where a label's bounds could stand: by target, by what people can review, or by cost."""

from math import ceil

import numpy as np
import numpy.typing as npt

from core.domain.policy import LabelThresholds
from core.domain.record import Record
from core.metrics.ratio import stratified_ratios
from core.metrics.survey import Estimate
from core.metrics.thresholds import ChowBand, Curves, chow_band
from core.usecases.score_quality import BUCKETS, LabelQuality

#: Bounds are offered with so many digits: more would claim what no review can tell.
_DIGITS = 4


class Cut(Record):
    """What is true of the items that score at or above a cut."""

    at: float
    precision: Estimate
    recall: Estimate
    share: float
    """Of all scored items."""
    exactly: int
    """Items that score just the cut: `reject_above` leaves them to people."""


class TargetChoice(Record):
    """The cut that meets a target of precision or of recall."""

    target: float
    found: Cut | None
    """None when no cut reaches it."""
    best: Cut | None
    """What comes closest when none does; None without reviews."""
    surely: float | None = None
    """The cut at which even the lower end of the interval reaches it."""
    is_sure: bool = False
    """Whether that is so at the cut found."""
    more_reviews: int | None = None
    """How many more would make it so if the share stays; None: none needed, or none would do."""


class CapacityChoice(Record):
    """The lowest bound of review that reviewers can keep up with."""

    per_day: float
    """What they can look at."""
    found: Cut | None
    """None when even the highest cut sends them more."""
    reviewed_per_day: float
    """What that cut sends them; without one, what the highest sends."""
    rejected_per_day: float
    """What scores above the bound of rejection, which nobody looks at."""
    days: float


class CostChoice(Record):
    """The bounds that cost least, and what reviewing may cost at most."""

    band: ChowBand
    dearest_review: float
    """C_FP C_FN / (C_FP + C_FN): from there on no review pays."""
    calibration_error: float | None
    """The label's expected calibration error; None when nothing can be measured."""
    review_share: float | None
    """Of all scored items, those between the bounds; None without scores."""


class CostsRead(Record):
    """What bounds say about costs, if they were chosen to cost least."""

    of_missed: float
    """What a review costs as a share of harm left up: C_R / C_FN = approve_below."""
    of_wrong: float | None
    """The same of a wrong removal: C_R / C_FP = 1 - reject_above; None: only people reject."""


class Offer(Record):
    """New bounds for a label."""

    bounds: LabelThresholds
    moved: str | None = None
    """The bound (its field's name) that had to move along to stay in order."""


def cut_at(found: LabelQuality, at: float) -> Cut:
    """The facts of one cut, which need not be one of the sweep's."""
    values = _known(found)
    inside = found.scores >= at
    return Cut(
        at=at,
        precision=_ratio(found, inside, found.harmful),
        recall=_ratio(found, found.harmful, inside),
        share=_count(values >= at) / values.size if values.size else 0.0,
        exactly=_count(values == at),
    )


def by_precision(found: LabelQuality, target: float) -> TargetChoice:
    """The lowest cut at and above which the share of harmful items reaches the target."""
    sweep = found.curves() if found.problem is None else None
    if sweep is None:
        return TargetChoice(target=target, found=None, best=None)
    place = sweep.for_precision(target)
    sure = np.flatnonzero(sweep.precision.low >= target)
    surely = float(sweep.cuts[sure[0]]) if sure.size else None
    if place is None:
        best = int(np.nanargmax(sweep.precision.value))
        return TargetChoice(target=target, found=None, best=_of(found, sweep, best))
    cut = _of(found, sweep, place)
    return _judged(target, cut, cut.precision, surely)


def by_recall(found: LabelQuality, target: float) -> TargetChoice:
    """The highest cut at and above which the share of all harm still reaches the target."""
    sweep = found.curves() if found.problem is None else None
    if sweep is None:
        return TargetChoice(target=target, found=None, best=None)
    place = sweep.for_recall(target)
    sure = np.flatnonzero(sweep.recall.low >= target)
    surely = float(sweep.cuts[sure[-1]]) if sure.size else None
    if place is None:
        return TargetChoice(target=target, found=None, best=_of(found, sweep, 0))
    cut = _of(found, sweep, place)
    return _judged(target, cut, cut.recall, surely)


def by_capacity(
    found: LabelQuality, *, days: float, per_day: float, reject_above: float | None
) -> CapacityChoice:
    """The lowest cut from which what comes in a day fits; what is rejected needs no reviewer."""
    values = _known(found)
    top = float("inf") if reject_above is None else reject_above
    rejected = _count(values > top)
    above = np.cumsum(found.volumes(BUCKETS)[::-1])[::-1]
    waiting = np.maximum(above - rejected, 0) / days
    fitting = np.flatnonzero(waiting <= per_day)
    cut = None
    per_day_there = float(waiting[-1])
    if fitting.size:
        # Above the bound of rejection nothing is reviewed: no cut there says more than the bound.
        cut = cut_at(found, min(float(fitting[0]) / BUCKETS, top))
        per_day_there = _count((values >= cut.at) & (values <= top)) / days
    return CapacityChoice(
        per_day=per_day,
        found=cut,
        reviewed_per_day=per_day_there,
        rejected_per_day=rejected / days,
        days=days,
    )


def by_cost(found: LabelQuality, *, missed: float, wrong: float, review: float) -> CostChoice:
    """The bounds that cost least when scores are probabilities."""
    band = chow_band(missed, wrong, review)
    values = _known(found)
    between = (values >= band.approve_below) & (values <= band.reject_above)
    return CostChoice(
        band=band,
        dearest_review=wrong * missed / (wrong + missed),
        calibration_error=found.calibration_error() if found.problem is None else None,
        review_share=_count(between) / values.size if values.size else None,
    )


def costs_read(bounds: LabelThresholds) -> CostsRead:
    """Chow's rule read backwards."""
    above = bounds.reject_above
    return CostsRead(of_missed=bounds.approve_below, of_wrong=None if above is None else 1 - above)


def with_review_from(bounds: LabelThresholds, cut: float) -> Offer:
    """The bounds with review from the cut; a lower bound of rejection moves up to it."""
    low, high = round(cut, _DIGITS), bounds.reject_above
    moved = high is not None and high < low
    return _offer(bounds, low, low if moved else high, "reject_above" if moved else None)


def with_reject_above(bounds: LabelThresholds, cut: float) -> Offer:
    """The bounds with rejection above the cut; a higher bound of review moves down to it."""
    low, high = bounds.approve_below, round(cut, _DIGITS)
    moved = low > high
    return _offer(bounds, high if moved else low, high, "approve_below" if moved else None)


def with_band(bounds: LabelThresholds, band: ChowBand) -> Offer:
    """Both bounds from the band, with what the label cites kept."""
    return _offer(bounds, round(band.approve_below, _DIGITS), round(band.reject_above, _DIGITS))


def _offer(
    bounds: LabelThresholds, low: float, high: float | None, moved: str | None = None
) -> Offer:
    changed = LabelThresholds(approve_below=low, reject_above=high, cites=bounds.cites)
    return Offer(bounds=changed, moved=moved)


def reviews_needed(found: Estimate, target: float) -> int | None:
    """How many more reviews raise the interval's lower end to the target, the share staying.

    Wilson's lower end L of a share p from n is where n (p - L)^2 = z^2 L (1 - L). So n grows by
    the ratio of L (1 - L) / (p - L)^2 at the target and at the present end, which carries the
    loss by weights along. None when the share is not above the target: no number would do.
    """
    share, low = found.value, found.interval.low
    if share is None or share <= target or not 0 < target < 1:
        return None
    if low >= target:
        return 0
    if not 0 < low < share:
        return None
    growth = _spread(target, share) / _spread(low, share)
    return max(1, ceil(found.count * (growth - 1)))


def _known(found: LabelQuality) -> npt.NDArray[np.float64]:
    """The scores of all items that have one, as doubles: bounds are compared as doubles too."""
    values = found.history.columns.scores[found.label]
    return values[~np.isnan(values)].astype(np.float64)


def _count(chosen: npt.NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(chosen))


def _spread(end: float, share: float) -> float:
    return end * (1 - end) / (share - end) ** 2


def _judged(target: float, cut: Cut, share: Estimate, surely: float | None) -> TargetChoice:
    is_sure = share.interval.low >= target
    return TargetChoice(
        target=target,
        found=cut,
        best=None,
        surely=surely,
        is_sure=is_sure,
        more_reviews=None if is_sure else reviews_needed(share, target),
    )


def _of(found: LabelQuality, sweep: Curves, place: int) -> Cut:
    return cut_at(found, float(sweep.cuts[place]))


def _ratio(
    found: LabelQuality, domain: npt.NDArray[np.bool_], positive: npt.NDArray[np.bool_]
) -> Estimate:
    def count(chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        strata = found.evidence.weights.size
        return np.bincount(found.stratum[chosen], minlength=strata).astype(np.float64)

    return stratified_ratios(
        found.evidence.weights,
        count(np.ones_like(domain)),
        count(domain)[:, None],
        count(domain & positive)[:, None],
    ).at(0)
