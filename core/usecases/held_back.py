"""What a regulatory export cannot write yet, and why."""

from collections import Counter

from core.domain.label import Label
from core.domain.record import Record

#: How many of the problems are listed one by one; all are counted.
LISTED_MAX = 1_000


class HeldBack(Record):
    """A decision that is not written, and one reason why; it never quotes what was found."""

    puid: str
    field: str
    problem: str
    reason: Label | None = None
    """The cited reason whose mapping lacks the answer, if that is why."""


class HeldGroup(Record):
    """Decisions that are held back for the same reason."""

    field: str
    problem: str
    reason: Label | None
    count: int

    @property
    def sentence(self) -> str:
        """What is wrong and how many it concerns."""
        about = f" of {self.reason.words}" if self.reason else ""
        noun = "decision" if self.count == 1 else "decisions"
        return f"{self.field}{about}: {self.problem} ({self.count:,} {noun})"


class Tally:
    """What is ready and what was held back so far."""

    def __init__(self) -> None:
        self.ready_count = 0
        self.held_count = 0
        self._groups: Counter[tuple[str, str, Label | None]] = Counter()
        self._listed: list[HeldBack] = []

    def hold(self, problems: tuple[HeldBack, ...]) -> None:
        """Notes one decision with everything that is wrong with it."""
        self.held_count += 1
        self._groups.update({(each.field, each.problem, each.reason) for each in problems})
        self._listed += problems[: max(0, LISTED_MAX - len(self._listed))]

    @property
    def listed(self) -> tuple[HeldBack, ...]:
        """The first LISTED_MAX problems."""
        return tuple(self._listed)

    @property
    def groups(self) -> tuple[HeldGroup, ...]:
        """The problems by kind, the most frequent first."""
        ordered = sorted(
            self._groups.items(), key=lambda each: (-each[1], each[0][:2], each[0][2] or "")
        )
        return tuple(
            HeldGroup(field=field, problem=problem, reason=reason, count=count)
            for (field, problem, reason), count in ordered
        )


def held_sentence(groups: tuple[HeldGroup, ...], most: int = 3) -> str:
    """The most frequent problems in one sentence."""
    first = "; ".join(group.sentence for group in groups[:most])
    return first + (f"; and {len(groups) - most} more" if len(groups) > most else "")
