"""A label's scores moved onto others that keep their order."""

import numpy as np
import numpy.typing as npt
from pydantic import Field

from core.domain.record import Record

Floats = npt.NDArray[np.float64]

#: Scores nearer to 0 or 1 than this count as being this near: their logits would be infinite.
NEAREST = 1e-6


class ScoreMap(Record):
    """sigmoid(slope x logit(score) + shift): a slope above 0 keeps the order of the scores."""

    slope: float = Field(gt=0, allow_inf_nan=False)
    shift: float = Field(allow_inf_nan=False)

    def of(self, scores: npt.ArrayLike) -> Floats:
        """The mapped scores in [0, 1], each from its own score alone; NaN stays NaN."""
        return sigmoid(self.slope * logits(scores) + self.shift)


def logits(scores: npt.ArrayLike) -> Floats:
    """log(p / (1 - p)) of scores kept between NEAREST and 1 - NEAREST."""
    # Contiguous: numpy may round the logarithm of strided rows in another way.
    values = np.ascontiguousarray(scores, dtype=np.float64)
    kept = np.clip(values, NEAREST, 1 - NEAREST)
    found: Floats = np.log(kept) - np.log1p(-kept)
    return found


def sigmoid(values: Floats) -> Floats:
    """1 / (1 + exp(-x)); never overflows."""
    found: Floats = 1.0 / (1.0 + np.exp(-np.clip(values, -60.0, 60.0)))
    return found
