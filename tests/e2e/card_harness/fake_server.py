"""The other side of the card, in memory: claims with fences, a ledger idempotent on uids."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from dashboard.components.review_card.review_card import (
    CardBatch,
    CardData,
    CardDecision,
    CardItem,
    CardPrefs,
    DecisionKind,
    ReturnedDecision,
)
from tests.e2e.card_harness.samples import REASONS, SKIP_REASONS, sample_item, special_items

_REOPENED = 1_000_000


@dataclass(frozen=True)
class Case:
    """What one test wants from the server; comes from the page's address."""

    name: str
    count: int = 40
    hold: int = 20
    dwell_ms: int = 150
    special: str = ""
    refuse: str = ""


@dataclass
class FakeServer:
    """One queue of one test; its ledger survives the process in a file."""

    case: Case
    folder: Path
    items: dict[int, CardItem] = field(default_factory=dict)
    receipts: dict[UUID, ReturnedDecision | None] = field(default_factory=dict)
    decided_items: set[int] = field(default_factory=set)
    have: tuple[int, ...] = ()
    seq: int = 0
    total: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        now = datetime.now(UTC)
        specials = special_items(self.case.special, now)
        for place in range(self.case.count):
            item = sample_item(place, now)
            item = item.model_copy(update=specials.get(place, {}))
            self.items[item.task_id] = item
        self.total = self.case.count
        for line in self._earlier_lines():
            self._apply(CardDecision.model_validate_json(line))

    @property
    def _ledger(self) -> Path:
        return self.folder / f"{self.case.name}.jsonl"

    def _earlier_lines(self) -> list[str]:
        return self._ledger.read_text().splitlines() if self._ledger.exists() else []

    def is_deaf(self) -> bool:
        """Whether the test made this server lose what it receives."""
        return (self.folder / f"{self.case.name}.deaf").exists()

    def mounted(self) -> None:
        """A page was opened or reloaded: its card holds nothing yet, whatever was told before."""
        self.have = ()

    def receive(self, batch: CardBatch) -> None:
        """Applies what is new and remembers what the browser holds."""
        with (self.folder / f"{self.case.name}.batches").open("a") as batches:
            batches.write(f"{len(batch.decisions)}\n")
        if self.is_deaf():
            return
        self.seq, self.have = batch.seq, batch.have
        for decision in batch.decisions:
            if decision.uid in self.receipts:
                continue
            if self._apply(decision):
                self._write(decision)

    def _write(self, decision: CardDecision) -> None:
        sent = decision.model_dump(mode="json")
        sent |= {"task_id": str(decision.task_id), "item_id": str(decision.item_id)}
        with self._ledger.open("a") as ledger:
            ledger.write(json.dumps(sent) + "\n")

    def _apply(self, decision: CardDecision) -> bool:
        refusal = self._refusal(decision)
        self.receipts[decision.uid] = refusal
        if refusal is not None:
            return False
        if decision.kind is DecisionKind.UNDO:
            self._reopen(decision)
        else:
            self.items[decision.task_id] = self.items[decision.task_id].model_copy(
                update={"fence": -1}
            )
            self.done += decision.kind is DecisionKind.DECIDE
        return True

    def _refusal(self, decision: CardDecision) -> ReturnedDecision | None:
        if decision.kind is DecisionKind.UNDO:
            return None
        item = self.items.get(decision.task_id)
        is_stale = item is None or item.fence != decision.fence
        wanted = self.case.refuse if self._is_first_decision() else ""
        if not is_stale and not wanted:
            return None
        message = "Not saved: anna decided reject on this item at 09:41 UTC."
        back = None
        if wanted == "back" and item is not None:
            message = "Not saved: the policy changed while you read. Please decide again."
            back = item.model_copy(update={"fence": item.fence + 1})
            self.items[item.task_id] = back
        elif item is not None:
            self.items[item.task_id] = item.model_copy(update={"fence": -1})
        return ReturnedDecision(
            uid=decision.uid, task_id=decision.task_id, message=message, item=back
        )

    def _is_first_decision(self) -> bool:
        return not self.receipts

    def _reopen(self, undo: CardDecision) -> None:
        again = self.items[undo.task_id].model_copy(
            update={"task_id": undo.task_id + _REOPENED, "fence": 7}
        )
        self.items = {again.task_id: again, **self.items}
        self.done -= 1

    def data(self) -> CardData:
        """What the card is told now."""
        now = datetime.now(UTC)
        waiting = [item for item in self.items.values() if item.fence > 0]
        held = waiting[: self.case.hold]
        lease = now + timedelta(minutes=5)
        is_renewed = self.case.special != "expiring"
        return CardData(
            items=tuple(item for item in held if item.task_id not in self.have),
            acked=tuple(uid for uid, refusal in self.receipts.items() if refusal is None),
            returned=tuple(refusal for refusal in self.receipts.values() if refusal is not None),
            waiting=len(waiting),
            done_today=41 + self.done,
            reasons=REASONS,
            skip_reasons=SKIP_REASONS,
            undo_seconds=300,
            prefs=CardPrefs(),
            server_now=now,
            batch_seq=self.seq,
            renewed_until=lease if is_renewed else None,
            dwell_ms=self.case.dwell_ms,
        )
