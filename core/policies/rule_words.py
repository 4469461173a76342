"""Rules and their differences in words."""

from collections.abc import Iterable
from itertools import product

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import LabelThresholds, Override, Place, Rule, ThresholdRule, WeightedRule

#: The tenant and the language of an override.
Where = tuple[str | None, str | None]


def rule_words(rule: Rule) -> list[str]:
    """What the rule says, one sentence a line."""
    if isinstance(rule, WeightedRule):
        weights = ", ".join(
            f"{label.words.lower()} {rule.weights[label]:g}" for label in _in_order(rule.weights)
        )
        return [
            f"The overall score is the weighted sum of {weights}.",
            f"It approves below {_number(rule.approve_below)} and rejects above "
            f"{_number(rule.reject_above)}; what lies between goes to review.",
        ]
    lines = [
        f"{label.words}: {_bounds_words(rule.thresholds[label], label)}."
        for label in _in_order(rule.thresholds)
    ]
    for override in rule.overrides:
        lines += [
            f"For {_where(override)}, {label.words.lower()}: "
            f"{_bounds_words(override.thresholds[label], label)}."
            for label in _in_order(override.thresholds)
        ]
    return lines


def rule_differences(before: Rule, after: Rule) -> list[str]:
    """What changes from one rule to the other, one sentence a change; empty when nothing does."""
    if isinstance(before, WeightedRule) and isinstance(after, WeightedRule):
        return _weighted_differences(before, after)
    if isinstance(before, ThresholdRule) and isinstance(after, ThresholdRule):
        return [
            *_bounds_differences("", before.thresholds, after.thresholds),
            *_override_differences(before, after),
        ]
    return [
        "It is another kind of rule: "
        + ("a weighted sum" if isinstance(after, WeightedRule) else "bounds for each label")
        + " instead of "
        + ("a weighted sum." if isinstance(before, WeightedRule) else "bounds for each label."),
        *rule_words(after),
    ]


def _weighted_differences(before: WeightedRule, after: WeightedRule) -> list[str]:
    found = []
    for label in SCORED_LABELS:
        was, now = before.weights.get(label, 0.0), after.weights.get(label, 0.0)
        if was != now:
            found.append(f"{label.words} weighs {now:g} instead of {was:g}.")
    for words, was, now in (
        ("Approves below", before.approve_below, after.approve_below),
        ("Rejects above", before.reject_above, after.reject_above),
    ):
        if was != now:
            found.append(f"{words} {_number(now)} instead of {_number(was)}.")
    return found


def _bounds_differences(
    where: str, before: dict[Label, LabelThresholds], after: dict[Label, LabelThresholds]
) -> list[str]:
    found = []
    for label in SCORED_LABELS:
        was, now = before.get(label), after.get(label)
        if _meant(was, label) == _meant(now, label):
            continue
        name = f"{where}{label.words.lower() if where else label.words}"
        if now is None:
            found.append(f"{name} is not looked at any more.")
        elif was is None:
            found.append(f"{name} is looked at now: {_bounds_words(now, label)}.")
        else:
            found += _moved(name, label, was, now)
    return found


def _moved(name: str, label: Label, was: LabelThresholds, now: LabelThresholds) -> list[str]:
    found = []
    if was.approve_below != now.approve_below:
        direction = "more" if now.approve_below < was.approve_below else "less"
        found.append(
            f"{name} goes to review from {_number(now.approve_below)} instead of "
            f"{_number(was.approve_below)}: {direction} is flagged."
        )
    if was.reject_above != now.reject_above:
        if now.reject_above is None:
            found.append(f"{name} is rejected by people only; it was above {_of(was)}.")
        elif was.reject_above is None:
            found.append(f"{name} is rejected above {_of(now)}; only people did before.")
        else:
            direction = "more" if now.reject_above < was.reject_above else "less"
            found.append(
                f"{name} is rejected above {_of(now)} instead of {_of(was)}: "
                f"{direction} is rejected without a person."
            )
    if (was.cites or label) is not (now.cites or label):
        found.append(
            f"{name} cites {(now.cites or label).words.lower()} instead of "
            f"{(was.cites or label).words.lower()}."
        )
    return found


def _override_differences(before: ThresholdRule, after: ThresholdRule) -> list[str]:
    """By place, for what applies there: two orders of overrides may mean the same."""
    places = dict.fromkeys((each.tenant, each.language) for each in before.overrides)
    places |= dict.fromkeys((each.tenant, each.language) for each in after.overrides)
    found = []
    for place in places:
        was, now = _merged(before, place), _merged(after, place)
        words = _where(Override(tenant=place[0], language=place[1], thresholds={}))
        if was and not now:
            found.append(f"For {words} the general bounds apply again.")
        else:
            found += _bounds_differences(f"For {words}, ", was, now)
    return [*found, *_order_differences(before, after, list(places))]


def _order_differences(
    before: ThresholdRule, after: ThresholdRule, places: list[Where]
) -> list[str]:
    """The last one wins where a tenant's and a language's overrides meet: their order counts."""
    found = []
    for tenant, language in product(
        [tenant for tenant, language in places if language is None],
        [language for tenant, language in places if tenant is None],
    ):
        parts = ((None, None), (tenant, None), (None, language), (tenant, language))
        if any(_merged(before, part) != _merged(after, part) for part in parts):
            continue
        where = Override(tenant=tenant, language=language, thresholds={})
        meets = Place(tenant=tenant, language=language)
        shared = set(_merged(before, (tenant, None))) & set(_merged(before, (None, language)))
        was, now = before.bounds_at(meets), after.bounds_at(meets)
        found += _bounds_differences(
            f"For {_where(where)}, ",
            {label: was[label] for label in shared},
            {label: now[label] for label in shared},
        )
    return found


def _merged(rule: ThresholdRule, place: Where) -> dict[Label, LabelThresholds]:
    bounds: dict[Label, LabelThresholds] = {}
    for override in rule.overrides:
        if (override.tenant, override.language) == place:
            bounds.update(override.thresholds)
    return bounds


def _bounds_words(bounds: LabelThresholds, label: Label) -> str:
    rejects = (
        "only people reject"
        if bounds.reject_above is None
        else f"rejected above {_number(bounds.reject_above)}"
    )
    cites = f", cited as {bounds.cites.words.lower()}" if bounds.cites not in (None, label) else ""
    return f"to review from {_number(bounds.approve_below)}, {rejects}{cites}"


def _meant(bounds: LabelThresholds | None, label: Label) -> LabelThresholds | None:
    """The bounds with the reason spelled out: none means the label itself."""
    return bounds and bounds.model_copy(update={"cites": bounds.cites or label})


def _where(override: Override) -> str:
    parts = []
    if override.tenant is not None:
        parts.append(override.tenant)
    if override.language is not None:
        parts.append(f"the language “{override.language}”")
    return " in ".join(parts)


def _in_order(labels: Iterable[Label]) -> list[Label]:
    named = set(labels)
    return [label for label in SCORED_LABELS if label in named]


def _of(bounds: LabelThresholds) -> str:
    return _number(bounds.reject_above or 0.0)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").ljust(4, "0")
