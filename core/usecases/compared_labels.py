"""Both models' scores of a label against what people decided: how they rank, what they mean."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain.label import Label
from core.experiments.paired_ranking import delong
from core.experiments.paired_ratios import Design, RatioDifference, ratio_difference
from core.experiments.weighted_ranking import (
    auc_difference,
    auc_error,
    precision_difference,
    precision_error,
)
from core.metrics.calibration import ReliabilityBin, brier, calibration_error, reliability
from core.policies.judge import ScoreColumns
from core.usecases.compare_sides import Comparison
from core.usecases.compared_reviews import ComparedReviews

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_FEWEST_CLASS = 2
_Z = 1.959964


@dataclass(frozen=True)
class LabelComparison:
    """One label's scores by both model versions on the m reviewed items that have both."""

    label: Label
    harmful: Flags
    """(m,): whether people rejected the item citing the label."""
    scores_a: Floats
    scores_b: Floats
    weights: Floats
    auc: RatioDifference | None
    """AUROC; None with fewer than two reviews of a class."""
    average_precision: RatioDifference | None
    brier_difference: RatioDifference | None
    """Brier scores, of which less is better; None without reviews."""
    reach: dict[str, tuple[float, float]]
    """Half widths of the 95 % intervals of A and of B, by `auc` and `average_precision`."""
    method: str
    """How the intervals were made."""

    @property
    def count(self) -> int:
        """Reviews behind it."""
        return int(self.harmful.size)

    @property
    def positives(self) -> int:
        """Those rejected citing the label."""
        return int(np.count_nonzero(self.harmful))

    @property
    def problem(self) -> str | None:
        """Why rankings cannot be compared; None when they can."""
        name = self.label.words.lower()
        if not self.count:
            return f"No reviewed item has {name} scores of both models."
        if self.positives < _FEWEST_CLASS:
            return f"Fewer than two of the {self.count:,} reviews reject for {name}."
        if self.count - self.positives < _FEWEST_CLASS:
            return f"All but one of the {self.count:,} reviews reject for {name}."
        return None

    def scores(self, *, b: bool) -> Floats:
        """One side's scores."""
        return self.scores_b if b else self.scores_a

    def brier(self, *, b: bool) -> float:
        """The weighted Brier score of a side."""
        return brier(self.harmful, self.scores(b=b), self.weights)

    def reliability(self, *, b: bool) -> list[ReliabilityBin]:
        """Mean score against the observed share, in ten bins."""
        return reliability(self.harmful, self.scores(b=b), self.weights)

    def calibration_error(self, *, b: bool) -> float:
        """The weighted expected calibration error of a side."""
        return calibration_error(self.reliability(b=b))


def compared_labels(comparison: Comparison, reviews: ComparedReviews) -> list[LabelComparison]:
    """Every label that both model versions score."""
    return [compared_label(comparison, reviews, each) for each in comparison.paired.shared_labels]


def compared_label(
    comparison: Comparison, reviews: ComparedReviews, label: Label, here: Flags | None = None
) -> LabelComparison:
    """One label, on the reviews in `here` (m,); without it on all.

    AUROC by DeLong's test where reviews are equally weighted and of authors and texts of their
    own, else by the infinitesimal jackknife; average precision always by the latter.
    """
    known, cited = reviews.evidence.cites(label)
    paired = comparison.paired
    a, b = (
        _values(columns, label, reviews.evidence.rows)
        for columns in (paired.columns_a, paired.columns_b)
    )
    kept = reviews.inside & known & ~np.isnan(a) & ~np.isnan(b)
    if here is not None:
        kept &= here
    design = reviews.design.take(kept)
    harmful, a, b = cited[kept], a[kept], b[kept]
    return LabelComparison(
        label=label,
        harmful=harmful,
        scores_a=a,
        scores_b=b,
        weights=design.weights,
        auc=_delong(harmful, a, b) if design.is_plain else auc_difference(harmful, a, b, design),
        average_precision=precision_difference(harmful, a, b, design),
        brier_difference=_brier(harmful, a, b, design) if harmful.size else None,
        reach=_reach(harmful, a, b, design),
        method="DeLong" if design.is_plain else "weighted, clustered",
    )


def _brier(harmful: Flags, a: Floats, b: Floats, design: Design) -> RatioDifference:
    everywhere = np.ones(harmful.size)
    return ratio_difference(
        design, (everywhere, (a - harmful) ** 2), (everywhere, (b - harmful) ** 2)
    )


def _reach(harmful: Flags, a: Floats, b: Floats, design: Design) -> dict[str, tuple[float, float]]:
    positives = int(np.count_nonzero(harmful))
    if min(positives, harmful.size - positives) < _FEWEST_CLASS:
        return {}
    return {
        name: (_Z * error(harmful, a, design), _Z * error(harmful, b, design))
        for name, error in (("auc", auc_error), ("average_precision", precision_error))
    }


def _delong(harmful: Flags, a: Floats, b: Floats) -> RatioDifference | None:
    found = delong(harmful, a, b)
    if found is None:
        return None
    variance = found.variance_a + found.variance_b - 2 * found.covariance
    return RatioDifference(
        a=found.auc_a, b=found.auc_b, difference=found.difference, interval=found.interval,
        error=float(np.sqrt(max(0.0, variance))), p=found.p, count=int(harmful.size),
    )  # fmt: skip


def _values(columns: ScoreColumns, label: Label, rows: npt.NDArray[np.intp]) -> Floats:
    return columns.scores[label][rows].astype(np.float64)
