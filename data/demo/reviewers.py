"""The simulated reviewers: how right, how fast and when each of them is. All invented."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.label import Label

_ORDER = (
    Label.SPAM,
    Label.TOXICITY,
    Label.HATE_SPEECH,
    Label.VIOLENCE,
    Label.ADULT_CONTENT,
    Label.MISINFORMATION,
)


@dataclass(frozen=True)
class Accuracy:
    """Chances at medium difficulty (0.5): to miss a violation, to see one where none is."""

    misses: float
    false_alarms: float


@dataclass(frozen=True)
class DemoReviewer:
    """Declared habits of one reviewer; weekdays count from Monday = 0, hours are UTC."""

    reviewer_id: str
    display_name: str
    character: str
    accuracy: dict[Label, Accuracy]
    seconds: float
    share: float
    weekdays: frozenset[int]
    first_hour: int
    hour_count: int = 8

    def shift_from(self, moment: datetime) -> tuple[datetime, datetime]:
        """The shift that holds this moment, or the next one."""
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        for offset in range(8):
            start = day + timedelta(days=offset, hours=self.first_hour)
            end = start + timedelta(hours=self.hour_count)
            if start.weekday() in self.weekdays and moment < end:
                return max(start, moment), end
        raise AssertionError("a reviewer works on at least one day of the week")


def _table(misses: tuple[float, ...], false_alarms: tuple[float, ...]) -> dict[Label, Accuracy]:
    """Accuracy by label, in the order of _ORDER."""
    return {
        label: Accuracy(miss, alarm)
        for label, miss, alarm in zip(_ORDER, misses, false_alarms, strict=True)
    }


_MONDAY_TO_FRIDAY = frozenset(range(5))

REVIEWERS: tuple[DemoReviewer, ...] = (
    DemoReviewer(
        "amira", "Amira H.", "lead, accurate everywhere",
        #        spam  toxic hate  viol  adult misinf
        _table((0.02, 0.05, 0.04, 0.03, 0.03, 0.10), (0.03, 0.04, 0.04, 0.02, 0.02, 0.04)),
        seconds=9.0, share=0.27, weekdays=_MONDAY_TO_FRIDAY, first_hour=7,
    ),
    DemoReviewer(
        "bo", "Bo L.", "quick, lenient on toxicity",
        _table((0.05, 0.34, 0.16, 0.12, 0.06, 0.30), (0.02, 0.02, 0.02, 0.01, 0.02, 0.02)),
        seconds=5.0, share=0.25, weekdays=_MONDAY_TO_FRIDAY, first_hour=8,
    ),
    DemoReviewer(
        "chandra", "Chandra P.", "strict on spam and adverts",
        _table((0.01, 0.09, 0.08, 0.07, 0.03, 0.18), (0.42, 0.09, 0.06, 0.04, 0.12, 0.06)),
        seconds=10.5, share=0.20, weekdays=frozenset({1, 2, 3, 4, 5}), first_hour=9,
    ),
    DemoReviewer(
        "dmitri", "Dmitri K.", "evenings and weekends, takes counter-speech for hate",
        _table((0.06, 0.10, 0.06, 0.08, 0.12, 0.22), (0.05, 0.12, 0.34, 0.16, 0.05, 0.06)),
        seconds=7.5, share=0.17, weekdays=frozenset({2, 3, 4, 5, 6}), first_hour=13,
    ),
    DemoReviewer(
        "elif", "Elif S.", "part time, slow and careful, good at fact checks",
        _table((0.03, 0.06, 0.05, 0.04, 0.04, 0.06), (0.03, 0.06, 0.05, 0.03, 0.03, 0.10)),
        seconds=17.0, share=0.11, weekdays=frozenset({0, 1, 4, 5, 6}), first_hour=17,
        hour_count=5,
    ),
)  # fmt: skip
