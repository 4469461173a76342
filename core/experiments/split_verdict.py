"""What an experiment on split traffic says, in words."""

from core.domain.experiment import ExperimentMode, Measure
from core.experiments.sample_ratio import SampleRatio
from core.experiments.split_numbers import (
    CONCLUDED,
    MeasuredDifference,
    SplitKind,
    SplitNumbers,
    SplitVerdict,
)
from core.experiments.split_ratios import ENOUGH_UNITS
from core.experiments.verdict import Conclusion, conclude

#: What loses units of one arm, most often first.
LOOK_FOR = (
    "Nothing below may be read: units of one arm are missing, and those may be exactly the ones on "
    "which the arms differ. Look for what treats the arms differently: items that fail to be "
    "imported or scored in one arm, exposures that were removed or written by hand, another "
    "program that assigns arms with another seed, authors who are renamed after a rejection."
)


MAY_BE_CHANCE = (
    "Only the check of a single look alarms, the always-valid one does not yet: if this is chance, "
    "it passes as more units come in."
)


def split_verdict(numbers: SplitNumbers) -> SplitVerdict:
    """The verdict: none while the sample ratio is broken, whatever the measures say."""
    if not numbers.units:
        return SplitVerdict(
            kind=SplitKind.NOTHING,
            headline="No item has come in since it started.",
            sentences=_broken(numbers),
        )
    ratio = numbers.sample_ratio
    if ratio is not None and ratio.is_suspect:
        by_chance = () if ratio.is_broken else (MAY_BE_CHANCE,)
        return SplitVerdict(
            kind=SplitKind.BLOCKED,
            headline="No verdict: the arms did not get the units they were meant to get.",
            sentences=(ratio_words(ratio), *by_chance, LOOK_FOR, *_broken(numbers)),
        )
    kind = CONCLUDED[concluded(numbers.primary, numbers)]
    sentences = (
        _measured(numbers.primary), *_guards(numbers), *_left(kind, numbers),
        *_shadow(numbers), *_broken(numbers),
    )  # fmt: skip
    return SplitVerdict(kind=kind, headline=_headline(kind, numbers), sentences=sentences)


def concluded(found: MeasuredDifference, numbers: SplitNumbers) -> Conclusion:
    """What the always-valid interval of the primary measure says."""
    low, high = found.low, found.high
    if numbers.is_lower_better and low is not None and high is not None:
        low, high = -high, -low
    return conclude(low, high, margin=numbers.minimal_effect)


def ship_concerns(numbers: SplitNumbers, verdict: SplitVerdict) -> list[str]:
    """Why shipping needs a reason; empty when it does not."""
    found = []
    if verdict.kind is SplitKind.BLOCKED:
        found.append("The sample ratio is broken, so there is no verdict.")
    elif verdict.kind is not SplitKind.BETTER:
        found.append(f"The verdict is not “better”: {verdict.headline}")
    found += _guards(numbers)
    if numbers.mode is ExperimentMode.SHADOW:
        found.append("It ran in shadow: what people and authors make of it was not seen.")
    if numbers.broken is not None:
        found.append(numbers.broken)
    return found


def ratio_words(found: SampleRatio) -> str:
    """The sample ratio in words."""
    total = sum(found.counts)
    seen = " and ".join(f"{count:,}" for count in found.counts)
    planned = " and ".join(f"{share * total:,.0f}" for share in found.shares)
    return (
        f"{seen} units in control and treatment where {planned} were planned: chi-square "
        f"{found.chi_square:.2f}, p {p_words(found.p)} at one look, {p_words(found.sequential_p)} "
        "always valid."
    )


def p_words(p: float) -> str:
    """A p-value as people read it."""
    return "< .0001" if p < 0.0001 else f"{p:.4f}".lstrip("0") if p < 1 else "1"


def value_words(measure: Measure, value: float | None) -> str:
    """A measure's value, such as "4.12 %" or "7.3 s"."""
    if value is None:
        return "not known"
    if measure is Measure.HANDLING:
        return f"{value:.1f} s"
    return f"{value:.2f} h" if measure is Measure.WAITING else f"{value:.2%}"


