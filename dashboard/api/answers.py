"""What the API says of content. Ids are texts: many readers of JSON round 64-bit numbers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from core.domain.decision import Decision, Outcome, Source
from core.domain.item import ContentType, Item
from core.domain.label import SCORED_LABELS, Label
from core.domain.status import Status
from core.domain.verdict import VerdictKind
from core.policies.evaluate import agreement

ItemId = Annotated[str, Field(pattern=r"^[0-9]{1,19}$", examples=["123456789012345678"])]


class Answer(BaseModel):
    """Base of everything the API answers."""

    model_config = ConfigDict(frozen=True)


class Judged(Answer):
    """What the model in use and the live policy say of an item, and where it stands."""

    status: Status
    scores: Annotated[
        dict[Label, float], Field(description="0..1 by label; empty while it waits for scores.")
    ]
    verdict: VerdictKind | None
    overall: Annotated[float | None, Field(description="The policy's one number, 0..1.")]
    reasons: Annotated[tuple[Label, ...], Field(description="What the verdict cites.")]
    agreement: Annotated[
        float | None,
        Field(description="1 - population variance of the scores: how far labels agree, no more."),
    ]
    queue: Annotated[str | None, Field(description="Where it waits for a person.")]


def judged_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `Judged`, from an item's row as lists have it."""
    scores = {
        label: _short(value) for label in SCORED_LABELS if (value := row[label.value]) is not None
    }
    return {
        "status": row["status"],
        "scores": scores,
        "verdict": row["verdict"],
        "overall": row["overall"],
        "reasons": tuple(row["verdict_reasons"] or ()),
        "agreement": agreement(list(scores.values())),
        "queue": row["queue"],
    }


def _short(score: float) -> float:
    """A score without the digits that single precision does not have."""
    return float(f"{score:.7g}")


class ContentResult(Judged):
    """One piece of content that was sent, with what was made of it."""

    position: Annotated[int, Field(description="Its place in what was sent, from 0.")]
    id: ItemId
    external_id: str
    is_new: Annotated[bool, Field(description="False: it was there before, and nothing changed.")]


class Refused(Answer):
    """One piece of content that was not kept (with partial=true), and why."""

    position: int
    field: Annotated[str, Field(description="Such as `items[3].body`.")]
    problem: str


class IngestAnswer(Answer):
    """Content that was kept and scored."""

    results: tuple[ContentResult, ...]
    refused: tuple[Refused, ...]
    processing_time_ms: Annotated[float, Field(description="From the first byte read to the end.")]


class Accepted(Answer):
    """One piece of content that was kept and waits for its scores."""

    position: int
    id: ItemId
    external_id: str
    is_new: bool


class AcceptedAnswer(Answer):
    """Content that was kept; the job gives it scores."""

    job_id: Annotated[str, Field(description="For GET /jobs/{job_id}.")]
    accepted: tuple[Accepted, ...]
    refused: tuple[Refused, ...]


class DecisionAnswer(Answer):
    """One entry of the ledger."""

    decision_id: str
    outcome: Outcome
    reasons: tuple[Label, ...]
    note: str | None
    source: Source
    actor: str
    policy_version_id: str | None
    decided_at: datetime
    effective_at: Annotated[datetime, Field(description="Until then it can be taken back.")]
    reverses_id: str | None

    @classmethod
    def of(cls, entry: Decision) -> "DecisionAnswer":
        """The entry as it is sent."""
        policy, reverses = entry.policy_version_id, entry.reverses_id
        return cls(
            decision_id=str(entry.decision_id), outcome=entry.outcome, reasons=entry.reasons,
            note=entry.note, source=entry.source, actor=entry.actor,
            policy_version_id=str(policy) if policy is not None else None,
            decided_at=entry.decided_at, effective_at=entry.effective_at,
            reverses_id=str(reverses) if reverses else None,
        )  # fmt: skip


class ContentRow(Judged):
    """One item of a list."""

    id: ItemId
    external_id: str
    author_id: str | None
    title: str | None
    body: str
    language: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "ContentRow":
        """The row as it is sent."""
        own = {name: row[name] for name in ("external_id", "author_id", "title", "body",
                                            "language", "created_at")}  # fmt: skip
        return cls(id=str(row["item_id"]), **own, **judged_of(row))


class ContentPage(Answer):
    """A page of items, newest first."""

    items: tuple[ContentRow, ...]
    next_cursor: Annotated[str | None, Field(description="For the next page; null at the end.")]


class ContentDetailAnswer(Judged):
    """An item with every decision on it, oldest first."""

    id: ItemId
    external_id: str
    author_id: str | None
    content_type: ContentType
    title: str | None
    body: str
    language: str | None
    language_detected: bool
    tags: tuple[str, ...]
    metadata: dict[str, Any]
    source: str | None
    thread_id: str | None
    created_at: datetime
    ingested_at: datetime
    decisions: tuple[DecisionAnswer, ...]

    @classmethod
    def of(
        cls, item: Item, row: Mapping[str, Any], decisions: tuple[Decision, ...]
    ) -> "ContentDetailAnswer":
        """The item as it is sent."""
        own = item.model_dump(exclude={"item_id", "tenant_id", "content_hash", "import_id"})
        return cls(
            id=str(item.item_id), **own, **judged_of(row),
            decisions=tuple(DecisionAnswer.of(entry) for entry in decisions),
        )  # fmt: skip
