"""What we need from storage to add an outside model's scores to items that are there."""

from typing import Protocol

import polars as pl


class ScoreImportStore(Protocol):
    """Items by the ids of a file, with what a model version scored of them before."""

    def matched(
        self, keys: pl.DataFrame, tenants: tuple[str, ...] | None, model_version_id: int
    ) -> pl.DataFrame:
        """The items with these ids that somebody of `tenants` may see; None: all tenants.

        `keys` has external_id and tenant_id; where that is null, an item of any tenant fits.
        Columns: tenant_id, external_id, item_id, content_hash, is_scored, a column per label, and
        extra.
        """
