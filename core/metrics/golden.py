"""How often somebody is right on items whose answer is known."""

from core.domain.record import Record
from core.metrics.intervals import Interval, wilson


class GoldenScore(Record):
    """A person's answers on golden items."""

    right: int
    answered: int
    accuracy: float
    """(right + 1) / (answered + 2): the mean of what Beta(1, 1) becomes; .5 before any answer."""
    interval: Interval
    """Wilson's, of the share that was right."""
    target: float

    @property
    def is_alarm(self) -> bool:
        """Whether even the interval's upper end is below the target."""
        return self.answered > 0 and self.interval.high < self.target


def golden_score(right: int, answered: int, *, target: float = 0.9) -> GoldenScore:
    """The score of `right` among `answered` golden items.

    Raises ValueError unless 0 <= right <= answered.
    """
    if not 0 <= right <= answered:
        raise ValueError("right answers are part of all answers")
    return GoldenScore(
        right=right,
        answered=answered,
        accuracy=(right + 1) / (answered + 2),
        interval=wilson(right, answered),
        target=target,
    )
