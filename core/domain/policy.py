"""Policies: weights and thresholds, fixed once published."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from core.domain.label import Label
from core.domain.record import Record

Fraction = Annotated[float, Field(ge=0, le=1)]


class PolicyMode(StrEnum):
    """The stage of a policy version's life."""

    DRAFT = "draft"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


class LabelThresholds(Record):
    """The two bounds of one label; `reject_above` None means that only people reject."""

    approve_below: Fraction
    reject_above: Fraction | None = None

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


class ThresholdRule(Record):
    """Each label has its own bounds; the worst label decides."""

    kind: Literal["thresholds"] = "thresholds"
    thresholds: dict[Label, LabelThresholds]


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

    @property
    def display_name(self) -> str:
        """The version as people say it, such as "default v1"."""
        return f"{self.name} v{self.number}"
