"""Whether two policies or models agree on one text, and if not, why: in one sentence."""

from core.domain.label import Label
from core.domain.policy import LabelThresholds, WeightedRule
from core.domain.verdict import VerdictKind
from core.usecases.try_text import LabelPart, TriedText

_VERBS = {
    VerdictKind.APPROVE: "approves",
    VerdictKind.REVIEW: "sends to review",
    VerdictKind.REJECT: "rejects",
}
_BOTH = {
    VerdictKind.APPROVE: "approve",
    VerdictKind.REVIEW: "send to review",
    VerdictKind.REJECT: "reject",
}
_SEVERITY = tuple(_VERBS)


def text_difference(first: TriedText, second: TriedText) -> str:
    """Says what A (the first) and B (the second) conclude, and what tells them apart."""
    kinds = first.verdict.kind, second.verdict.kind
    if kinds[0] is kinds[1]:
        return f"A and B agree: both {_BOTH[kinds[0]]}{_aside(first, second)}."
    beginning = f"A {_VERBS[kinds[0]]} and B {_VERBS[kinds[1]]}"
    strict, mild, names = first, second, ("A", "B")
    if _SEVERITY.index(kinds[0]) < _SEVERITY.index(kinds[1]):
        strict, mild, names = second, first, ("B", "A")
    why = f"{_why(strict, names[0])}; {_why_not(strict, mild, names[1])}"
    return f"{beginning}: {why}."


def _aside(first: TriedText, second: TriedText) -> str:
    """What differs although the verdict does not."""
    reasons = [_listed(each.verdict.reasons) for each in (first, second)]
    if reasons[0] != reasons[1]:
        return f", A citing {reasons[0] or 'nothing'} and B {reasons[1] or 'nothing'}"
    if first.scores == second.scores and first.policy.rule == second.policy.rule:
        return ", on the same scores and the same rule"
    return ""


def _why(tried: TriedText, name: str) -> str:
    """What makes the stricter side conclude more than approval."""
    rule, verdict = tried.policy.rule, tried.verdict
    if isinstance(rule, WeightedRule) and verdict.overall is not None:
        return f"{name}'s weighted sum is {_sum(tried)}"
    crossing = [part for part in tried.parts if part.decides]
    if not crossing:
        return f"{name} lacks a score of {_listed(tried.missing)}, and without it never approves"
    return _joined([_crosses(part, verdict.kind, name) for part in crossing])


def _crosses(part: LabelPart, kind: VerdictKind, name: str) -> str:
    score, bounds = part.score, part.bounds
    assert score is not None and bounds is not None  # noqa: S101, PT018  # it says something
    if kind is VerdictKind.REJECT and bounds.reject_above is not None:
        return (
            f"{_word(part.label)} scores {_near(score, bounds.reject_above)}, above {name}'s "
            f"reject bound {_bound(bounds.reject_above)}"
        )
    return (
        f"{_word(part.label)} scores {_near(score, bounds.approve_below)}, at or above {name}'s "
        f"review bound {_bound(bounds.approve_below)}"
    )


def _why_not(strict: TriedText, mild: TriedText, name: str) -> str:
    """Why the milder side does not conclude what the stricter one does."""
    rule = mild.policy.rule
    if isinstance(rule, WeightedRule):
        if mild.verdict.overall is None:
            return f"{name} lacks a score of {_listed(mild.missing)} and leaves it to people"
        return f"{name}'s weighted sum is {_sum(mild)}"
    # What the milder side would have had to conclude one step less mildly.
    above = VerdictKind.REVIEW if mild.verdict.kind is VerdictKind.APPROVE else VerdictKind.REJECT
    crossing = [part.label for part in strict.parts if part.decides]
    known = {part.label: part for part in mild.parts}
    # A weighted sum crosses by no label alone: the milder side then tells of its closest one.
    said = [
        _stays(known.get(label), label, above, name) for label in crossing or _closest(mild, above)
    ]
    return _joined(said) or f"in {name} no label has such a bound"


def _stays(part: LabelPart | None, label: Label, above: VerdictKind, name: str) -> str:
    word = _word(label)
    if part is None or part.bounds is None:
        return f"{name} has no bounds for {word}"
    if part.score is None:
        return f"{name}'s model does not score {word}"
    bound = _bound_of(part.bounds, above)
    if bound is None:
        return f"in {name} only people reject for {word}"
    where = (
        f"below the review bound {_bound(bound)}"
        if above is VerdictKind.REVIEW
        else f"not above the reject bound {_bound(bound)}"
    )
    return f"in {name} {word} scores {_near(part.score, bound)}, {where}"


def _bound_of(bounds: LabelThresholds, kind: VerdictKind) -> float | None:
    return bounds.approve_below if kind is VerdictKind.REVIEW else bounds.reject_above


def _closest(tried: TriedText, kind: VerdictKind) -> list[Label]:
    """The label whose score comes closest to the bound of this verdict."""
    gaps = {
        part.label: bound - part.score
        for part in tried.parts
        if part.bounds is not None
        and part.score is not None
        and (bound := _bound_of(part.bounds, kind)) is not None
    }
    return [min(gaps, key=lambda label: gaps[label])] if gaps else []


def _sum(tried: TriedText) -> str:
    rule, overall = tried.policy.rule, tried.verdict.overall
    assert isinstance(rule, WeightedRule) and overall is not None  # noqa: S101, PT018  # asked first
    match tried.verdict.kind:
        case VerdictKind.APPROVE:
            bound, relation = rule.approve_below, "below"
        case VerdictKind.REJECT:
            bound, relation = rule.reject_above, "above"
        case VerdictKind.REVIEW:
            between = f"{_bound(rule.approve_below)} and {_bound(rule.reject_above)}"
            return f"{overall:.3f}, between {between}"
    return f"{_near(overall, bound)}, {relation} {_bound(bound)}"


def _near(score: float, bound: float) -> str:
    """The score with as many digits as it takes to tell it from the bound."""
    for digits in (3, 4, 5, 6, 7):
        shown = f"{score:.{digits}f}"
        if score == bound or float(shown) != bound:
            return shown
    return repr(score)


def _bound(value: float) -> str:
    return f"{value:.4f}".rstrip("0").ljust(4, "0")


def _word(label: Label) -> str:
    return label.words.lower()


def _listed(labels: tuple[Label, ...]) -> str:
    return ", ".join(_word(label) for label in labels)


def _joined(parts: list[str]) -> str:
    return " and ".join(parts)
