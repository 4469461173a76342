"""What a webhook wants to be told."""

from dataclasses import dataclass

import polars as pl

from core.domain.decision import Decision


@dataclass(frozen=True)
class Wish:
    """Which decisions a webhook wants to be told."""

    webhook_id: int
    tenant_id: str
    outcomes: frozenset[str]
    sources: frozenset[str]

    def covers(self, entry: Decision) -> bool:
        """Whether it wants this one."""
        return (
            entry.tenant_id == self.tenant_id
            and entry.outcome.value in self.outcomes
            and entry.source.value in self.sources
        )

    def covering(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Those of many that it wants."""
        return frame.filter(
            pl.col("tenant_id") == self.tenant_id,
            pl.col("outcome").is_in(list(self.outcomes)),
            pl.col("source").is_in(list(self.sources)),
        )
