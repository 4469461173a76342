"""What a policy version concludes from an item's scores."""

from enum import StrEnum

from core.domain.label import Label
from core.domain.record import Record


class VerdictKind(StrEnum):
    """The three conclusions of a policy."""

    APPROVE = "approve"
    REVIEW = "review"
    REJECT = "reject"


class Verdict(Record):
    """A policy version's conclusion and how it came about."""

    kind: VerdictKind
    overall: float | None
    """The policy's one number, 0..1; None when no label it reads was scored."""
    contributions: dict[Label, float]
    """Each label's part in `overall`."""
    reasons: tuple[Label, ...]
    """What the labels at or above their review threshold cite, in the fixed order of labels."""
    distance: float | None
    """Distance of the closest score to its nearest threshold, 0..1: small means uncertain."""
    agreement: float | None
    """1 - population variance of the scores: how far labels agree, not certainty."""
