"""Queries behind exports for other tools: items with their answers, and the ledger."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, select

from core.domain.decision import Outcome
from core.domain.label import SCORED_LABELS
from core.store.items import Selection
from data.sql.selection import selected
from data.sql.tables import decision, item, model_version, score, verdict


class Keys(NamedTuple):
    """The keys of a page: all from the first to the last, both included."""

    first: int
    last: int

    def hold(self, column: ColumnElement[int]) -> ColumnElement[bool]:
        """The condition that keeps a key column to the page."""
        return column.between(self.first, self.last)


def answers(selection: Selection, keys: Keys) -> Select[Any]:
    """The items with what the model, the policy and people said: one row per item and decision.

    An item without decisions has one row, whose decision columns are null.
    """
    source, condition = selected(selection)
    scored, concluded, entry = score.alias("scored"), verdict.alias("concluded"), decision.alias()
    joined = (
        source.outerjoin(
            scored,
            and_(
                scored.c.item_id == item.c.item_id,
                scored.c.model_version_id == selection.model_version_id,
                keys.hold(scored.c.item_id),
            ),
        )
        .outerjoin(model_version, model_version.c.model_version_id == scored.c.model_version_id)
        .outerjoin(
            concluded,
            and_(
                concluded.c.item_id == item.c.item_id,
                concluded.c.policy_version_id == selection.policy_version_id,
                keys.hold(concluded.c.item_id),
            ),
        )
        .outerjoin(
            entry,
            and_(
                entry.c.item_id == item.c.item_id,
                entry.c.source != "policy",
                keys.hold(entry.c.item_id),
            ),
        )
    )
    return (
        select(
            item.c.item_id, item.c.tenant_id, item.c.external_id, item.c.author_id,
            item.c.content_type, item.c.title, item.c.body, item.c.language, item.c.tags,
            item.c.source, item.c.thread_id, item.c.created_at,
            model_version.c.name.label("model"), model_version.c.version.label("model_version"),
            *(scored.c[label.value] for label in SCORED_LABELS),
            concluded.c.verdict, concluded.c.overall, concluded.c.reasons.label("verdict_reasons"),
            entry.c.decision_seq, entry.c.decision_id, entry.c.outcome, entry.c.reasons,
            entry.c.note, entry.c.actor, entry.c.decided_at, entry.c.handling_seconds,
            entry.c.reverses_id,
        )
        .select_from(joined)
        .where(condition, keys.hold(item.c.item_id))
        .order_by(item.c.item_id, entry.c.decision_seq)
    )  # fmt: skip


def labels(selection: Selection, keys: Keys) -> Select[Any]:
    """The ledger of the items that were ever rejected, item by item, each in its order."""
    source, condition = selected(selection)
    entry = decision.alias("entry")
    rejected = select(decision.c.item_id).where(
        decision.c.outcome == Outcome.REJECT.value, keys.hold(decision.c.item_id)
    )
    return (
        select(
            item.c.item_id,
            item.c.tenant_id,
            item.c.external_id,
            entry.c.decision_id,
            entry.c.outcome,
            entry.c.standing_outcome,
            entry.c.reasons,
            entry.c.decided_at,
            entry.c.reverses_id,
        )
        .select_from(source.join(entry, entry.c.item_id == item.c.item_id))
        .where(
            condition,
            keys.hold(item.c.item_id),
            keys.hold(entry.c.item_id),
            item.c.item_id.in_(rejected),
        )
        .order_by(item.c.item_id, entry.c.decision_seq)
    )
