"""The ledger of decisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import Select, insert, select

from core.domain.decision import Decision, Outcome, Source
from data.sql.outbox import Outbox
from data.sql.part import Part
from data.sql.selection import newest_decisions
from data.sql.tables import decision


class SqlDecisions(Part):
    """Appends to and reads the ledger."""

    def append(self, decisions: Sequence[Decision]) -> None:
        """Appends decisions, and what webhooks are to be told of them."""
        if decisions:
            self._unit.has_news = True
            self._connection.execute(
                insert(decision), [entry.model_dump(mode="python") for entry in decisions]
            )
            Outbox(self._unit).add(decisions)

    def append_frame(self, frame: pl.DataFrame) -> None:
        """Appends many decisions by the bulk path, and what webhooks are to be told of them."""
        self._unit.has_news = True
        self._dialect.bulk_insert(self._connection, decision, frame)
        Outbox(self._unit).add_frame(frame)

    def find(self, decision_id: UUID, since: datetime) -> Decision | None:
        """The decision with this id, if it was made after `since`.

        The bound on time lets the database skip all old row groups without an index.
        """
        found = self.find_many([decision_id], since)
        return found[0] if found else None

    def find_many(self, decision_ids: Sequence[UUID], since: datetime) -> list[Decision]:
        """The decisions with these ids that were made after `since`."""
        return self._all(
            select(decision).where(
                decision.c.decision_id.in_(list(decision_ids)), decision.c.decided_at >= since
            )
        )

    def find_batch(self, batch_id: UUID, since: datetime) -> list[Decision]:
        """The decisions of a batch made after `since`."""
        return self._all(
            select(decision)
            .where(decision.c.batch_id == batch_id, decision.c.decided_at >= since)
            .order_by(decision.c.decision_seq)
        )

    def standing(self, item_id: int) -> Decision | None:
        """The newest decision on the item that was not taken back."""
        chain = self.chain(item_id)
        withdrawn = {entry.reverses_id for entry in chain if entry.outcome is Outcome.WITHDRAW}
        kept = [
            entry
            for entry in chain
            if entry.outcome is not Outcome.WITHDRAW and entry.decision_id not in withdrawn
        ]
        return kept[-1] if kept else None

    def chain(self, item_id: int) -> list[Decision]:
        """All decisions on the item, oldest first."""
        return self._all(
            select(decision).where(decision.c.item_id == item_id).order_by(decision.c.decision_seq)
        )

    def is_reversed(self, decision_id: UUID, since: datetime) -> bool:
        """Whether a later entry names this decision as the one it reverses."""
        query = (
            select(decision.c.decision_seq)
            .where(decision.c.reverses_id == decision_id, decision.c.decided_at >= since)
            .limit(1)
        )
        return self._connection.execute(query).first() is not None

    def people_since(self, item_ids: Sequence[int], since: datetime) -> list[tuple[int, str]]:
        """(item, who) of the decisions that people made on these items since then."""
        query = select(decision.c.item_id, decision.c.actor).where(
            decision.c.decided_at > since,
            decision.c.item_id.in_(list(item_ids)),
            decision.c.source == Source.HUMAN.value,
        )
        return [(int(row.item_id), str(row.actor)) for row in self._connection.execute(query)]

    def outcomes_by_people(self, item_ids: Sequence[int]) -> dict[int, str]:
        """What a person (or an import) decided, of those of the items on which that stands."""
        newest = newest_decisions(item_ids)
        query = select(newest.c.item_id, newest.c.standing_outcome).where(
            newest.c.standing_outcome.is_not(None), newest.c.source != Source.POLICY.value
        )
        return {int(row[0]): str(row[1]) for row in self._connection.execute(query)}

    def _all(self, query: Select[Any]) -> list[Decision]:
        rows = self._connection.execute(query).mappings()
        return [Decision.model_validate(dict(row)) for row in rows]
