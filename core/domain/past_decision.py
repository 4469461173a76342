"""Past decisions as other tools write them: several on an item, each found again by its id."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID, uuid5

import polars as pl

from core.domain.decision import NOTE_MAX, Outcome
from core.domain.item import ID_MAX
from core.domain.label import CITABLE_LABELS, Label

#: One row per past decision; `row` is the row of the file that brought it.
PAST_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row": pl.Int64,
    "external_id": pl.String,
    "tenant_id": pl.String,
    "decision_id": pl.String,
    "outcome": pl.String,
    "reasons": pl.List(pl.String),
    "note": pl.String,
    "decided_by": pl.String,
    "decided_at": pl.Datetime("us", "UTC"),
    "handling_seconds": pl.Float64,
}
#: The longest handling time the ledger keeps, in seconds.
HANDLING_MAX = 86_400.0

_OUTCOME_WORDS = {
    "approve": Outcome.APPROVE, "approved": Outcome.APPROVE, "allow": Outcome.APPROVE,
    "allowed": Outcome.APPROVE, "keep": Outcome.APPROVE, "ok": Outcome.APPROVE,
    "ignore": Outcome.APPROVE, "clean": Outcome.APPROVE,
    "reject": Outcome.REJECT, "rejected": Outcome.REJECT, "remove": Outcome.REJECT,
    "removed": Outcome.REJECT, "delete": Outcome.REJECT, "deleted": Outcome.REJECT,
    "block": Outcome.REJECT, "blocked": Outcome.REJECT,
    "escalate": Outcome.ESCALATE, "escalated": Outcome.ESCALATE,
    "invalidate": Outcome.INVALIDATE, "invalid": Outcome.INVALIDATE,
}  # fmt: skip
_REASON_WORDS: dict[str, Label] = {
    **{label.value: label for label in CITABLE_LABELS},
    "toxic": Label.TOXICITY,
    "harassment": Label.TOXICITY,
    "hate": Label.HATE_SPEECH,
    "nsfw": Label.ADULT_CONTENT,
    # Values that labelers on the AT Protocol publish.
    "rude": Label.TOXICITY,
    "intolerant": Label.HATE_SPEECH,
    "threat": Label.VIOLENCE,
    "gore": Label.VIOLENCE,
    "graphic_media": Label.VIOLENCE,
    "porn": Label.ADULT_CONTENT,
    "sexual": Label.ADULT_CONTENT,
    "nudity": Label.ADULT_CONTENT,
    "misleading": Label.MISINFORMATION,
}
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_NAMESPACE = UUID("6f8e4b1c-5f0e-4b57-9a61-3d2b7c0a9e14")


def outcome_of(word: str) -> Outcome | None:
    """The outcome a word of another tool stands for; None where it stands for none."""
    return _OUTCOME_WORDS.get(_folded(word))


def reason_of(word: str) -> Label | None:
    """The reason of ours a word stands for, such as hate-speech or Hate speech; None for none."""
    return _REASON_WORDS.get(_folded(word))


def _folded(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")


def ordered(reasons: Iterable[Label]) -> list[Label]:
    """Each reason once, in the order of the digit keys."""
    cited = set(reasons)
    return [label for label in CITABLE_LABELS if label in cited]


def instant_of(value: object) -> datetime | None:
    """A point in time as ISO 8601 writes it, without a zone in UTC; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    zoned = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    return zoned.astimezone(UTC) if _EARLIEST <= zoned <= _LATEST else None


def content_id(*parts: object) -> str:
    """An id that the same facts always get, so that bringing them twice is bringing them once."""
    return str(uuid5(_NAMESPACE, "\x1f".join("" if part is None else str(part) for part in parts)))


def given_id(value: object) -> str | None:
    """An id that the file itself gives, as the ledger writes it; None when it is no UUID."""
    if not isinstance(value, str):
        return None
    try:
        return str(UUID(value))
    except ValueError:
        return None


class PastRows:
    """Past decisions read one by one; what a ledger cannot hold is a problem and left out."""

    def __init__(self) -> None:
        self._rows: list[tuple[object, ...]] = []
        self.problems: list[tuple[int, str, str, str | None]] = []

    def refuse(self, row: int, field: str, problem: str, excerpt: object = None) -> None:
        """Names a problem of a row."""
        shown = None if excerpt is None else str(excerpt)
        self.problems.append((row, field, problem, shown))

    def add(
        self,
        row: int,
        external_id: str | None,
        outcome: Outcome,
        *,
        tenant_id: str | None = None,
        decision_id: str | None = None,
        reasons: Iterable[Label] = (),
        note: str | None = None,
        decided_by: str | None = None,
        decided_at: datetime | None = None,
        seconds: object = None,
    ) -> None:
        """Keeps one decision; without `decision_id` it gets one from its facts when written."""
        for field, text, longest in (
            ("note", note, NOTE_MAX),
            ("decided_by", decided_by, ID_MAX),
            ("external_id", external_id, ID_MAX),
            ("tenant_id", tenant_id, ID_MAX),
        ):
            if text is not None and (problem := _unfit(text, longest)) is not None:
                self.refuse(row, field, f"{problem}; the decision was left out", text)
                return
        cited = [label.value for label in dict.fromkeys(reasons)]
        self._rows.append(
            (
                row, external_id, tenant_id, decision_id, outcome.value,
                cited if outcome is Outcome.REJECT else [], note or None,
                decided_by or None, decided_at, self._seconds(row, seconds),
            )
        )  # fmt: skip

    def _seconds(self, row: int, seconds: object) -> float | None:
        if seconds is None:
            return None
        if (
            isinstance(seconds, int | float)
            and not isinstance(seconds, bool)
            and 0 <= seconds <= HANDLING_MAX
        ):
            return float(seconds)
        self.refuse(
            row, "handling_seconds", "not 0 to 86,400; the decision is kept without it", seconds
        )
        return None

    def frame(self) -> pl.DataFrame:
        """What was kept so far, as PAST_SCHEMA says."""
        return pl.DataFrame(self._rows, schema=PAST_SCHEMA, orient="row")


def _unfit(text: str, longest: int) -> str | None:
    if len(text) > longest:
        return f"longer than {longest:,} characters"
    return "contains a NUL character" if "\x00" in text else None
