"""The rule that somebody works on: kept for the tab, carried by the link."""

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from core.domain.label import Label
from core.domain.policy import LabelThresholds, PolicyVersion, Rule, ThresholdRule
from dashboard import state

_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
_LONGEST_LINK = 6_000


@dataclass(frozen=True)
class Draft:
    """A rule that starts from a policy version."""

    base: PolicyVersion
    rule: Rule
    revision: int
    """Rises when the rule is replaced from outside its widgets, which then start anew."""

    @property
    def is_changed(self) -> bool:
        """Whether it differs from the version it starts from."""
        return self.rule != self.base.rule


def current() -> Draft:
    """The draft of this tab; at first the link's, or else the live policy as it is."""
    known: Draft | None = state.kept("policy_draft")
    if known is None:
        known = _from_link()
        state.keep("policy_draft", known)
    # Its mode may have changed since: versions never change otherwise.
    for version in state.workbench().catalogue.policies:
        if version.policy_version_id == known.base.policy_version_id:
            return Draft(version, known.rule, known.revision)
    return known


def link_problem() -> str | None:
    """What was wrong with the link's rule, said once."""
    problem: str | None = state.kept("policy_link_problem")
    state.keep("policy_link_problem", None)
    return problem


def start_from(base: PolicyVersion) -> None:
    """Starts anew from a version."""
    _put(Draft(base, base.rule, current().revision + 1))


def put_rule(rule: Rule) -> None:
    """Replaces the rule from outside the lab's widgets: they show it when they are drawn next."""
    draft = current()
    _put(Draft(draft.base, rule, draft.revision + 1))


def put_bounds(label: Label, bounds: LabelThresholds) -> None:
    """Replaces one label's bounds, which a threshold rule must be drafted for."""
    rule = current().rule
    if not isinstance(rule, ThresholdRule):
        raise TypeError("only rules with thresholds have bounds by label")
    put_rule(rule.model_copy(update={"thresholds": {**rule.thresholds, label: bounds}}))


def note_rule(rule: Rule) -> Draft:
    """Keeps what the lab's widgets show now."""
    draft = current()
    if rule != draft.rule:
        draft = Draft(draft.base, rule, draft.revision)
        _put(draft)
    elif draft.is_changed:
        # Another page has its own address; back here, the link must carry the rule again.
        _to_link(draft)
    return draft


def _put(draft: Draft) -> None:
    state.keep("policy_draft", draft)
    _to_link(draft)


def _to_link(draft: Draft) -> None:
    state.to_url("base", str(draft.base.policy_version_id))
    link = draft.rule.model_dump_json(exclude_none=True) if draft.is_changed else None
    # What a link cannot carry stays in the tab: half a rule would be another rule.
    state.to_url("rule", link if link and len(link) <= _LONGEST_LINK else None)


def _from_link() -> Draft:
    catalogue = state.workbench().catalogue
    asked = state.from_url("base")
    base = next(
        (each for each in catalogue.policies if str(each.policy_version_id) == asked),
        catalogue.policy,
    )
    try:
        text = state.from_url("rule")
        rule = _RULE.validate_json(text) if text else base.rule
    except ValidationError:
        state.keep(
            "policy_link_problem",
            "The link's rule was not understood. This is the version it started from.",
        )
        state.to_url("rule", None)
        rule = base.rule
    return Draft(base, rule, 0)
