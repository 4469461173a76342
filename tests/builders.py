"""Valid things by default; a test overrides what it is about."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.decision import DecisionDraft, Outcome
from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import LabelThresholds
from core.engine.highlight import Highlight

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class FixedClock:
    """A clock that moves when it is told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.instant = now

    def now(self) -> datetime:
        return self.instant

    def advance(self, **delta: float) -> None:
        self.instant += timedelta(**delta)


class WordClassifier:
    """A small real classifier: a label's score rises with its word."""

    name = "words-1"
    kind = "lexical"
    version = "1"
    labels = SCORED_LABELS
    digest = "ab" * 32
    thresholds: ClassVar = {
        label: LabelThresholds(approve_below=0.3, reject_above=0.9)
        for label in SCORED_LABELS
        if label is not Label.SENTIMENT
    }
    WORDS: ClassVar = {"idiot": Label.TOXICITY, "vermin": Label.HATE_SPEECH, "pills": Label.SPAM,
             "sad": Label.SENTIMENT, "kill": Label.VIOLENCE, "nude": Label.ADULT_CONTENT}  # fmt: skip

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        scores = np.full((len(texts), len(self.labels)), 0.05, dtype=np.float32)
        for row, text in enumerate(texts):
            for word, label in self.WORDS.items():
                count = text.lower().count(word)
                column = self.labels.index(label)
                scores[row, column] = min(0.05 + 0.5 * count, 0.95)
        return scores

    def explain(self, text: str, limit: int) -> list[Highlight]:
        return [
            Highlight(start=start, end=start + len(word), label=label, weight=1.0)
            for word, label in self.WORDS.items()
            if (start := text.lower().find(word)) >= 0
        ][:limit]

    def glance(self, text: str, limit: int) -> list[Highlight]:
        return []


class PlainPasswords:
    """Quick, so that tests are; the slow ones are tested in tests/data/test_passwords.py."""

    nobodys = "nobody's"

    def __init__(self) -> None:
        self.checked: list[str] = []

    def digest(self, password: str) -> str:
        return f"digest of {password}"

    def fits(self, digest: str, password: str) -> bool:
        self.checked.append(digest)
        return digest == f"digest of {password}"


def item_frame(*bodies: str, **columns: Any) -> pl.DataFrame:
    """Items as the store takes them, one per body."""
    count = len(bodies)
    values: dict[str, Any] = {
        "tenant_id": "acme", "author_id": "ann", "content_type": "text", "title": None,
        "language": "en", "language_detected": False, "source": None, "thread_id": None,
        "metadata": None, "created_at": NOON - timedelta(hours=1),
        "ingested_at": NOON - timedelta(hours=1), "import_id": None,
    }  # fmt: skip
    values |= columns
    ids = values.pop("external_id", [f"e{number}" for number in range(count)])
    frame = pl.DataFrame({"external_id": ids, "body": list(bodies)})
    schema = {
        "author_id": pl.String, "title": pl.String, "source": pl.String, "thread_id": pl.String,
        "metadata": pl.String, "import_id": pl.Int64,
    }  # fmt: skip
    frame = frame.with_columns(
        **{
            name: pl.Series(name, value) if isinstance(value, list)
            else pl.lit(value, dtype=schema.get(name))
            for name, value in values.items()
        }
    )  # fmt: skip
    return frame.with_columns(
        tags=pl.Series([[]] * count, dtype=pl.List(pl.String)),
        content_hash=pl.Series(
            [hashlib.sha256(body.encode()).digest() for body in bodies], dtype=pl.Binary
        ),
    )


def a_draft(item_id: int, **facts: Any) -> DecisionDraft:
    """An approval, unless said otherwise."""
    values: dict[str, Any] = {
        "decision_id": uuid4(), "item_id": item_id, "outcome": Outcome.APPROVE,
        "handling_seconds": 4.0,
    }  # fmt: skip
    return DecisionDraft(**(values | facts))
