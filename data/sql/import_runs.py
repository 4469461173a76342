"""Import runs and the rows they refused."""

from collections.abc import Sequence

import polars as pl
from sqlalchemy import insert, select, update

from core.domain.import_run import ImportRun, ImportState
from data.sql.part import Part
from data.sql.tables import import_run, item, rejected_row


class SqlImports(Part):
    """Runs of imports."""

    def add(self, run: ImportRun) -> None:
        """Records a finished run."""
        self._connection.execute(insert(import_run), [run.model_dump(mode="python")])

    def add_rejected(self, import_id: int, frame: pl.DataFrame) -> None:
        """Records refused rows."""
        rows = frame.select("row", "field", "problem", "excerpt").with_columns(
            import_id=pl.lit(import_id, dtype=pl.Int64)
        )
        self._dialect.bulk_insert(self._connection, rejected_row, rows)

    def get(self, import_id: int) -> ImportRun | None:
        """One run, or None."""
        found = self._connection.execute(
            select(import_run).where(import_run.c.import_id == import_id)
        )
        # Read to its end: DuckDB runs no relation beside a result with rows left.
        row = found.mappings().one_or_none()
        return ImportRun.model_validate(dict(row)) if row else None

    def recent(self, limit: int) -> list[ImportRun]:
        """The newest runs first."""
        rows = self._connection.execute(
            select(import_run).order_by(import_run.c.import_id.desc()).limit(limit)
        )
        return [ImportRun.model_validate(dict(row)) for row in rows.mappings()]

    def rejected(self, import_id: int, limit: int | None) -> pl.DataFrame:
        """The refused rows of a run, by row."""
        columns = rejected_row.c
        rows = (
            select(columns.row, columns.field, columns.problem, columns.excerpt)
            .where(columns.import_id == import_id)
            .order_by(columns.row, columns.field)
            .limit(limit)
        )
        return self._dialect.fetch_frame(self._connection, rows)

    def tenants(self, import_ids: Sequence[int]) -> dict[int, set[str]]:
        """The tenants of the items that these runs brought and that are still there."""
        found: dict[int, set[str]] = {}
        pairs = select(item.c.import_id, item.c.tenant_id).distinct()
        for import_id, tenant in self._connection.execute(
            pairs.where(item.c.import_id.in_(import_ids))
        ):
            found.setdefault(import_id, set()).add(tenant)
        return found

    def set_state(self, import_id: int, state: ImportState) -> None:
        """Marks a run as undone."""
        self._connection.execute(
            update(import_run).where(import_run.c.import_id == import_id).values(state=state.value)
        )
