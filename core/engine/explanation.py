"""What each word added to a score: parts that sum to the difference of two logits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain.label import Label
from core.engine.highlight import Highlight

Floats = npt.NDArray[np.float64]
Span = tuple[int, int]

#: A word that made less than this share of what raised the score is not worth a colour.
_LEAST_SHARE = 0.06
LEAST_SCORE = 0.2


@dataclass(frozen=True)
class Explanation:
    """The parts of one text's logits by span of the original text, for the labels explained.

    `baseline` + the sum of `parts` is `logits`, up to the completeness gap of integrated
    gradients where a transformer takes part.
    """

    labels: tuple[Label, ...]
    logits: Floats
    baseline: Floats
    parts: dict[Span, Floats]

    def only(self, columns: list[int]) -> "Explanation":
        """The explanation of some of the labels."""
        return Explanation(
            tuple(self.labels[column] for column in columns),
            self.logits[columns],
            self.baseline[columns],
            {span: part[columns] for span, part in self.parts.items()},
        )

    @property
    def gap(self) -> Floats:
        """logits - baseline - sum of parts, per label."""
        total = sum(self.parts.values(), start=np.zeros(len(self.labels)))
        gap: Floats = self.logits - self.baseline - total
        return gap

    def highlights(self, limit: int) -> list[Highlight]:
        """The words that raised each label most, up to `limit` a label."""
        found: list[Highlight] = []
        for column, label in enumerate(self.labels):
            raised = {
                span: float(part[column]) for span, part in self.parts.items() if part[column] > 0
            }
            total = sum(raised.values())
            best = sorted(raised.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
            found += [
                Highlight(start=start, end=end, label=label, weight=weight)
                for (start, end), weight in best
                if weight >= _LEAST_SHARE * total
            ]
        return found


def worth_explaining(labels: Sequence[Label], scores: npt.NDArray[np.floating]) -> list[int]:
    """The columns of harms that score .2 or more: below that there is nothing to warn of."""
    return [
        column
        for column, label in enumerate(labels)
        if label is not Label.SENTIMENT and scores[column] >= LEAST_SCORE
    ]
