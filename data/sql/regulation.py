"""Regulatory exports in SQL: the mapping, and the measures it is applied to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
import polars as pl
from sqlalchemy import ColumnElement, FromClause, Select, String, and_, cast, func, insert, select

from core.domain.decision import Outcome, Source
from core.domain.dsa_mapping import DsaMapping
from core.domain.period import Period
from core.store.items import Selection
from data.sql.part import Part
from data.sql.selection import newest_decisions, selected
from data.sql.tables import decision, dsa_mapping, item, policy_version, review_task, verdict

_ROWS = 20_000


class SqlRegulation(Part):
    """Regulatory exports in SQL."""

    def mapping(self) -> DsaMapping | None:
        """The newest version; None while nobody has saved one."""
        newest = (
            select(dsa_mapping.c.definition).order_by(dsa_mapping.c.version.desc()).limit(1)
        )  # fmt: skip
        found = self._connection.execute(newest).scalar()
        return DsaMapping.model_validate(orjson.loads(found)) if found is not None else None

    def save_mapping(self, mapping: DsaMapping) -> None:
        """Appends a version."""
        self._unit.has_news = True
        row = {
            "version": mapping.version,
            "definition": mapping.model_dump_json(),
            "actor": mapping.changed_by,
            "changed_at": mapping.changed_at,
        }
        self._connection.execute(insert(dsa_mapping), [row])

    def rejections(
        self, selection: Selection, period: Period, *, now: datetime, only_standing: bool
    ) -> Iterator[pl.DataFrame]:
        """The rejections that took effect in the period; see the protocol."""
        source, condition = _rejected(selection, period, now, only_standing=only_standing)
        flagged = review_task.alias("flagged")
        said = verdict.alias("said")
        query = (
            select(
                decision.c.decision_seq, decision.c.decision_id, decision.c.item_id,
                decision.c.reasons, decision.c.note, decision.c.source, decision.c.score_shown,
                decision.c.effective_at, policy_version.c.name.label("policy"),
                policy_version.c.number.label("policy_number"), flagged.c.stratum,
                said.c.verdict, item.c.content_type, item.c.language,
                cast(item.c.metadata, String).label("metadata"), item.c.created_at,
            )
            .select_from(
                source.outerjoin(
                    policy_version,
                    policy_version.c.policy_version_id == decision.c.policy_version_id,
                )
                .outerjoin(flagged, flagged.c.task_id == decision.c.task_id)
                .outerjoin(
                    said,
                    and_(
                        said.c.item_id == decision.c.item_id,
                        said.c.policy_version_id == decision.c.policy_version_id,
                    ),
                )
            )
            .where(condition)
            .order_by(decision.c.decision_seq)
        )  # fmt: skip
        return self._dialect.stream_frames(self._connection, query, _ROWS)

    def rejection_count(
        self, selection: Selection, period: Period, *, now: datetime, only_standing: bool
    ) -> int:
        """How many these are."""
        source, condition = _rejected(selection, period, now, only_standing=only_standing)
        query = select(func.count()).select_from(source).where(condition)
        return int(self._connection.execute(query).scalar_one())

    def complaints(self, selection: Selection, period: Period) -> pl.DataFrame:
        """outcome, complaints: decisions on appeals that were made in the period."""
        source, condition = selected(selection)
        query = (
            select(decision.c.outcome, func.count().label("complaints"))
            .select_from(source.join(decision, decision.c.item_id == item.c.item_id))
            .where(
                condition, decision.c.source == Source.APPEAL.value,
                decision.c.outcome != Outcome.WITHDRAW.value,
                decision.c.decision_id.not_in(_withdrawn()),
                decision.c.decided_at >= period.start, decision.c.decided_at < period.end,
            )
            .group_by(decision.c.outcome)
            .order_by(decision.c.outcome)
        )  # fmt: skip
        return self._dialect.fetch_frame(self._connection, query)

    def noticed(self, selection: Selection) -> Iterator[pl.DataFrame]:
        """Items whose metadata has a notice; see the protocol."""
        source, condition = selected(selection)
        standing = newest_decisions()
        effect = decision.alias("effect")
        text = cast(item.c.metadata, String)
        query = (
            select(
                item.c.item_id, text.label("metadata"),
                standing.c.standing_outcome.label("outcome"), effect.c.reasons,
                effect.c.effective_at,
            )
            .select_from(
                source.outerjoin(standing, standing.c.item_id == item.c.item_id).outerjoin(
                    effect, effect.c.decision_id == standing.c.decision_id
                )
            )
            .where(condition, text.contains('"notice"', autoescape=True))
            .order_by(item.c.item_id)
        )  # fmt: skip
        return self._dialect.stream_frames(self._connection, query, _ROWS)


def _withdrawn() -> Select[Any]:
    """The ids of decisions that were taken back."""
    return select(decision.c.reverses_id).where(
        decision.c.outcome == Outcome.WITHDRAW.value, decision.c.reverses_id.is_not(None)
    )


def _rejected(
    selection: Selection, period: Period, now: datetime, *, only_standing: bool
) -> tuple[FromClause, ColumnElement[bool]]:
    """The joined tables and the condition that keep one rejection of each item."""
    source, condition = selected(selection)
    kept = [
        decision.c.outcome != Outcome.WITHDRAW.value,
        decision.c.decision_id.not_in(_withdrawn()),
    ]
    measures = [
        decision.c.outcome == Outcome.REJECT.value,
        decision.c.effective_at >= period.start,
        decision.c.effective_at < period.end,
        decision.c.effective_at <= now,
    ]
    last = (
        select(func.max(decision.c.decision_seq).label("decision_seq"))
        .where(*kept, *([] if only_standing else measures))
        .group_by(decision.c.item_id)
        .subquery("last")
    )
    joined = source.join(decision, decision.c.item_id == item.c.item_id).join(
        last, last.c.decision_seq == decision.c.decision_seq
    )
    return joined, and_(condition, *measures)
