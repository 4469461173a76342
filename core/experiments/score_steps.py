"""AUC and average precision of many weightings of the same scores at once, from counts per step."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

Floats = npt.NDArray[np.float64]
#: Scores are told apart in at most about as many steps.
STEPS = 1024


@dataclass(frozen=True)
class ScoreSteps:
    """Rows sorted into steps of their score, the highest first; positives apart from negatives."""

    step: npt.NDArray[np.intp]
    """The step of each row, shape (n,)."""
    count: int
    truth: npt.NDArray[np.bool_]

    def contributions(self, weights: Floats) -> coo_array:
        """(n, 2 count): each row's weight in its step, among positives or else among negatives."""
        column = self.step + np.where(self.truth, 0, self.count)
        return coo_array(
            (weights, (np.arange(column.size), column)), shape=(column.size, 2 * self.count)
        )

    def measured(self, sums: Floats) -> Floats:
        """(2, R): AUC and average precision of each column of sums (2 count, R); NaN if undefined.

        Ties within a step count half in AUC, and are one threshold of average precision.
        """
        positive, negative = sums[: self.count], sums[self.count :]
        hits, misses = np.cumsum(positive, axis=0), np.cumsum(negative, axis=0)
        all_hits, all_misses = hits[-1].copy(), misses[-1].copy()
        with np.errstate(divide="ignore", invalid="ignore"):
            above = hits - positive / 2
            auc = np.einsum("ij,ij->j", negative, above) / (all_hits * all_misses)
            misses += hits
            precision = np.divide(hits, misses, out=hits, where=misses > 0)
            average = np.einsum("ij,ij->j", positive, precision) / all_hits
        return np.stack([np.where(all_hits * all_misses > 0, auc, np.nan), average])


def score_steps(truth: npt.NDArray[np.bool_], scores: Floats) -> ScoreSteps:
    """The steps of the scores.

    Nothing is lost with up to 1,024 different scores, or up to 511 different scores of positives:
    what lies between two positives needs not be told apart. Else each step has about equally many
    positives, so that AUC is at most about 1/2,048 off: half of the pairs within a step.
    """
    edges = np.unique(scores)
    if edges.size > STEPS:
        positives = np.sort(scores[truth])
        edges = np.unique(positives)
        if 2 * edges.size >= STEPS:
            edges = np.unique(positives[np.linspace(0, positives.size - 1, STEPS).astype(np.intp)])
        else:
            edges = np.union1d(edges, np.nextafter(edges, np.inf))
    step = edges.size - np.searchsorted(edges, scores, side="right")
    return ScoreSteps(step=step, count=edges.size + 1, truth=truth)
