"""Policies: weights and thresholds, fixed once published."""

import math
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from core.domain.label import SCORED_LABELS, Label
from core.domain.record import Record

Fraction = Annotated[float, Field(ge=0, le=1)]


class PolicyMode(StrEnum):
    """The stage of a policy version's life."""

    DRAFT = "draft"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


class Place(Record):
    """What overrides look at besides scores."""

    tenant: str | None = None
    language: str | None = None


#: Nowhere in particular: only the rule's own bounds apply.
NOWHERE = Place()


class LabelThresholds(Record):
    """The two bounds of one label; `reject_above` None means that only people reject."""

    approve_below: Fraction
    reject_above: Fraction | None = None
    cites: Label | None = None
    """The reason given when the label reaches its bound; None: the label itself."""

    @model_validator(mode="after")
    def _in_order(self) -> "LabelThresholds":
        if self.reject_above is not None and self.reject_above < self.approve_below:
            raise ValueError("reject_above must not be below approve_below")
        return self


class WeightedRule(Record):
    """Overall = weighted mean of label scores; below one bound approve, above the other reject."""

    kind: Literal["weighted"] = "weighted"
    weights: dict[Label, Fraction]
    approve_below: Fraction
    reject_above: Fraction

    @model_validator(mode="after")
    def _makes_sense(self) -> "WeightedRule":
        _scored_only(self.weights)
        total = math.fsum(self.weights.values())
        if total <= 0:
            raise ValueError("the weights sum to 0: no score would count")
        if total > 1 + 1e-9:
            raise ValueError(f"the weights sum to {total:g}: at most 1, or scores pass 1")
        if self.reject_above < self.approve_below:
            raise ValueError("reject_above must not be below approve_below")
        return self


class Override(Record):
    """Other bounds for some labels, where the tenant and the language are these."""

    tenant: str | None = None
    language: str | None = None
    thresholds: dict[Label, LabelThresholds]

    @model_validator(mode="after")
    def _is_for_somewhere(self) -> "Override":
        if self.tenant is None and self.language is None:
            raise ValueError("an override needs a tenant or a language")
        return self

    def applies(self, place: Place) -> bool:
        """Whether an item there falls under it."""
        return (self.tenant is None or self.tenant == place.tenant) and (
            self.language is None or self.language == place.language
        )


class ThresholdRule(Record):
    """Each label has its own bounds; the worst label decides. The last matching override wins."""

    kind: Literal["thresholds"] = "thresholds"
    thresholds: dict[Label, LabelThresholds]
    overrides: tuple[Override, ...] = ()

    @model_validator(mode="after")
    def _makes_sense(self) -> "ThresholdRule":
        _scored_only(self.thresholds)
        if not self.thresholds:
            raise ValueError("no label has a bound: everything would be approved")
        for override in self.overrides:
            if unknown := set(override.thresholds) - set(self.thresholds):
                names = ", ".join(sorted(unknown))
                raise ValueError(f"an override has bounds for {names}, which the rule leaves out")
        return self

    def bounds_at(self, place: Place) -> dict[Label, LabelThresholds]:
        """The bounds that apply to an item there."""
        bounds = dict(self.thresholds)
        for override in self.overrides:
            if override.applies(place):
                bounds.update(override.thresholds)
        return bounds


def _scored_only(labels: Iterable[Label]) -> None:
    if unscored := set(labels) - set(SCORED_LABELS):
        raise ValueError(f"{', '.join(sorted(unscored))} is cited by people and has no score")


Rule = Annotated[WeightedRule | ThresholdRule, Field(discriminator="kind")]


class PolicyVersion(Record):
    """One numbered version of a named policy, reading the scores of one model version."""

    policy_version_id: int
    name: str
    number: int
    mode: PolicyMode
    model_version_id: int
    rule: Rule
    author: str
    created_at: datetime
    published_at: datetime | None = None
    share: Fraction = 1.0
    """For which share of new items it is live, while it is."""
    note: str | None = None
    """What was said at its last change of mode."""
    changed_at: datetime | None = None
    """Since when it has its mode."""
    changed_by: str | None = None

    @property
    def display_name(self) -> str:
        """The version as people say it, such as "default v1"."""
        return f"{self.name} v{self.number}"


class PolicyChange(Record):
    """One step in a version's life."""

    mode: PolicyMode
    actor: str
    changed_at: datetime
    share: float | None
    preview: str | None
    """The preview that was looked at, as JSON."""
    note: str | None
