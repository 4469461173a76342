"""Whether a model treats texts that name a group differently (Borkan et al. 2019, Jigsaw)."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.domain.record import Record
from core.metrics.intervals import Interval, wilson
from core.metrics.ranking import auroc

Floats = npt.NDArray[np.float64]


class SubgroupBias(Record):
    """The three AUCs of one group, and its errors at a threshold."""

    count: int
    positives: int
    subgroup_auc: float | None
    """Within the group: low means that it is poorly told apart there."""

    bpsn_auc: float | None
    """Background positives against the group's negatives: low means false alarms on the group."""

    bnsp_auc: float | None
    """The group's positives against background negatives: low means harm missed on the group."""

    false_positive_rate: float | None
    false_positive_interval: Interval
    false_negative_rate: float | None
    false_negative_interval: Interval


def mentions(texts: Sequence[str], terms: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which texts name one of the terms as a whole word, in any case."""
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, terms)) + r")\b", re.IGNORECASE)
    return np.array([pattern.search(text) is not None for text in texts], dtype=bool)


def subgroup_bias(
    truth: npt.ArrayLike, scores: npt.ArrayLike, in_group: npt.ArrayLike, threshold: float
) -> SubgroupBias:
    """The group's AUCs and error rates; all arrays of shape (n,)."""
    actual = np.asarray(truth, dtype=bool)
    values = np.asarray(scores, dtype=np.float64)
    group = np.asarray(in_group, dtype=bool)
    flagged = values >= threshold

    def area(chosen: npt.NDArray[np.bool_]) -> float | None:
        return auroc(actual[chosen], values[chosen])

    negatives, positives = group & ~actual, group & actual
    wrong, missed = int(flagged[negatives].sum()), int((~flagged[positives]).sum())
    return SubgroupBias(
        count=int(group.sum()),
        positives=int(positives.sum()),
        subgroup_auc=area(group),
        bpsn_auc=area((~group & actual) | negatives),
        bnsp_auc=area((~group & ~actual) | positives),
        false_positive_rate=wrong / negatives.sum() if negatives.any() else None,
        false_positive_interval=wilson(wrong, int(negatives.sum())),
        false_negative_rate=missed / positives.sum() if positives.any() else None,
        false_negative_interval=wilson(missed, int(positives.sum())),
    )


def power_mean(values: Sequence[float], power: float = -5.0) -> float:
    """M_p = (mean of v^p)^(1/p); with p = -5 the worst values weigh most."""
    array = np.asarray(values, dtype=np.float64)
    return float(np.mean(array**power) ** (1 / power))


def bias_score(overall: float, groups: Sequence[SubgroupBias]) -> float:
    """A quarter each: overall AUC and the power means of the three AUCs over the groups."""
    parts = [overall]
    for name in ("subgroup_auc", "bpsn_auc", "bnsp_auc"):
        known = [value for each in groups if (value := getattr(each, name)) is not None]
        parts.append(power_mean(known) if known else overall)
    return sum(parts) / 4
