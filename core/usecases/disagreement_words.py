"""What a blind review found, as sentences."""

from core.experiments.stratified_pairs import FEWEST
from core.experiments.verdict import Conclusion, in_p
from core.usecases.disagreement_verdict import ReviewProgress

_PER = 1_000


def headline(found: ReviewProgress) -> str:
    """The verdict in a few words."""
    match found.conclusion:
        case Conclusion.BETTER:
            return "B is better: it makes fewer mistakes."
        case Conclusion.WORSE:
            return "B is worse: it makes more mistakes."
        case Conclusion.NO_DIFFERENCE:
            return "No difference: A and B make equally many mistakes here."
        case Conclusion.NO_EVIDENCE:
            return "No evidence yet."


def details(found: ReviewProgress) -> str:
    """By how much and how sure, and about how many answers are missing."""
    if not found.answered:
        return (
            f"Nobody has answered yet; {found.waiting:,} items wait."
            if found.waiting
            else "Nobody has answered, and nothing waits any more."
        )
    told = (
        f"{_items(found.answered)} answered: A alone was wrong on {found.only_a_wrong:,}, "
        f"B alone on {found.only_b_wrong:,}."
    )
    if found.difference.is_complete:
        return f"{told} Everything that could be drawn is answered: {_exactly(found)}."
    if found.answered < FEWEST:
        return f"{told} From {FEWEST} answers on there is an interval."
    at = found.difference.found
    return (
        f"{told} Over the {found.review.open:,} disagreements that nobody had decided, B makes "
        f"{more_or_fewer(at.difference)} than A per 1,000 items that both scored (95 %, always "
        f"valid: {more_or_fewer(at.low, noun='')} to {more_or_fewer(at.high, noun='')}). "
        f"{_left(found)}"
    )


def _left(found: ReviewProgress) -> str:
    left = found.answers_left
    if left == 0:
        return "More answers only make this more exact."
    remaining = found.review.open - found.answered
    if left is None or left >= remaining:
        return (
            f"If things stay as they look, nothing less than all of the other {remaining:,} "
            "disagreements settles it: the difference is small, if there is one."
        )
    return f"If things stay as they look, about {left:,} more answers settle it."


def _exactly(found: ReviewProgress) -> str:
    difference = found.difference.found.difference
    if not difference:
        return "both make equally many mistakes"
    return f"B makes {more_or_fewer(difference)} than A per 1,000 items that both scored"


def more_or_fewer(difference: float, *, noun: str = " mistakes") -> str:
    """A difference per item as one per 1,000, such as "2.1 fewer mistakes"."""
    per_thousand = difference * _PER
    size = abs(per_thousand)
    number = f"{size:.0f}" if size >= 100 else f"{size:.1f}" if size >= 1 else f"{size:.2f}"
    if float(number) == 0:
        return f"{number} more{noun}" if noun else number
    return f"{number} {'more' if per_thousand > 0 else 'fewer'}{noun}"


def set_aside(found: ReviewProgress) -> list[str]:
    """What of the review is not counted, and why."""
    said = []
    if found.escalated:
        said.append(f"{_items(found.escalated)} escalated: counted once that is decided.")
    if found.unclear:
        said.append(f"{_items(found.unclear)} cannot be judged, people say: not counted.")
    if found.elsewhere:
        said.append(
            f"{_items(found.elsewhere)} decided elsewhere, with scores in view: not counted."
        )
    if found.lost:
        said.append(f"{_items(found.lost)} lost their scores or were removed: not counted.")
    return said


def pairs_words(found: ReviewProgress) -> str:
    """What the plain count of who was wrong says, or why it says nothing."""
    pairs = found.pairs
    if pairs is None:
        return (
            "McNemar's test does not apply: the kinds of disagreement were not drawn with equal "
            "chances, so each answer stands for another number of items. The interval takes that "
            "into account."
        )
    if not pairs.count:
        return "McNemar's test needs answers by which exactly one side was wrong."
    return (
        f"McNemar's test on these {pairs.count:,.0f} answers: p {in_p(pairs.p)} (always valid), "
        f"p {in_p(pairs.fixed_p)} (right only if this is the one planned look)."
    )


def _items(count: int) -> str:
    return f"{count:,} item{'s' if count != 1 else ''}"
