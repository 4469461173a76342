"""Is B better than A on the same items? The two sides, and what is counted without any review."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from core.domain.comparison import ComparedSide, rule_on
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.model_version import ModelVersion
from core.domain.person import Person
from core.domain.policy import PolicyMode, PolicyVersion, WeightedRule
from core.domain.role import Permission
from core.errors import ComparisonError
from core.metrics.survey import Estimate, simple_share
from core.policies.judge import REVIEW
from core.store.items import Selection
from core.store.rereading import rereading
from core.usecases.catalogue import Catalogue, scored_counts
from core.usecases.history import Histories, days_of
from core.usecases.paired_history import PairedHistory, paired_history
from core.usecases.preview_policy import handling
from core.usecases.workspace import Workspace


@dataclass(frozen=True)
class Pair:
    """Two sides as they are compared: on the labels that both model versions score."""

    a: ComparedSide
    b: ComparedSide
    left_out: tuple[Label, ...]
    """Labels that a rule reads and one of the model versions does not score."""

    @property
    def is_same(self) -> bool:
        """Whether nothing can differ."""
        return self.a.model_version_id == self.b.model_version_id and self.a.rule == self.b.rule


@dataclass(frozen=True)
class Comparison:
    """Two sides on the selected items; what rests on reviews is in `compared_quality`."""

    pair: Pair
    paired: PairedHistory
    selection: Selection
    selected: int
    """Items of the selection, scored or not."""
    only_b: int
    """Items that A's model version has not scored and B's has."""
    days: float
    """The time the items came in, in days."""
    handling_seconds: float | None
    """Mean seconds of a decision; None when none was timed."""
    handled: int
    """Decisions behind it."""

    @cached_property
    def matrix(self) -> npt.NDArray[np.int64]:
        """(3, 3): items by A's verdict (rows) and B's (columns), in the order of KINDS."""
        return self.paired.matrix()

    @property
    def items(self) -> int:
        """Items that both sides have scored."""
        return int(self.matrix.sum())

    @property
    def flips(self) -> int:
        """Items on which they conclude differently."""
        return self.items - int(np.trace(self.matrix))

    @property
    def agreement(self) -> Estimate:
        """The share concluded alike, with Wilson's interval."""
        return simple_share(int(np.trace(self.matrix)), self.items)

    def reviewed_by(self, *, b: bool) -> int:
        """Items that a side sends to review."""
        return int(self.matrix.sum(axis=0 if b else 1)[REVIEW])

    def volume(self, *, b: bool) -> float:
        """Reviews a day that a side asks for."""
        return self.reviewed_by(b=b) / self.days

    def hours(self, *, b: bool) -> float | None:
        """Reviewer-hours a day at the measured mean handling time; None when not known."""
        if self.handling_seconds is None:
            return None
        return self.volume(b=b) * self.handling_seconds / 3600


def side_of(model: ModelVersion, policy: PolicyVersion) -> ComparedSide:
    """The scores of a model version under the rule of a policy version."""
    return ComparedSide(
        name=f"{model.display_name} under {policy.display_name}",
        model_version_id=model.model_version_id,
        labels=model.labels,
        rule=policy.rule,
        policy_version_id=policy.policy_version_id,
    )


def policy_for(
    catalogue: Catalogue, model: ModelVersion, otherwise: PolicyVersion
) -> PolicyVersion:
    """The newest live policy that reads the model version; `otherwise` when there is none."""
    live = [
        each
        for each in catalogue.policies
        if each.model_version_id == model.model_version_id and each.mode is PolicyMode.LIVE
    ]
    if model.model_version_id == catalogue.model.model_version_id:
        return catalogue.policy
    return max(live, key=lambda each: each.policy_version_id) if live else otherwise


