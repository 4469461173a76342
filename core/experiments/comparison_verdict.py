"""Whether B is better than A, in words: from counted volumes and estimated mistakes.

A mistake is what a side concludes without a person and people conclude otherwise. What it sends to
review is no mistake and costs a review, so both are always said together.
"""

from core.experiments.comparison_numbers import (
    ComparisonKind,
    ComparisonNumbers,
    ComparisonVerdict,
)
from core.experiments.verdict import Conclusion, conclude, in_p

#: Review volumes that differ by less than this share of the larger are called the same.
SAME_VOLUME = 0.05
_ALPHA = 0.05
_TOO_MANY = 100_000


def comparison_verdict(numbers: ComparisonNumbers) -> ComparisonVerdict:
    """The verdict, never a winner from reviews that stand for themselves only.

    B is better with fewer mistakes and no more reviews, or as many mistakes within the margin is
    equivalent; a gain in one that costs the other is a trade-off, whichever way it goes.
    """
    if not numbers.items:
        return _plain(ComparisonKind.NOTHING, "No item has scores of both sides.")
    if numbers.is_same:
        return _plain(
            ComparisonKind.SAME,
            "A and B are the same model version under the same rule: nothing can differ.",
        )
    if not numbers.reviews or numbers.difference is None:
        return ComparisonVerdict(
            kind=ComparisonKind.NO_REVIEWS,
            headline="Nobody has decided on these items yet, so nobody knows which side is right.",
            sentences=(_flips(numbers), _volumes(numbers)),
        )
    if not numbers.is_weighted:
        return _reviewed_only(numbers)
    found = _concluded(numbers)
    kind = _kind(found, _volume_change(numbers))
    parts = (
        _mistakes(numbers), _kinds(numbers), _volumes(numbers), _left(kind, numbers),
        _rests(numbers),
    )  # fmt: skip
    return ComparisonVerdict(
        kind=kind,
        headline=_headline(kind, found, numbers),
        sentences=tuple(each for each in parts if each),
        warning=_warning(numbers),
    )


def _plain(kind: ComparisonKind, headline: str) -> ComparisonVerdict:
    return ComparisonVerdict(kind=kind, headline=headline, sentences=())


def _concluded(numbers: ComparisonNumbers) -> Conclusion:
    """Fewer mistakes are better, so the interval is turned around."""
    if numbers.low is None or numbers.high is None:
        return Conclusion.NO_EVIDENCE
    found = conclude(-numbers.high, -numbers.low, margin=numbers.margin)
    is_winner = found in (Conclusion.BETTER, Conclusion.WORSE)
    if is_winner and numbers.corrected_p is not None and numbers.corrected_p >= _ALPHA:
        return Conclusion.NO_EVIDENCE
    return found


def _volume_change(numbers: ComparisonNumbers) -> int:
    """-1 when B needs clearly fewer reviews, 1 when clearly more, else 0."""
    a, b = numbers.volume_a, numbers.volume_b
    if abs(b - a) <= SAME_VOLUME * max(a, b):
        return 0
    return 1 if b > a else -1


def _kind(found: Conclusion, change: int) -> ComparisonKind:
    match found:
        case Conclusion.BETTER:
            return ComparisonKind.TRADE_OFF if change > 0 else ComparisonKind.BETTER
        case Conclusion.WORSE:
            return ComparisonKind.TRADE_OFF if change < 0 else ComparisonKind.WORSE
        case Conclusion.NO_DIFFERENCE:
            return ComparisonKind.EQUIVALENT
        case Conclusion.NO_EVIDENCE:
            return ComparisonKind.NO_EVIDENCE


def _headline(kind: ComparisonKind, found: Conclusion, numbers: ComparisonNumbers) -> str:
    change = _volume_change(numbers)
    reviews = ("fewer reviews", "about as many reviews", "more reviews")[change + 1]
    match kind:
        case ComparisonKind.BETTER:
            return f"B is better than A: fewer mistakes, with {reviews}."
        case ComparisonKind.WORSE:
            return f"B is worse than A: more mistakes, with {reviews}."
        case ComparisonKind.TRADE_OFF if found is Conclusion.BETTER:
            return "A trade-off: B makes fewer mistakes than A and asks for more reviews."
        case ComparisonKind.TRADE_OFF:
            return "A trade-off: B makes more mistakes than A and asks for fewer reviews."
        case ComparisonKind.EQUIVALENT:
            return (
                f"B is equivalent to A in mistakes, within {_thousandths(numbers.margin)} per "
                f"1,000 items, and asks for {reviews}."
            )
        case _:
            return "No evidence yet that A and B differ in mistakes."


