"""How accurate automatic removal is, for part 8 of the transparency report."""

from dataclasses import dataclass

import numpy as np

from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.domain.role import Permission
from core.metrics.survey import Estimate
from core.policies.judge import REJECT, judge
from core.usecases.catalogue import Catalogue
from core.usecases.evidence import gather
from core.usecases.history import Histories


@dataclass(frozen=True)
class AutomationQuality:
    """The three indicators of the classifier in use, or why they are not known."""

    accuracy: Estimate | None
    precision: Estimate | None
    recall: Estimate | None
    classifier: str
    how: str
    """How they were measured, or why not."""

    def context(self, estimate: Estimate | None) -> str:
        """The contextual information that justifies an indicator."""
        if estimate is None or estimate.value is None:
            return f"{self.classifier}: not known. {self.how}"
        ends = estimate.interval
        return (
            f"{self.classifier}: {estimate.count:,.0f} reviews, 95% interval "
            f"{ends.low:.4f} to {ends.high:.4f}. {self.how}"
        )


def measure_automation(
    histories: Histories, catalogue: Catalogue, person: Person, wanted: ItemFilter
) -> AutomationQuality:
    """Accuracy, precision and recall of what the live policy rejects by itself.

    Accuracy is the share of items on which the policy's removal and people agree, precision that
    of removed items which people reject too, recall that of items people reject which are
    removed; each review weighted by how many items it stands for (core/usecases/evidence.py).
    Without reviews of randomly drawn items none of them holds for everything, and none is given.
    """
    person.require(Permission.EXPORT)
    model, policy = catalogue.model, catalogue.policy
    history = histories.get(catalogue.selection(wanted, person), model.model_version_id)
    evidence = gather(history)
    name = f"{model.display_name} under {policy.display_name}"
    if not evidence.is_weighted:
        why = evidence.warning or "Nobody has decided on items of this period."
        return AutomationQuality(None, None, None, name, why)
    removed = judge(history.columns.take(evidence.rows), policy.rule).codes == REJECT
    everything = np.ones(evidence.reviews, dtype=np.bool_)
    return AutomationQuality(
        accuracy=evidence.share(everything, removed == evidence.harmful),
        precision=evidence.share(removed, evidence.harmful),
        recall=evidence.share(evidence.harmful, removed),
        classifier=name,
        how=(
            f"Against people's decisions on {evidence.reviews:,} items of the period, each "
            f"weighted by the inverse of its chance to be reviewed; {evidence.at_random:,} of "
            "them were drawn at random."
        ),
    )
