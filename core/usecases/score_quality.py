"""How good a label's scores are, by what people decided: curves, calibration, prevalence."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.role import Permission
from core.metrics.calibration import ReliabilityBin, brier, calibration_error, reliability
from core.metrics.ranking import auroc
from core.metrics.survey import Estimate
from core.metrics.thresholds import Curves, curves
from core.policies.judge import APPROVE, judge
from core.usecases.catalogue import Catalogue
from core.usecases.evidence import Evidence, gather
from core.usecases.history import Histories, History

#: Cuts of the sweep: thresholds in steps of .005.
BUCKETS = 200

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LabelQuality:
    """One label of one model version against people's decisions."""

    label: Label
    history: History
    evidence: Evidence
    scores: Floats
    """(m,): scores of the reviewed items that have one."""
    harmful: Flags
    """(m,): whether people rejected them citing the label."""
    weights: Floats
    """(m,): how many items each stands for."""
    stratum: npt.NDArray[np.intp]
    """(m,): the stratum of each."""
    items: npt.NDArray[np.int64]
    """(m,): the items' ids."""

    @property
    def problem(self) -> str | None:
        """Why nothing can be measured; None when something can."""
        if not self.history.size:
            return "No item of this selection has scores of this model."
        if not self.scores.size:
            return (
                "Nobody has decided on these items yet. Review some, or plan a sample on the page "
                "Scores: thresholds then have a measure."
            )
        name = self.label.words.lower()
        if not self.harmful.any():
            return f"None of the {self.scores.size:,} reviewed items was rejected for {name}."
        if self.harmful.all():
            return f"All {self.scores.size:,} reviewed items were rejected for {name}."
        if np.unique(self.scores).size == 1:
            return f"All reviewed items have the same {name} score ({self.scores[0]:.3f})."
        return None

    @property
    def auc(self) -> float | None:
        """Area under the ROC curve, weighted."""
        return auroc(self.harmful, self.scores, self.weights)

    def curves(self) -> Curves:
        """Precision, recall and volume at every cut."""
        count = self.evidence.weights.size
        place = np.minimum((self.scores * BUCKETS).astype(np.intp), BUCKETS - 1)
        positives, negatives = np.zeros((count, BUCKETS)), np.zeros((count, BUCKETS))
        np.add.at(positives, (self.stratum[self.harmful], place[self.harmful]), 1)
        np.add.at(negatives, (self.stratum[~self.harmful], place[~self.harmful]), 1)
        return curves(self.evidence.weights, positives, negatives, self.volumes(BUCKETS))

    def volumes(self, buckets: int) -> npt.NDArray[np.int64]:
        """Scored items by bucket of the score."""
        values = self.history.columns.scores[self.label]
        known = values[~np.isnan(values)].astype(np.float64)
        place = np.minimum((known * buckets).astype(np.intp), buckets - 1)
        return np.bincount(place, minlength=buckets)

    def reliability(self, bins: int = 10, *, equal_mass: bool = False) -> list[ReliabilityBin]:
        """Mean score against the observed share."""
        return reliability(
            self.harmful, self.scores, self.weights, bins=bins, equal_mass=equal_mass
        )

    def counts(self, edges: list[ReliabilityBin]) -> list[int]:
        """Reviews (not weighted) in each bin."""
        last = len(edges) - 1
        return [
            int(
                np.count_nonzero(
                    (self.scores >= each.low)
                    & ((self.scores < each.high) | (number == last) & (self.scores <= each.high))
                )
            )
            for number, each in enumerate(edges)
        ]

    @property
    def brier(self) -> float:
        """The weighted Brier score."""
        return brier(self.harmful, self.scores, self.weights)

    def calibration_error(self, *, equal_mass: bool = False) -> float:
        """The weighted expected calibration error."""
        return calibration_error(self.reliability(equal_mass=equal_mass))

    @property
    def prevalence(self) -> Estimate:
        """The share of items that people would reject for the label."""
        known, harmful = self.evidence.cites(self.label)
        return self.evidence.share(known, harmful)


def label_quality(
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    label: Label,
    *,
    model_version_id: int | None = None,
) -> LabelQuality:
    """A label's scores and people's decisions on the selected history."""
    person.require(Permission.SEE_SCORES)
    model = model_version_id or catalogue.model.model_version_id
    history = histories.get(catalogue.selection(wanted, person), model)
    evidence = gather(history)
    known, harmful = evidence.cites(label)
    values = history.columns.scores[label][evidence.rows].astype(np.float64)
    kept = known & ~np.isnan(values)
    return LabelQuality(
        label=label,
        history=history,
        evidence=evidence,
        scores=values[kept],
        harmful=harmful[kept],
        weights=evidence.weights[evidence.stratum[kept]],
        stratum=evidence.stratum[kept],
        items=history.ids[evidence.rows[kept]],
    )


@dataclass(frozen=True)
class HarmEstimate:
    """How much harm there is, and how much of it the policy lets through."""

    prevalence: Estimate
    missed: Estimate
    """Of what the live policy approves by itself: the share that people reject."""
    evidence: Evidence
    size: int
    """Items that the reviews stand for."""
    scored: int
    """All scored items of the selection."""

    def items(self, estimate: Estimate) -> tuple[float, float, float] | None:
        """The share as items of the selection: (estimate, low, high)."""
        if estimate.value is None:
            return None
        ends = estimate.interval
        return estimate.value * self.size, ends.low * self.size, ends.high * self.size


def harm_estimate(
    histories: Histories, catalogue: Catalogue, person: Person, wanted: ItemFilter
) -> HarmEstimate:
    """The shares of harm in everything, and in what the policy approves without a person.

    What is approved is reviewed by chance alone (the random slice, planned samples).
    """
    person.require(Permission.SEE_SCORES)
    history = histories.get(catalogue.selection(wanted, person), catalogue.model.model_version_id)
    evidence = gather(history)
    everything = np.ones(evidence.reviews, dtype=np.bool_)
    reviewed = history.columns.take(evidence.rows)
    approved = judge(reviewed, catalogue.policy.rule).codes == APPROVE
    expanded = evidence.weights[evidence.stratum] if evidence.reviews else np.zeros(0)
    return HarmEstimate(
        prevalence=evidence.share(everything, evidence.harmful),
        missed=evidence.share(approved, evidence.harmful),
        evidence=evidence,
        size=round(float(expanded.sum())) if evidence.is_weighted else evidence.reviews,
        scored=history.size,
    )
