"""What a translated policy keeps and what it cannot keep, in words and as a table."""

from collections.abc import Sequence

import polars as pl

from core.domain.label import Label
from core.experiments.translation import Keep, Obstacle
from core.metrics.survey import Estimate, simple_share
from core.usecases.translate_bound import BoundTranslation
from core.usecases.translate_policy import Translation
from dashboard.components.estimates import with_interval

#: What the choice is called.
KEEP_WORDS = {
    Keep.VOLUME: "Same volume",
    Keep.PRECISION: "Same precision",
    Keep.RECALL: "Same recall",
}
KEEP_HELP = {
    Keep.VOLUME: "B's bounds catch as many items as A's. Needs no reviews.",
    Keep.PRECISION: "Of what B's bounds catch, people reject the same share as of what A's catch.",
    Keep.RECALL: "Of what people reject, B's bounds catch the same share as A's.",
}


def summary(found: Translation) -> str:
    """What stays and what does not, in a sentence or two; plain text."""
    comparison, as_it_is = found.comparison, found.as_it_is
    if comparison is None:
        return ""
    matrix = comparison.matrix
    a_alone, b_alone = int(matrix[2, :2].sum()), int(matrix[:2, 2].sum())
    return (
        f"Under the translated policy {share_words(comparison.flips, comparison.items)} of "
        f"{comparison.items:,} items still change their verdict: {a_alone:,} are rejected by A "
        f"alone, {b_alone:,} by B alone. With A's bounds as they are, "
        f"{share_words(as_it_is.flips, as_it_is.items)} would."
    )


def share_words(count: int, whole: int) -> str:
    """Such as "1.8 % (1.4–2.3 %)"."""
    found = simple_share(count, whole)
    if found.value is None:
        return "–"
    return f"{found.value:.1%} ({found.interval.low:.1%}–{found.interval.high:.1%})"


def label_words(label: Label | None) -> str:
    """What a bound is of."""
    return "Overall score" if label is None else label.words


def bound_words(found: BoundTranslation) -> str:
    """Which of the two bounds it is."""
    return "rejected above" if found.a.is_strict else "to review from"


def number(value: float | None) -> str:
    """A bound as exactly as it matters, such as "0.40" or "0.914286"; a dash for none."""
    return "–" if value is None else f"{value:.6f}".rstrip("0").ljust(4, "0")


def bounds_table(bounds: Sequence[BoundTranslation], *, digits: int = 1) -> pl.DataFrame:
    """One row a bound, as people read it; shares in percent with so many digits."""
    rows = [
        {
            "Label": label_words(each.a.label),
            "Bound": bound_words(each),
            "Where": each.a.where or "everywhere else",
            "A's bound": number(each.a.at),
            "B's bound": number(each.b),
            "95 % interval": _interval(each),
            "A catches": _caught(each.caught_a, each.volume_a),
            "B catches": _caught(each.caught_b, each.volume_b),
            "Precision A": with_interval(each.precision_a, digits),
            "Precision B": with_interval(each.precision_b, digits),
            "Recall A": with_interval(each.recall_a, digits),
            "Recall B": with_interval(each.recall_b, digits),
            "Items": each.items,
            "Reviews": each.reviews,
            "Note": " ".join(notes(each)),
        }
        for each in bounds
    ]
    found = pl.DataFrame(rows)
    return found if _has_places(bounds) else found.drop("Where")


def _has_places(bounds: Sequence[BoundTranslation]) -> bool:
    return any(each.a.where is not None for each in bounds)


def _interval(found: BoundTranslation) -> str:
    if found.interval is None:
        return "–" if found.b is None else "not known: too few reviews"
    return f"{found.interval.low:.4f}–{found.interval.high:.4f}"


def _caught(count: int, share: Estimate) -> str:
    return f"{count:,}" if share.value is None else f"{count:,} ({share.value:.2%})"


def all_notes(bounds: Sequence[BoundTranslation]) -> list[str]:
    """What a reader must know of each bound that is not as asked for; plain text."""
    return [
        f"{label_words(each.a.label)}, {bound_words(each)}"
        f"{f' ({each.a.where})' if each.a.where else ''}: {line}"
        for each in bounds
        for line in notes(each)
    ]


def notes(found: BoundTranslation) -> list[str]:
    """What a reader must know of one bound."""
    lines = []
    if found.obstacle is not None:
        lines.append(f"{_why(found)}: {_instead(found)}.")
    if found.is_everywhere:
        lines.append(
            f"Too few items or reviews there ({found.items:,} items): translated on all items."
        )
    if found.is_moved:
        lines.append("Moved down to the bound of rejection, to stay in order.")
    is_off = found.b is not None and found.caught_a != found.caught_b
    if is_off and found.kept is Keep.VOLUME and not found.is_everywhere and not found.is_moved:
        lines.append("B gives many items the same score: this is its closest volume.")
    return lines


def _why(found: BoundTranslation) -> str:
    about = "" if found.a.reason is None else f" that say whether it is {_name(found)}"
    reviews = f"the {found.reviews:,} reviews{about}"
    match found.obstacle:
        case Obstacle.NO_HARM:
            reason = "" if found.a.reason is None else f" for {_name(found)}"
            return f"None of the {found.reviews:,} reviewed items was rejected{reason}"
        case Obstacle.NOTHING_CAUGHT:
            return f"A's bound catches none of {reviews}, so its precision is not known"
        case Obstacle.NEVER_REACHED if found.target is not None:
            best = "" if found.best is None else f", at best {found.best:.1%}"
            return f"B never reaches {found.target:.1%} {found.asked.value} on {reviews}{best}"
        case _:
            return "Nobody has decided on items with both scores"


def _instead(found: BoundTranslation) -> str:
    return "only people reject" if found.b is None else "the volume is kept instead"


def _name(found: BoundTranslation) -> str:
    return found.a.reason.words.lower() if found.a.reason is not None else ""


def losses(found: Translation, model_a: str, model_b: str) -> list[str]:
    """Labels whose bounds cannot be translated, and what that leaves open; plain text."""
    lines = [
        f"Cannot be kept: {model_b} has no {label.words.lower()} score." for label in found.lost
    ]
    lines += [
        f"Not translated: {model_a} has no {label.words.lower()} score, so nobody knows what its "
        "bounds did."
        for label in found.unread
    ]
    if found.lost_items:
        lines.append(
            f"On {found.lost_items:,} items only these labels decided. All figures below are "
            "without them."
        )
    return lines


def verdicts_table(found: Translation) -> pl.DataFrame:
    """How many items each side approves, reviews and rejects."""
    comparison = found.comparison
    if comparison is None:
        return pl.DataFrame()
    a = comparison.matrix.sum(axis=1)
    b, untouched = comparison.matrix.sum(axis=0), found.as_it_is.matrix.sum(axis=0)
    return pl.DataFrame(
        {
            "Verdict": ["Approved", "To review", "Rejected"],
            "A": a.tolist(),
            "B, translated": b.tolist(),
            "B with A's bounds": untouched.tolist(),
        }
    )