@rereading
def scored_models(space: Workspace, catalogue: Catalogue, person: Person) -> dict[int, int]:
    """Items the person sees that each model version has scored; those with scores only."""
    person.require(Permission.SEE_SCORES)
    with space.store.reading() as parts:
        counts = scored_counts(parts, catalogue, person)
    known = {each.model_version_id for each in catalogue.models}
    return {model: count for model, count in counts.items() if model in known and count}


def usual_sides(catalogue: Catalogue, scored: dict[int, int]) -> tuple[ComparedSide, ComparedSide]:
    """What a comparison starts from: what is live, and the other model version most scored.

    Without another one: the live model under another policy, one in shadow first; else A twice.
    """
    live = side_of(catalogue.model, catalogue.policy)
    mine = catalogue.model.model_version_id
    others = [each for each in catalogue.models if scored.get(each.model_version_id)]
    others = [each for each in others if each.model_version_id != mine]
    if others:
        other = max(others, key=lambda each: (scored[each.model_version_id], each.created_at))
        return live, side_of(other, policy_for(catalogue, other, catalogue.policy))
    policies = [
        each
        for each in catalogue.policies
        if each.model_version_id == mine
        and each.policy_version_id != catalogue.policy.policy_version_id
    ]
    if not policies:
        return live, live
    order = (PolicyMode.SHADOW, PolicyMode.DRAFT, PolicyMode.LIVE, PolicyMode.RETIRED)
    first = min(policies, key=lambda each: (order.index(each.mode), -each.policy_version_id))
    return live, side_of(catalogue.model, first)


def paired(a: ComparedSide, b: ComparedSide) -> Pair:
    """Both rules kept to the labels that both model versions score.

    Raises ComparisonError when nothing is left of a rule.
    """
    shared = [label for label in a.labels if label in b.labels]
    read = (*a.reads, *b.reads)
    left_out = tuple(label for label in dict.fromkeys(read) if label not in shared)
    if not left_out:
        return Pair(a, b, ())
    return Pair(_on(a, shared, left_out), _on(b, shared, left_out), left_out)


def _on(side: ComparedSide, shared: Sequence[Label], left_out: Sequence[Label]) -> ComparedSide:
    rule = rule_on(side.rule, shared)
    if rule is not None:
        return side.model_copy(update={"rule": rule})
    lacking = ", ".join(label.words.lower() for label in left_out)
    if isinstance(side.rule, WeightedRule):
        raise ComparisonError(
            f"{side.name} weighs labels that one of the two models does not score ({lacking}), and "
            "a weighted sum without them is another rule. Choose a policy with bounds of its own "
            "for each label."
        )
    raise ComparisonError(
        f"{side.name} reads no label that both models score (left out: {lacking}). Choose another "
        "policy, or another model."
    )


@rereading
def compare_sides(
    space: Workspace,
    histories: Histories,
    catalogue: Catalogue,
    person: Person,
    wanted: ItemFilter,
    a: ComparedSide,
    b: ComparedSide,
) -> Comparison:
    """Both sides on the selected items that both model versions have scored."""
    person.require(Permission.SEE_SCORES)
    pair = paired(a, b)
    selection = catalogue.selection(wanted, person)
    found = paired_history(histories, selection, pair.a, pair.b)
    handled, seconds = handling(space, found.history, person)
    return Comparison(
        pair=pair,
        paired=found,
        selection=selection,
        selected=found.history.selected,
        only_b=_only_b(space, found, selection),
        days=days_of(found.history, wanted, space.clock.now()),
        handling_seconds=seconds,
        handled=handled,
    )


def _only_b(space: Workspace, found: PairedHistory, selection: Selection) -> int:
    """Counted anew when scores were added, as the history is."""
    if found.a.model_version_id == found.b.model_version_id:
        return 0
    notes = found.history.notes
    if "judged only b" not in notes:
        with space.store.reading() as parts:
            scored = parts.distributions.scored_count(selection, found.b.model_version_id)
        notes["judged only b"] = max(0, scored - found.size)
    return int(notes["judged only b"])