def change_words(measure: Measure, value: float | None) -> str:
    """A difference, such as "-0.80 points" or "+1.2 s"."""
    if value is None:
        return "not known"
    if measure is Measure.HANDLING:
        return f"{value:+.1f} s"
    return f"{value:+.2f} h" if measure is Measure.WAITING else f"{100 * value:+.2f} points"


def interval_words(found: MeasuredDifference) -> str:
    """The always-valid interval of a difference."""
    if found.low is None or found.high is None:
        return "no interval yet"
    low, high = (change_words(found.measure, each) for each in (found.low, found.high))
    return f"{low.removesuffix(' points')} to {high}"


def _headline(kind: SplitKind, numbers: SplitNumbers) -> str:
    name = numbers.primary.measure.words.lower()
    worse = ", ".join(each.guard.measure.words.lower() for each in numbers.worse_guards)
    guarded = f" But a guard got worse: {worse}." if worse else ""
    match kind:
        case SplitKind.BETTER:
            return f"The treatment is better in {name}.{guarded}"
        case SplitKind.WORSE:
            return f"The treatment is worse in {name}.{guarded}"
        case SplitKind.NO_DIFFERENCE:
            margin = change_words(numbers.primary.measure, numbers.minimal_effect).lstrip("+")
            return f"No difference in {name} that matters: it is within ±{margin}.{guarded}"
        case _:
            return f"No evidence yet that {name} differ between the arms.{guarded}"


def _measured(found: MeasuredDifference) -> str:
    if found.low is None:
        return _unknown(found)
    control, treatment = (
        value_words(found.measure, each) for each in (found.control, found.treatment)
    )
    return (
        f"{found.measure.words}: {control} in the control, {treatment} in the treatment, "
        f"{change_words(found.measure, found.difference)} ({interval_words(found)}, always valid, "
        f"p {p_words(found.p)})."
    )


def _unknown(found: MeasuredDifference) -> str:
    if found.measure.is_estimated and not found.seen:
        return (
            f"{found.measure.words} come from the random slice of the queues, and nobody has "
            "decided on one of its items yet."
        )
    return (
        f"{found.measure.words}: nothing is said before each arm has {ENOUGH_UNITS} units with "
        "something to measure."
    )


def _guards(numbers: SplitNumbers) -> list[str]:
    return [_worse_words(each.found, each.guard.limit) for each in numbers.worse_guards]


def _worse_words(found: MeasuredDifference, limit: float) -> str:
    beyond = f" beyond the limit of {change_words(found.measure, limit).lstrip('+')}"
    return (
        f"{found.measure.words} got worse{beyond if limit else ''}: "
        f"{change_words(found.measure, found.difference)} ({interval_words(found)})."
    )


def _left(kind: SplitKind, numbers: SplitNumbers) -> list[str]:
    if kind is not SplitKind.NO_EVIDENCE or numbers.broken is not None:
        return []
    effect = change_words(numbers.primary.measure, numbers.minimal_effect).lstrip("+")
    if numbers.days_left is None:
        return ["How much longer it takes cannot be said yet."]
    if not numbers.days_left:
        return [
            f"A difference of {effect} would most likely have been found by now: if there is one, "
            "it is smaller."
        ]
    return [
        f"At the pace so far, a difference of {effect} takes about {numbers.days_left:,} more "
        f"{'day' if numbers.days_left == 1 else 'days'} to find (4 times in 5)."
    ]


def _shadow(numbers: SplitNumbers) -> list[str]:
    if numbers.mode is not ExperimentMode.SHADOW:
        return []
    return [
        "In shadow the treatment decided nothing, in either arm: this compares both verdicts on "
        "the same items. It cannot say what people overturn, how long they take, or how authors "
        "answer to the treatment."
    ]


def _broken(numbers: SplitNumbers) -> list[str]:
    if numbers.broken is None:
        return []
    return [f"{numbers.broken} The evidence up to then is kept; the live policy decides since."]
