"""What a chosen threshold means, as sentences for a place that reads Markdown."""

from core.domain.label import Label
from core.domain.policy import LabelThresholds
from core.metrics.survey import Estimate
from core.usecases.choose_threshold import (
    CapacityChoice,
    CostChoice,
    Cut,
    TargetChoice,
    costs_read,
)
from dashboard.components.estimates import with_interval

#: From this calibration error on, costs would be read off scores that are no probabilities.
_POORLY_CALIBRATED = 0.05
#: The reference rule of many services: approve below .3, reject above .7.
_REFERENCE = LabelThresholds(approve_below=0.3, reject_above=0.7)


def precision_words(choice: TargetChoice, label: Label) -> list[str]:
    """Where precision reaches the target, how surely, and what is caught there."""
    name, target = label.words.lower(), _percent(choice.target)
    if choice.found is None:
        best = choice.best
        if best is None:
            return []
        return [
            f"Precision never reaches **{target}**. The best is "
            f"**{with_interval(best.precision)}**, from {number(best.at)} on. Take a lower "
            "target, or let only people reject for this label."
        ]
    cut = choice.found
    lines = [
        f"From **{number(cut.at)}** on, precision reaches {target}: of what scores there, people "
        f"reject **{with_interval(cut.precision)}** for {name}.",
        f"Recall there: **{with_interval(cut.recall)}** of all {name}. "
        f"{cut.share:.2%} of items score as high.",
        *_surely(choice, cut.precision, "at or above the cut", "higher cut"),
    ]
    if cut.exactly:
        lines.append(
            f"{cut.exactly:,} items score exactly {number(cut.at)}: they go to people, for only "
            "what is above the bound is rejected."
        )
    return lines


def recall_words(choice: TargetChoice, label: Label) -> list[str]:
    """Up to where recall holds the target, how surely, and how much is looked at for it."""
    name, target = label.words.lower(), _percent(choice.target)
    if choice.found is None:
        if choice.best is None:
            return []
        return [f"Recall never reaches **{target}**."]
    cut = choice.found
    return [
        f"Up to **{number(cut.at)}**, recall holds {target}: of all {name}, "
        f"**{with_interval(cut.recall)}** scores at or above it.",
        f"Precision there: **{with_interval(cut.precision)}**. {cut.share:.2%} of items score as "
        "high: they are reviewed, or rejected if they pass the other bound.",
        *_surely(choice, cut.recall, f"that find {name}", "lower cut"),
    ]


def capacity_words(choice: CapacityChoice, label: Label, reject_above: float | None) -> list[str]:
    """The cut that reviewers can keep up with, and what it catches."""
    name = label.words.lower()
    asked = f"{choice.per_day:,.0f} a day"
    if choice.found is None:
        return [
            f"No cut fits **{asked}**: even the highest sends {choice.reviewed_per_day:,.1f} items "
            f"a day to people. A bound of rejection would take some of them off."
        ]
    cut = choice.found
    lines = [
        f"From **{number(cut.at)}** on, **{choice.reviewed_per_day:,.1f} items a day** go to "
        f"people, which fits {asked}."
        if choice.per_day
        else f"With 0 a day nobody reviews: from **{number(cut.at)}** on nothing is left to look "
        "at, and what is below is approved.",
        f"Recall there: **{with_interval(cut.recall)}** of all {name}.",
    ]
    if reject_above is not None:
        lines.append(
            f"{choice.rejected_per_day:,.1f} a day score above {number(reject_above)}, where the "
            "draft rejects: nobody looks at them, and they count as caught."
        )
    lines.append(
        f"Counted over {choice.days:,.1f} days of this selection, for {name} alone: what other "
        "labels send to people comes on top."
    )
    return lines


def cost_words(choice: CostChoice, review: float) -> list[str]:
    """The bounds that cost least, or why reviewing does not pay."""
    band = choice.band
    if not band.has_band:
        return [
            f"There is **no band**: a review at {review:g} is too dear. Reviewing pays below "
            f"{choice.dearest_review:.3g} only.",
            f"The one cut that costs least without reviewers is **{number(band.single)}**: reject "
            "above it, approve below.",
        ]
    lines = [
        f"Cheapest: approve below **{number(band.approve_below)}**, reject above "
        f"**{number(band.reject_above)}**, review what lies between.",
        f"Without reviewers the one cut would be {number(band.single)}.",
    ]
    if choice.review_share is not None:
        lines.append(f"{choice.review_share:.2%} of items score between the bounds.")
    return lines


def backwards_words(label: Label, policy_name: str, live: LabelThresholds | None) -> list[str]:
    """What bounds that are in use say about costs; `policy_name` is fit for Markdown."""
    reference = costs_read(_REFERENCE)
    lines = [
        "Read backwards, the reference rule (approve below 0.3, reject above 0.7) says that "
        f"a review costs {_percent(reference.of_missed)} of a mistake, be it harm left up or a "
        "wrong removal."
    ]
    name = label.words.lower()
    if live is None:
        return [*lines, f"The live policy, {policy_name}, has no bounds of its own for {name}."]
    read = costs_read(live)
    of_wrong = (
        "; it lets only people reject, as if no wrong removal could be paid for"
        if read.of_wrong is None
        else f" and {_percent(read.of_wrong)} of a wrong removal"
    )
    bounds = number(live.approve_below)
    if live.reject_above is not None:
        bounds += f" and {number(live.reject_above)}"
    return [
        *lines,
        f"The live bounds for {name} ({policy_name}: {bounds}) say that a review costs "
        f"{_percent(read.of_missed)} of harm left up{of_wrong}.",
    ]


def calibration_words(choice: CostChoice, label: Label) -> tuple[str, bool]:
    """The assumption behind costs, and whether it is broken or unknown."""
    name = label.words.lower()
    rule = "These bounds hold only for calibrated scores, of which .3 means three in ten."
    error = choice.calibration_error
    if error is None:
        return f"{rule} How far {name} is calibrated here is not known: no reviews tell.", True
    measured = f"The calibration error (ECE) of {name} here is {error:.3f}"
    if error > _POORLY_CALIBRATED:
        return f"{rule} {measured}: too much. Recalibrate on the page Scores first.", True
    return f"{rule} {measured}.", False


def number(value: float) -> str:
    """A bound as people write it, such as "0.30" or "0.035"."""
    return f"{value:.4f}".rstrip("0").ljust(4, "0")


def _percent(share: float) -> str:
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def _surely(choice: TargetChoice, share: Estimate, where: str, other: str) -> list[str]:
    """What the interval says about the target."""
    if choice.is_sure:
        return ["The lower end of the interval reaches the target too."]
    beginning = f"But the lower end of the interval is {_percent(share.interval.low)}: "
    if choice.more_reviews is None:
        line = (
            "the share is so close to the target that no number of reviews would settle it; take "
            f"a {other}."
        )
    else:
        line = (
            f"{_about(choice.more_reviews)} more reviews {where} would narrow it to the target, "
            "if the share stays."
        )
    sure = (
        f" At {number(choice.surely)} even the lower end reaches it."
        if choice.surely is not None
        else " At no cut does the lower end reach it yet."
    )
    return [beginning + line + sure]


def _about(count: int) -> str:
    if count > 100_000:
        return "more than 100,000"
    digits = 0 if count < 20 else -1 if count < 1_000 else -2
    return f"about {round(count, digits):,}" if digits else f"{count:,}"


def cuts_of(choice: TargetChoice | CapacityChoice) -> tuple[float, ...]:
    """What to draw into the curves."""
    cut: Cut | None = choice.found
    return (cut.at,) if cut is not None else ()
