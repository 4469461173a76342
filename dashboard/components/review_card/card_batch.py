"""What the review card sends. The browser is untrusted: everything is checked here."""

from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    ValidationError,
    model_validator,
)

from core.domain.decision import NOTE_MAX, Outcome
from core.domain.label import CITABLE_LABELS, Label
from core.domain.record import Record
from core.errors import DecisionError

_MAX_DECISIONS = 500
_MAX_HAVE = 500
_MAX_ID = 2**63 - 1
_ID_DIGITS = 19


def _id_from_text(value: object) -> int:
    """The id that a string of digits spells; ids never travel as JSON numbers."""
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise ValueError("an id must be a string of digits")
    if len(value) > _ID_DIGITS or int(value) > _MAX_ID:
        raise ValueError("an id must fit into 64 bits")
    return int(value)


def _citable(label: Label) -> Label:
    if label not in CITABLE_LABELS:
        raise ValueError("this label cannot be cited as a reason")
    return label


def _clean_note(note: str) -> str | None:
    """The note without NUL characters, which databases refuse; None when nothing is left."""
    return note.replace("\x00", "").strip() or None


SentId = Annotated[int, BeforeValidator(_id_from_text)]
SentOutcome = Literal[Outcome.APPROVE, Outcome.REJECT, Outcome.ESCALATE, Outcome.INVALIDATE]


class DecisionKind(StrEnum):
    """What a message of the card does."""

    DECIDE = "decide"
    UNDO = "undo"
    SKIP = "skip"


class CardDecision(Record):
    """One decision, undo or skip, with the id of the item that was on screen."""

    uid: UUID
    kind: DecisionKind
    task_id: SentId
    item_id: SentId
    fence: Annotated[int, Field(ge=0, le=_MAX_ID)]
    outcome: SentOutcome | None = None
    reasons: Annotated[
        tuple[Annotated[Label, AfterValidator(_citable)], ...],
        Field(max_length=len(CITABLE_LABELS)),
    ] = ()
    note: Annotated[
        Annotated[str, Field(max_length=NOTE_MAX), AfterValidator(_clean_note)] | None, Field()
    ] = None
    reason: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    handling_seconds: Annotated[float, Field(ge=0, le=86_400)]
    shown_at: AwareDatetime
    highlight_shown: bool
    score_shown: bool
    undoes: UUID | None = None

    @model_validator(mode="after")
    def _fields_fit_the_kind(self) -> Self:
        if (self.outcome is not None) != (self.kind is DecisionKind.DECIDE):
            raise ValueError("an outcome belongs to a decision, and only there")
        if (self.reason is not None) != (self.kind is DecisionKind.SKIP):
            raise ValueError("a skip reason belongs to a skip, and only there")
        if (self.undoes is not None) != (self.kind is DecisionKind.UNDO):
            raise ValueError("an undo names the decision that it takes back")
        if bool(self.reasons) != (self.outcome is Outcome.REJECT):
            raise ValueError("a rejection, and only a rejection, cites at least one reason")
        return self


class MalformedDecision(Record):
    """A message that failed the check: to be returned, so that the card stops sending it."""

    uid: UUID
    task_id: int
    message: str


class CardBatch(Record):
    """All that the card has not seen confirmed, and which items it holds."""

    seq: int
    have: tuple[int, ...]
    decisions: tuple[CardDecision, ...]
    malformed: tuple[MalformedDecision, ...] = ()
    heartbeat: bool


class _Envelope(Record):
    seq: Annotated[int, Field(ge=0, le=_MAX_ID)]
    have: Annotated[tuple[SentId, ...], Field(max_length=_MAX_HAVE)]
    decisions: Annotated[tuple[dict[str, object], ...], Field(max_length=_MAX_DECISIONS)]
    heartbeat: bool


class _Identity(Record, extra="ignore"):
    uid: UUID
    task_id: SentId


def parse_batch(raw: object) -> CardBatch:
    """The batch that the browser sent; bad messages are set aside, a bad envelope raises."""
    try:
        envelope = _Envelope.model_validate(raw)
    except ValidationError as error:
        raise DecisionError(
            "The page sent something that is not a batch of decisions. Reload the page: "
            f"unsaved decisions stay in the tab. ({_first_fault(error)})"
        ) from error
    decisions: list[CardDecision] = []
    malformed: list[MalformedDecision] = []
    for sent in envelope.decisions:
        try:
            decisions.append(CardDecision.model_validate(sent))
        except ValidationError as error:
            malformed.append(_set_aside(sent, error))
    return CardBatch(
        seq=envelope.seq,
        have=envelope.have,
        decisions=tuple(decisions),
        malformed=tuple(malformed),
        heartbeat=envelope.heartbeat,
    )


def _set_aside(sent: dict[str, object], error: ValidationError) -> MalformedDecision:
    try:
        identity = _Identity.model_validate(sent)
    except ValidationError as unnamed:
        raise DecisionError(
            "The page sent a decision that names neither itself nor its task. Reload the page. "
            f"({_first_fault(unnamed)})"
        ) from unnamed
    return MalformedDecision(
        uid=identity.uid,
        task_id=identity.task_id,
        message=f"Not saved, because the page sent it incomplete: {_first_fault(error)}.",
    )


def _first_fault(error: ValidationError) -> str:
    """Which field is wrong and why, without repeating what was sent."""
    fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}" if place else fault["msg"]
