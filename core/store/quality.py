"""What the Quality page needs of the history: what people answered, and how they worked."""

from typing import Protocol

import polars as pl

from core.domain.period import Period
from core.domain.record import Record


class QualityScope(Record):
    """Whose decisions of which period are meant."""

    period: Period
    tenants: tuple[str, ...] | None = None
    """None: all."""
    language: str | None = None
    """None: all."""


class QualityStore(Protocol):
    """Rows of the ledger; decisions that were taken back are left out unless it says otherwise."""

    def answers(self, scope: QualityScope) -> pl.DataFrame:
        """People's approvals and rejections of items that have two or more, oldest first.

        The newest on the item is in the period; older ones are there to compare with. Columns:
        decision_seq, item_id, tenant_id, language, queue (null outside queues), actor, outcome,
        reasons, source, decided_at.
        """

    def work(self, scope: QualityScope, model_version_id: int) -> pl.DataFrame:
        """People's decisions here in the period, also those taken back, oldest first.

        Columns: item_id, actor, outcome, handling_seconds, decided_at, is_withdrawn, harm
        (`core.policies.priority`, by the model version; null without scores).
        """

    def skips(self, scope: QualityScope) -> pl.DataFrame:
        """actor, skips: tasks given back in the period."""
