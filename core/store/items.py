"""What we need from storage for items."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import polars as pl

from core.domain.item import Item
from core.domain.item_filter import ItemFilter
from core.domain.record import Record


class Order(StrEnum):
    """The order of a list."""

    PRIORITY = "priority"
    NEWEST = "newest"
    OLDEST = "oldest"


class Cursor(Record):
    """Where the next page starts; `as_of` fixes waiting times and hides newer arrivals."""

    as_of: datetime
    newest_id: int
    rank: float | None = None
    last_id: int | None = None


class Selection(Record):
    """The scores, policy and time a filter refers to."""

    filter: ItemFilter
    model_version_id: int | None
    policy_version_id: int | None
    tenants: tuple[str, ...] | None = None
    """The tenants that whoever asks may see; None: all."""

    @property
    def is_everything(self) -> bool:
        """Whether no item is left out."""
        return self.tenants is None and self.filter.is_empty


class ItemStore(Protocol):
    """Items: appended by imports, read by everything."""

    def add_new(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Appends the rows whose (tenant_id, external_id) is unknown.

        Returns tenant_id, external_id, item_id, is_new, is_same_content: one row per given row.
        """

    def get(self, item_id: int) -> Item | None:
        """One item, or None."""

    def existing(self, item_ids: Sequence[int]) -> list[int]:
        """Those of the ids that are items' (an import may have been taken back)."""

    def get_many(self, item_ids: Sequence[int]) -> list[Item]:
        """The items that exist among the given ids, in the order given."""

    def page(self, selection: Selection, order: Order, cursor: Cursor, limit: int) -> pl.DataFrame:
        """The ids of one page: item_id, rank, in order."""

    def details(self, item_ids: Sequence[int], selection: Selection) -> pl.DataFrame:
        """One row per item with its scores, verdict, standing decision, status and open task."""

    def texts(self, item_ids: Sequence[int]) -> pl.DataFrame:
        """item_id, tenant_id, external_id, author_id, title, body, language, created_at."""

    def judgements(self, item_ids: Sequence[int], selection: Selection) -> pl.DataFrame:
        """Scores and verdict of each item: item_id, the labels, verdict, overall, its reasons."""

    def count(self, selection: Selection) -> int:
        """How many items are selected."""

    def ids(self, selection: Selection) -> pl.Series:
        """The ids of everything selected, in no order."""

    def newest_id(self) -> int:
        """The largest item id, 0 when there is none."""

    def stream(self, selection: Selection, kind: str, rows: int = 50_000) -> Iterator[pl.DataFrame]:
        """The whole selection in frames.

        kind is `items`, `scores`, `decisions`, or what other tools need: `answers`, `labels`.
        """

    def author_history(self, item_ids: Sequence[int], limit: int) -> pl.DataFrame:
        """For each item its author's other items, newest first, up to `limit`.

        Columns: for_item_id, item_id, body, created_at, standing_outcome, position, and the
        author's total, rejected and approved over all other items.
        """

    def facets(self, tenants: tuple[str, ...] | None) -> dict[str, list[str]]:
        """The tenants, languages and sources that exist there, for choosing in filters."""

    def unscored(self, model_version_id: int, after_id: int, limit: int) -> pl.DataFrame:
        """Items without scores of the model version, by id: what scoring needs of them."""

    def to_score(self, item_ids: Sequence[int]) -> pl.DataFrame:
        """What `unscored` gives, of these items, whether they have scores or not."""

    def lacking_scores(
        self, selection: Selection, model_version_id: int, after_id: int, limit: int
    ) -> pl.DataFrame:
        """Selected items without scores of the version, by id.

        Columns: item_id, title, body, content_hash.
        """

    def lacking_scores_count(self, selection: Selection, model_version_id: int) -> int:
        """How many selected items have no scores of the version."""

    def unscored_count(self, model_version_id: int) -> int:
        """How many items have no scores of the model version."""

    def people_decided_on_import(self, import_id: int) -> int:
        """How many decisions people made here on the items of an import."""

    def remove_import(self, import_id: int) -> int:
        """Removes what an import brought; the number of items."""
