"""Items by the ids of a file, with what a model version scored of them before."""

import polars as pl
from sqlalchemy import Column, MetaData, String, Table, and_, or_, select

from core.domain.label import SCORED_LABELS
from data.sql.part import Part, of_tenants
from data.sql.tables import item, score

#: The ids of a file that brings scores; rows without a tenant fit items of any.
_scored_key = Table(
    "scored_key",
    MetaData(),
    Column("tenant_id", String(200)),
    Column("external_id", String(200), nullable=False),
    prefixes=["TEMPORARY"],
    info={"bulk": True},
)


class SqlScoreImports(Part):
    """Finds items in SQL."""

    def matched(
        self, keys: pl.DataFrame, tenants: tuple[str, ...] | None, model_version_id: int
    ) -> pl.DataFrame:
        """The items with these ids; see the protocol."""
        _scored_key.create(self._connection, checkfirst=False)
        try:
            self._dialect.bulk_insert(
                self._connection, _scored_key, keys.select("tenant_id", "external_id")
            )
            same_id = _scored_key.c.external_id == item.c.external_id
            same_tenant = _scored_key.c.tenant_id == item.c.tenant_id
            # With a tenant in every row the key's index answers; an alternative would hide it.
            if keys["tenant_id"].null_count():
                same_tenant = or_(_scored_key.c.tenant_id.is_(None), same_tenant)
            rows = (
                select(
                    item.c.tenant_id,
                    item.c.external_id,
                    item.c.item_id,
                    item.c.content_hash,
                    score.c.item_id.is_not(None).label("is_scored"),
                    *(score.c[label.value] for label in SCORED_LABELS),
                    score.c.extra,
                )
                .select_from(
                    item.join(_scored_key, and_(same_id, same_tenant)).outerjoin(
                        score,
                        and_(
                            score.c.item_id == item.c.item_id,
                            score.c.model_version_id == model_version_id,
                        ),
                    )
                )
                .where(*of_tenants(item.c.tenant_id, tenants))
            )
            # An id that stands once with and once without its tenant is found twice.
            return self._dialect.fetch_frame(self._connection, rows).unique("item_id")
        finally:
            _scored_key.drop(self._connection)
