"""What the review card shows: typed here, JSON in the browser."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, JsonValue, PlainSerializer

from core.domain.label import Label
from core.domain.record import Record
from core.domain.verdict import VerdictKind

#: Ids are 64-bit; numbers in JavaScript are exact to 53 bits only, so ids travel as text.
WireId = Annotated[int, PlainSerializer(str, return_type=str)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Segment = tuple[str, Label | None]

#: A key pressed sooner than this after an item was painted decides nothing.
DWELL_GUARD_MS = 150


class ScoreLine(Record):
    """One label's score beside the thresholds that the policy applies to it."""

    label: Label
    words: str
    score: Share | None
    review_at: Share | None = None
    reject_at: Share | None = None


class PriorityTerm(Record):
    """One stored term of the task's priority: a part of the answer to "why is this first?"."""

    term: str
    value: float
    words: str


class RecentItem(Record):
    """One of the author's latest items and what became of it."""

    excerpt: str
    outcome: str | None
    when: str


class AuthorHistory(Record):
    """How the author's other items were decided, and the latest of them."""

    total: Count
    rejected: Count
    approved: Count
    waiting: Count
    recent: Annotated[tuple[RecentItem, ...], Field(max_length=5)] = ()


class CardItem(Record):
    """Everything about one claimed task that the card shows."""

    task_id: WireId
    item_id: WireId
    fence: int
    title: tuple[Segment, ...] = ()
    body: tuple[Segment, ...]
    language: str | None
    language_detected: bool = False
    age: str
    created: AwareDatetime
    tenant: str
    author: str
    queue: str
    scores: tuple[ScoreLine, ...] = ()
    verdict: VerdictKind | None = None
    overall: Share | None = None
    reasons: tuple[Label, ...] = ()
    why: tuple[PriorityTerm, ...] = ()
    author_history: AuthorHistory | None = None
    severe: bool = False
    blind: bool = False
    """To be judged without anything that a model says of it: nothing of that may be in here."""
    model: str
    policy: str
    due: str | None = None
    lease_until: AwareDatetime | None = None
    context: str | None = None
    sample_note: str | None = None


class ReturnedDecision(Record):
    """A message the server refused: the sentence to show, and the item if it stays here."""

    uid: UUID
    task_id: WireId
    message: str
    item: CardItem | None = None


class Choice(Record):
    """A reason that one digit chooses."""

    code: str
    words: str
    key: Annotated[str, Field(pattern=r"^[1-9]$")]


class CardPrefs(Record):
    """The reviewer's saved wishes for the display."""

    blur: bool = True
    highlights: bool = True


class CardData(Record):
    """What one run of the page tells the card."""

    items: tuple[CardItem, ...] = ()
    """Only the items that the browser lacks: those not in the last batch's `have`."""
    acked: tuple[UUID, ...] = ()
    returned: tuple[ReturnedDecision, ...] = ()
    revoked: tuple[WireId, ...] = ()
    waiting: Count
    done_today: Count
    also_looking: Annotated[tuple[str, ...], Field(max_length=4)] = ()
    """Who else holds items of this queue: a courtesy; claims keep people apart."""
    reasons: tuple[Choice, ...]
    skip_reasons: tuple[Choice, ...]
    undo_seconds: Annotated[int, Field(gt=0)]
    prefs: CardPrefs = CardPrefs()
    server_now: AwareDatetime
    batch_seq: int = 0
    """The last batch's `seq`: makes every answer differ from the one before."""
    renewed_until: AwareDatetime | None = None
    """The lease of every item in `have`, after a renewal."""
    dwell_ms: Count = DWELL_GUARD_MS

    def to_wire(self, keep_under: str) -> dict[str, JsonValue]:
        """The JSON the browser receives; `keep_under` names the storage in its tab."""
        return {**self.model_dump(mode="json"), "keep_under": keep_under}
