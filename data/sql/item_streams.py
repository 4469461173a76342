"""Queries behind exports: whole selections, without row objects, a page of keys at a time.

A page is sorted and joined by itself, so that a selection of any length needs the memory of one
page; the sort of a whole selection would hold all of its texts.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, and_, select

from core.domain.label import SCORED_LABELS
from core.store.items import Selection
from data.sql.interop_streams import Keys, answers, labels
from data.sql.selection import newest_decisions, selected, status_expression, waiting_items
from data.sql.tables import decision, item, model_version, policy_version, score, verdict


def _items(selection: Selection, keys: Keys) -> Select[Any]:
    standing = newest_decisions(select(item.c.item_id).where(keys.hold(item.c.item_id)))
    source, condition = selected(selection)
    concluded = verdict.alias("concluded")
    waiting = waiting_items()
    status = status_expression(standing.c.standing_outcome, concluded.c.verdict, waiting.c.item_id)
    joined = (
        source.outerjoin(standing, standing.c.item_id == item.c.item_id)
        .outerjoin(waiting, waiting.c.item_id == item.c.item_id)
        .outerjoin(
            concluded,
            and_(
                concluded.c.item_id == item.c.item_id,
                concluded.c.policy_version_id == selection.policy_version_id,
                keys.hold(concluded.c.item_id),
            ),
        )
    )
    return (
        select(
            item.c.item_id,
            item.c.tenant_id,
            item.c.external_id,
            item.c.author_id,
            item.c.content_type,
            item.c.title,
            item.c.body,
            item.c.language,
            item.c.language_detected,
            item.c.tags,
            item.c.source,
            item.c.thread_id,
            item.c.created_at,
            item.c.ingested_at,
            status.label("status"),
            concluded.c.verdict,
            concluded.c.overall,
            standing.c.standing_outcome.label("outcome"),
            standing.c.reasons.label("reasons"),
            standing.c.source.label("decided_by_kind"),
            standing.c.actor.label("decided_by"),
            standing.c.decided_at,
        )
        .select_from(joined)
        .where(condition, keys.hold(item.c.item_id))
        .order_by(item.c.item_id)
    )


def _scores(selection: Selection, keys: Keys) -> Select[Any]:
    source, condition = selected(selection)
    scored = score.alias("scored")
    return (
        select(
            item.c.item_id,
            item.c.tenant_id,
            item.c.external_id,
            model_version.c.name.label("model"),
            model_version.c.version.label("model_version"),
            *(scored.c[label.value] for label in SCORED_LABELS),
            scored.c.scored_at,
        )
        .select_from(
            source.join(scored, scored.c.item_id == item.c.item_id).join(
                model_version, model_version.c.model_version_id == scored.c.model_version_id
            )
        )
        .where(condition, keys.hold(item.c.item_id), keys.hold(scored.c.item_id))
        .order_by(item.c.item_id, scored.c.model_version_id)
    )


def _decisions(selection: Selection, keys: Keys) -> Select[Any]:
    source, condition = selected(selection)
    entry = decision.alias("entry")
    return (
        select(
            entry.c.decision_seq,
            entry.c.decision_id,
            item.c.item_id,
            item.c.tenant_id,
            item.c.external_id,
            entry.c.outcome,
            entry.c.standing_outcome,
            entry.c.reasons,
            entry.c.note,
            entry.c.source,
            entry.c.actor,
            policy_version.c.name.label("policy"),
            policy_version.c.number.label("policy_number"),
            entry.c.decided_at,
            entry.c.effective_at,
            entry.c.handling_seconds,
            entry.c.reverses_id,
        )
        .select_from(
            source.join(entry, entry.c.item_id == item.c.item_id).outerjoin(
                policy_version, policy_version.c.policy_version_id == entry.c.policy_version_id
            )
        )
        .where(condition, keys.hold(entry.c.decision_seq))
        .order_by(entry.c.decision_seq)
    )


def _decision_keys(selection: Selection) -> Select[Any]:
    source, condition = selected(selection)
    return (
        select(decision.c.decision_seq)
        .select_from(source.join(decision, decision.c.item_id == item.c.item_id))
        .where(condition)
    )


#: What can be exported, by name: the rows of a page of items (decisions: of ledger entries).
STREAMS: dict[str, Callable[[Selection, Keys], Select[Any]]] = {
    "items": _items,
    "scores": _scores,
    "decisions": _decisions,
    "answers": answers,
    "labels": labels,
}
#: The keys of the streams whose pages are not of items.
KEYS: dict[str, Callable[[Selection], Select[Any]]] = {"decisions": _decision_keys}
