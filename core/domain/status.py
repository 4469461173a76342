"""The only place where an item's status is worked out."""

from enum import StrEnum
from typing import assert_never

from core.domain.decision import Outcome
from core.domain.verdict import VerdictKind


class Status(StrEnum):
    """Where an item stands; a function of its verdict and its decisions, never stored."""

    PENDING = "pending"
    FLAGGED = "flagged"
    APPROVED = "approved"
    REJECTED = "rejected"
    INVALID = "invalid"


def status_of(
    verdict: VerdictKind | None, standing: Outcome | None, *, waits: bool = False
) -> Status:
    """The status that follows from the live policy's verdict and the standing decision.

    `standing` is the outcome of the newest decision that was not taken back, whoever made it; a
    person's decision therefore always beats the verdict. What `waits` in a queue is flagged until
    somebody decides, even if a policy published since would approve it.
    """
    match standing:
        case Outcome.APPROVE:
            return Status.APPROVED
        case Outcome.REJECT:
            return Status.REJECTED
        case Outcome.ESCALATE:
            return Status.FLAGGED
        case Outcome.INVALIDATE:
            return Status.INVALID
        case Outcome.WITHDRAW:
            raise ValueError("a withdrawal is never the standing outcome")
        case None:
            return Status.FLAGGED if waits else _status_of_verdict(verdict)
        case _:
            assert_never(standing)


def _status_of_verdict(verdict: VerdictKind | None) -> Status:
    match verdict:
        case None:
            return Status.PENDING
        case VerdictKind.APPROVE:
            return Status.APPROVED
        case VerdictKind.REVIEW:
            return Status.FLAGGED
        case VerdictKind.REJECT:
            return Status.REJECTED
        case _:
            assert_never(verdict)
