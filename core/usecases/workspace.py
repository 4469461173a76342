"""What use cases need around them: the store, the clock and the choices in force."""

from dataclasses import dataclass, field
from datetime import timedelta

from core.clock import Clock
from core.domain.identifiers import IdSequence
from core.store.store import Store


@dataclass(frozen=True)
class ReviewRules:
    """The numbers behind claims, undo and sampling."""

    lease: timedelta = timedelta(minutes=5)
    claim_cap: int = 40
    undo_window: timedelta = timedelta(minutes=5)
    skip_pause: timedelta = timedelta(hours=8)
    random_share: float = 0.05
    repeat_window: timedelta = timedelta(days=30)
    """How long a resent decision id is recognised."""


@dataclass(frozen=True)
class Workspace:
    """The store with the clock, the ids and the rules that use cases work by."""

    store: Store
    clock: Clock
    ids: IdSequence
    rules: ReviewRules = field(default_factory=ReviewRules)
