"""What drifted, as sentences, and which items to look at."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.verdict import VerdictKind
from core.metrics.binned_drift import binned
from core.usecases.drift_report import SCORE_STEPS, Category, DriftReport, MixDrift, SpreadDrift

#: A mean that moved less than this share of the whole change moved to no side.
_TO_ONE_SIDE = 0.5
_VERDICT_WORDS = {"approve": "approves", "review": "sends to review", "reject": "rejects"}


@dataclass(frozen=True)
class Alarm:
    """Something that drifted: why it is said, and which items show it."""

    key: str
    """Of the comparison, as the page calls it."""
    sentence: str
    """Plain text: names in it are people's and not escaped."""
    items: ItemFilter
    """Current items that show the change best."""


def alarms_of(report: DriftReport) -> list[Alarm]:
    """An alarm for everything that drifted, the largest change first."""
    return [
        Alarm(each.key, sentence_of(each, report), items_of(each, report)) for each in report.alarms
    ]


def period_words(report: DriftReport) -> str:
    """The current period, such as "in the last 7 days"."""
    if report.days is None or report.is_anchored:
        current = report.periods.current
        # A period that ends at midnight has nothing of the day that begins then.
        last = current.end - timedelta(microseconds=1)
        return f"from {current.start:%-d %B} to {last:%-d %B %Y}"
    return "in the last 24 hours" if report.days == 1 else f"in the last {report.days} days"


def sentence_of(found: SpreadDrift | MixDrift, report: DriftReport) -> str:
    """What changed, by how much, how much of it chance explains, and how many items say so."""
    before, now = found.counts
    psi = found.test.psi
    if psi is None:
        return f"{found.name}: too few items ({now:,} against {before:,})."
    change = _mix_change(found) if isinstance(found, MixDrift) else _spread_change(found)
    return (
        f"{change} {period_words(report)} (PSI {psi:.2f}; chance explains "
        f"{found.test.by_chance:.2f}; {now:,} against {before:,} items)."
    )


def _spread_change(found: SpreadDrift) -> str:
    if found.key == "length":
        one, two = found.medians
        return f"Lengths of texts changed, the median from {one:,} to {two:,}"
    if abs(found.shift) < _TO_ONE_SIDE * found.distance:
        return f"{found.name} scores spread differently, by {found.distance:.2f} on average,"
    side = "up" if found.shift > 0 else "down"
    return f"{found.name} scores moved {abs(found.shift):.2f} {side}"


def _mix_change(found: MixDrift) -> str:
    most = found.most_moved
    if most is None:
        return f"{found.name} changed"
    if found.key == "verdicts":
        verb = _VERDICT_WORDS.get(most.name, most.name)
        return f"What the policy {verb} {_grew(most)}"
    new = " (new)" if most.is_new else ""
    return f"{found.name} {most.name}{new} {_grew(most)}"


def _grew(category: Category) -> str:
    verb = "grew" if category.difference > 0 else "shrank"
    return f"{verb} from {category.share_before:.0%} to {category.share_now:.0%}"


def items_of(found: SpreadDrift | MixDrift, report: DriftReport) -> ItemFilter:
    """The current items of the category, or in the range of scores, that changed most."""
    wanted = report.periods.current.of(report.wanted)
    if isinstance(found, MixDrift):
        most = found.most_moved
        return category_items(found.key, most, wanted) if most is not None else wanted
    if found.key == "length":
        return wanted
    low, high = most_grown(found)
    return wanted.model_copy(
        update={"label": Label(found.key), "score_min": low, "score_max": high}
    )


def category_items(key: str, category: Category, wanted: ItemFilter) -> ItemFilter:
    """The filter kept to a category, where filters can say so: not for what is not known."""
    if category.name == "unknown" or key == "content_type":
        return wanted
    if key == "verdicts":
        return wanted.model_copy(update={"verdict": VerdictKind(category.name)})
    return wanted.model_copy(update={key: category.name})


def most_grown(found: SpreadDrift) -> tuple[float, float]:
    """The range of scores of the bin whose share of the items grew most."""
    before, now = binned(found.before, found.starts), binned(found.now, found.starts)
    grown = now / max(1, now.sum()) - before / max(1, before.sum())
    place = int(np.argmax(grown))
    edges = [*found.starts.tolist(), SCORE_STEPS]
    return edges[place] / SCORE_STEPS, edges[place + 1] / SCORE_STEPS
