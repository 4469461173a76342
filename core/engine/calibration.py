"""From logits to calibrated scores, in float64 and one row at a time."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def sigmoid(logits: Floats) -> Floats:
    """1 / (1 + exp(-x)), for any shape; never overflows."""
    scores: Floats = 1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0)))
    return scores


class Platt:
    """Per label a slope and a shift (Platt 1999), fitted at the model's stated base rates."""

    def __init__(self, slope: npt.ArrayLike, shift: npt.ArrayLike) -> None:
        self._slope = np.asarray(slope, dtype=np.float64)
        self._shift = np.asarray(shift, dtype=np.float64)

    def scores(self, logits: Floats) -> Floats:
        """Probabilities in [0, 1] of logits whose last axis is the labels."""
        return sigmoid(self._slope * logits + self._shift)