def _reviewed_only(numbers: ComparisonNumbers) -> ComparisonVerdict:
    b, c = numbers.only_a_wrong, numbers.only_b_wrong
    fewer = "A and B make equally many mistakes"
    if b != c:
        fewer = f"{'B' if c < b else 'A'} makes fewer mistakes"
    return ComparisonVerdict(
        kind=ComparisonKind.REVIEWED_ONLY,
        headline=(
            f"On the {numbers.reviews:,} reviewed items only, {fewer}: that is no verdict on all "
            "items."
        ),
        sentences=(
            f"Only A is wrong on {b:,} of them, only B on {c:,}.",
            "They were chosen for review, mostly by what one side flagged, and that side has then "
            "no mistake on them. Plan a sample (page Scores, Harm and samples), or review where A "
            "and B disagree (tab Disagreements).",
            _volumes(numbers),
        ),
        warning=None,
    )


def _mistakes(numbers: ComparisonNumbers) -> str:
    assert numbers.mistakes_a is not None and numbers.mistakes_b is not None  # noqa: S101, PT018  # asked before
    interval = ""
    if numbers.low is not None and numbers.high is not None:
        interval = f" (95 % interval {_signed(numbers.low)} to {_signed(numbers.high)})"
    return (
        f"Per 1,000 items B makes {_thousandths(numbers.mistakes_b)} mistakes without a person, A "
        f"{_thousandths(numbers.mistakes_a)}: {_signed(numbers.mistakes_b - numbers.mistakes_a)}"
        f"{interval}."
    )


def _kinds(numbers: ComparisonNumbers) -> str:
    """Which kind of mistake differs, where one clearly does: two may cancel out in the sum."""
    said = [
        f"{fewer if part.difference < 0 else more} ({_signed(part.difference)})"
        for part, fewer, more in (
            (numbers.missed, "leaves less harm up", "leaves more harm up"),
            (numbers.removed, "removes less wrongly", "removes more wrongly"),
        )
        if part is not None and part.is_clear
    ]
    return f"Of these, B {' and '.join(said)}." if said else ""


def _volumes(numbers: ComparisonNumbers) -> str:
    return (
        f"B sends {_volume(numbers.volume_b)} items a day to review, A {_volume(numbers.volume_a)}."
    )


def _flips(numbers: ComparisonNumbers) -> str:
    share = numbers.flips / numbers.items
    return (
        f"They conclude differently on {numbers.flips:,} of {numbers.items:,} items ({share:.1%})."
    )


def _left(kind: ComparisonKind, numbers: ComparisonNumbers) -> str:
    """What would settle it."""
    if kind is not ComparisonKind.NO_EVIDENCE:
        return ""
    is_corrected = numbers.corrected_p is not None and numbers.candidates > 1
    if is_corrected and not _holds_zero(numbers):
        return (
            f"Looked at alone it would differ, but not after correcting for {numbers.candidates} "
            f"candidates (p {in_p(numbers.corrected_p or 0.0)})."
        )
    more = numbers.more_reviews
    if more is None:
        return "Nothing tells them apart yet, so nobody can say how many reviews it would take."
    if more > _TOO_MANY:
        return "It would take more than 100,000 further reviews to settle it."
    return (
        f"If the difference stays as it looks now, about {_round(more):,} more reviews would "
        "settle it; reviewing where they disagree takes far fewer."
    )


def _holds_zero(numbers: ComparisonNumbers) -> bool:
    return numbers.low is None or numbers.high is None or numbers.low <= 0 <= numbers.high


def _rests(numbers: ComparisonNumbers) -> str:
    return (
        f"This rests on {numbers.reviews:,} reviews of the {numbers.items:,} items that both "
        "scored, each weighted by how many items it stands for."
    )


def _warning(numbers: ComparisonNumbers) -> str | None:
    worst = numbers.worst
    if worst is None:
        return None
    return (
        f"In {worst.name} B makes more mistakes than A: {_signed(worst.difference)} per 1,000 "
        f"items (corrected p {in_p(worst.corrected_p)}, {worst.reviews:,} reviews)."
    )


def _thousandths(share: float) -> str:
    return f"{share * 1000:.1f}"


def _signed(share: float) -> str:
    value = f"{share * 1000:+.1f}"
    return value.replace("-", "−") if float(value) else "0.0"


def _volume(per_day: float) -> str:
    return f"{per_day:,.0f}" if per_day >= 100 else f"{per_day:,.1f}"


def _round(count: int) -> int:
    return count if count < 20 else round(count, -1 if count < 1_000 else -2)
