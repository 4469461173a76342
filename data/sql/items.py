"""Items: appended in bulk, listed by page, described with all that is known about them."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
from sqlalchemy import Select, and_, delete, func, literal, select

from core.domain.decision import Outcome
from core.domain.item import Item
from core.domain.status import status_of
from core.domain.verdict import VerdictKind
from core.store.items import Cursor, Order, Selection
from data.sql.interop_streams import Keys
from data.sql.item_details import (
    FACT_SCHEMA,
    TEXT_SCHEMA,
    author_history,
    fact_queries,
    state_queries,
    text_query,
    to_score,
)
from data.sql.item_streams import KEYS, STREAMS
from data.sql.outbox import Outbox
from data.sql.part import Part, of_tenants
from data.sql.selection import needs_item_columns, selected
from data.sql.tables import (
    decision,
    incoming_key,
    item,
    open_task,
    review_task,
    score,
    task_move,
    verdict,
)
from data.sql.tasks import rank_expression

#: Longer lists are exports: read once, and not worth the memory.
_REMEMBERED_TEXTS = 500
#: So many keys are named in the query; more go through a table of their own.
_NAMED_KEYS = 200
#: Keys of one page of an export: fewer mean more queries, more mean more memory.
_PAGE_KEYS = 50_000


class SqlItems(Part):
    """Items in SQL."""

    def add_new(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Appends the rows whose (tenant_id, external_id) is unknown; see the protocol."""
        known = self._known(frame)
        keys = ["tenant_id", "external_id"]
        if known.is_empty():
            new = frame
        else:
            new = frame.join(known, on=keys, how="anti", maintain_order="left")
        new = new.with_columns(item_id=pl.Series(self._unit.ids.block(new.height)))
        self._dialect.bulk_insert(self._connection, item, new)
        fresh = new.select(*keys, "item_id").with_columns(
            is_new=pl.lit(value=True), is_same_content=pl.lit(value=True)
        )
        if known.is_empty():
            return fresh
        old = frame.join(known, on=keys, how="inner", suffix="_known").select(
            *keys,
            "item_id",
            is_new=pl.lit(value=False),
            is_same_content=pl.col("content_hash") == pl.col("content_hash_known"),
        )
        return pl.concat([fresh, old])

    def _known(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of `frame` that exist already: tenant_id, external_id, item_id, content_hash."""
        if (
            frame.is_empty()
            or self._connection.execute(select(item.c.item_id).limit(1)).first() is None
        ):
            return pl.DataFrame()
        stored = select(item.c.tenant_id, item.c.external_id, item.c.item_id, item.c.content_hash)
        if frame.height <= _NAMED_KEYS:
            # A superset when tenants are mixed: whoever asks joins on both columns.
            named = stored.where(
                item.c.tenant_id.in_(frame["tenant_id"].unique().to_list()),
                item.c.external_id.in_(frame["external_id"].to_list()),
            )
            return self._dialect.fetch_frame(self._connection, named)
        incoming_key.create(self._connection, checkfirst=False)
        try:
            self._dialect.bulk_insert(
                self._connection, incoming_key, frame.select("tenant_id", "external_id")
            )
            query = stored.join(
                incoming_key,
                and_(
                    incoming_key.c.tenant_id == item.c.tenant_id,
                    incoming_key.c.external_id == item.c.external_id,
                ),
            )
            return self._dialect.fetch_frame(self._connection, query)
        finally:
            incoming_key.drop(self._connection)

    def get(self, item_id: int) -> Item | None:
        """One item, or None."""
        found = self.get_many([item_id])
        return found[0] if found else None

    def existing(self, item_ids: Sequence[int]) -> list[int]:
        """Those of the ids that are items'."""
        rows = select(item.c.item_id).where(item.c.item_id.in_(list(item_ids)))
        return list(self._connection.execute(rows).scalars())

    def get_many(self, item_ids: Sequence[int]) -> list[Item]:
        """The items that exist among the given ids, in the order given."""
        rows = self._connection.execute(select(item).where(item.c.item_id.in_(list(item_ids))))
        found = {row["item_id"]: _item(row) for row in rows.mappings()}
        return [found[item_id] for item_id in item_ids if item_id in found]

    def page(self, selection: Selection, order: Order, cursor: Cursor, limit: int) -> pl.DataFrame:
        """The ids of one page: item_id, rank, in order."""
        query = (
            self._page_by_priority(selection, cursor)
            if order is Order.PRIORITY
            else self._page_by_age(selection, order, cursor)
        )
        return self._dialect.fetch_frame(self._connection, query.limit(limit))

    def _page_by_priority(self, selection: Selection, cursor: Cursor) -> Select[Any]:
        rank = rank_expression(literal(cursor.as_of.timestamp()))
        wanted = selection.filter
        if needs_item_columns(wanted):
            base = open_task.join(item, item.c.item_id == open_task.c.item_id)
            source, condition = selected(selection, base)
        else:
            source, condition = open_task, open_task.c.item_id <= cursor.newest_id
        query = (
            select(open_task.c.item_id, rank.label("rank"))
            .select_from(source)
            .where(condition, open_task.c.item_id <= cursor.newest_id)
            .where(*of_tenants(open_task.c.tenant_id, selection.tenants))
        )
        for column, value in (
            (open_task.c.queue, wanted.queue),
            (open_task.c.tenant_id, wanted.tenant),
            (open_task.c.language, wanted.language),
        ):
            if value is not None:
                query = query.where(column == value)
        if cursor.rank is not None:
            query = query.where(
                (rank < cursor.rank)
                | ((rank == cursor.rank) & (open_task.c.item_id > cursor.last_id))
            )
        return query.order_by(rank.desc(), open_task.c.item_id)

    def _page_by_age(self, selection: Selection, order: Order, cursor: Cursor) -> Select[Any]:
        source, condition = selected(selection)
        column = item.c.item_id
        query = (
            select(column, column.label("rank"))
            .select_from(source)
            .where(condition, column <= cursor.newest_id)
        )
        if order is Order.NEWEST:
            if cursor.last_id is not None:
                query = query.where(column < cursor.last_id)
            return query.order_by(column.desc())
        if cursor.last_id is not None:
            query = query.where(column > cursor.last_id)
        return query.order_by(column)

    def details(self, item_ids: Sequence[int], selection: Selection) -> pl.DataFrame:
        """One row per item with its scores, verdict, standing decision, status and open task."""
        facts, states = fact_queries(item_ids, selection), state_queries(item_ids)
        rows = self._facts(item_ids, selection, facts)
        for query in states:
            rows = rows.join(self._fetch(query), on="item_id", how="left", maintain_order="left")
        if selection.tenants is not None:
            rows = rows.filter(pl.col("tenant_id").is_in(selection.tenants))
        return rows.with_columns(status=_STATUS)

    def _facts(
        self, item_ids: Sequence[int], selection: Selection, queries: list[Select[Any]]
    ) -> pl.DataFrame:
        """Item, scores and verdict of each id: from memory where they were read before."""
        versions = (selection.model_version_id, selection.policy_version_id)
        known = self._unit.facts.get([(item_id, *versions) for item_id in item_ids])
        if all(item_id in known for item_id in item_ids):
            return pl.DataFrame([known[item_id] for item_id in item_ids], schema=FACT_SCHEMA)
        items, scores, verdicts = (self._fetch(query) for query in queries)
        order = pl.DataFrame({"item_id": list(item_ids)}, schema={"item_id": pl.Int64})
        rows = order.join(items, on="item_id", how="inner", maintain_order="left")
        for frame in (scores, verdicts):
            rows = rows.join(frame, on="item_id", how="left", maintain_order="left")
        # What is not scored yet will be: only finished rows never change.
        done = rows.filter(pl.col("verdict").is_not_null())
        self._unit.facts.put(((row["item_id"], *versions), row) for row in done.to_dicts())
        return rows.select(FACT_SCHEMA.keys())

    def _fetch(self, query: Select[Any]) -> pl.DataFrame:
        return self._dialect.fetch_frame(self._connection, query)

    def texts(self, item_ids: Sequence[int]) -> pl.DataFrame:
        """What the items say and who wrote them, without scores and decisions.

        From memory where lately read: scattered rows of a large table take 40 ms.
        """
        if len(item_ids) > _REMEMBERED_TEXTS:
            return self._fetch(text_query(item_ids))
        known = self._unit.facts.get([(item_id, None, None) for item_id in item_ids])
        missing = [item_id for item_id in item_ids if item_id not in known]
        if missing:
            rows = self._fetch(text_query(missing)).to_dicts()
            self._unit.facts.put(((row["item_id"], None, None), row) for row in rows)
            known |= {row["item_id"]: row for row in rows}
        found = [known[item_id] for item_id in dict.fromkeys(item_ids) if item_id in known]
        return pl.DataFrame(found, schema=TEXT_SCHEMA)

    def judgements(self, item_ids: Sequence[int], selection: Selection) -> pl.DataFrame:
        """Scores and verdict of each item."""
        _, *queries = fact_queries(item_ids, selection)
        frames = [self._fetch(query) for query in queries]
        return frames[0].join(frames[1], on="item_id", how="full", coalesce=True)

    def count(self, selection: Selection) -> int:
        """How many items are selected."""
        source, condition = selected(selection)
        query = select(func.count()).select_from(source).where(condition)
        return int(self._connection.execute(query).scalar_one())

    def ids(self, selection: Selection) -> pl.Series:
        """The ids of everything selected, in no order."""
        source, condition = selected(selection)
        return self._fetch(select(item.c.item_id).select_from(source).where(condition))["item_id"]

    def newest_id(self) -> int:
        """The largest item id, 0 when there is none."""
        return int(self._connection.execute(select(func.max(item.c.item_id))).scalar() or 0)

    def stream(self, selection: Selection, kind: str, rows: int = 50_000) -> Iterator[pl.DataFrame]:
        """The whole selection in frames; see the protocol."""
        for keys in self._pages(selection, kind):
            query = STREAMS[kind](selection, keys)
            yield from self._dialect.stream_frames(self._connection, query, rows)

    def _pages(self, selection: Selection, kind: str) -> list[Keys]:
        """Where each page of an export begins and ends; one that holds nothing where all is."""
        if kind in KEYS:
            keys = self._dialect.fetch_frame(self._connection, KEYS[kind](selection)).to_series()
        else:
            keys = self.ids(selection)
        if keys.is_empty():
            return [Keys(0, -1)]
        ends = keys.sort()
        firsts = ends.gather_every(_PAGE_KEYS).to_list()
        lasts = [each - 1 for each in firsts[1:]] + [ends[-1]]
        return [Keys(first, last) for first, last in zip(firsts, lasts, strict=True)]

    def author_history(self, item_ids: Sequence[int], limit: int) -> pl.DataFrame:
        """The other items of each item's author; see the protocol."""
        return self._dialect.fetch_frame(self._connection, author_history(item_ids, limit))

    def facets(self, tenants: tuple[str, ...] | None) -> dict[str, list[str]]:
        """The tenants, languages and sources that exist there."""
        columns = {"tenant": item.c.tenant_id, "language": item.c.language, "source": item.c.source}
        return {
            name: sorted(
                self._connection.execute(
                    select(column)
                    .where(column.is_not(None), *of_tenants(item.c.tenant_id, tenants))
                    .distinct()
                ).scalars()
            )
            for name, column in columns.items()
        }

    def unscored(self, model_version_id: int, after_id: int, limit: int) -> pl.DataFrame:
        """Items without scores of the model version, by id."""
        query = (
            select(*to_score())
            .select_from(self._without_scores(model_version_id))
            .where(score.c.item_id.is_(None), item.c.item_id > after_id)
            .order_by(item.c.item_id)
            .limit(limit)
        )
        return self._dialect.fetch_frame(self._connection, query)

    def to_score(self, item_ids: Sequence[int]) -> pl.DataFrame:
        """What `unscored` gives, of these items, whether they have scores or not."""
        query = select(*to_score(item_ids)).where(item.c.item_id.in_(list(item_ids)))
        return self._dialect.fetch_frame(self._connection, query.order_by(item.c.item_id))

    def lacking_scores(
        self, selection: Selection, model_version_id: int, after_id: int, limit: int
    ) -> pl.DataFrame:
        """Selected items without scores of the version, by id."""
        columns = item.c
        query = self._lacking(
            selection,
            model_version_id,
            columns.item_id,
            columns.title,
            columns.body,
            columns.content_hash,
        ).where(columns.item_id > after_id)
        return self._dialect.fetch_frame(
            self._connection, query.order_by(columns.item_id).limit(limit)
        )

    def lacking_scores_count(self, selection: Selection, model_version_id: int) -> int:
        """How many selected items have no scores of the version."""
        query = self._lacking(selection, model_version_id, func.count())
        return int(self._connection.execute(query).scalar_one())

    def _lacking(self, selection: Selection, model_version_id: int, *columns: Any) -> Select[Any]:
        source, condition = selected(selection)
        scored = select(score.c.item_id).where(score.c.model_version_id == model_version_id)
        return select(*columns).select_from(source).where(condition, item.c.item_id.not_in(scored))

    def unscored_count(self, model_version_id: int) -> int:
        """How many items have no scores of the model version."""
        query = (
            select(func.count())
            .select_from(self._without_scores(model_version_id))
            .where(score.c.item_id.is_(None))
        )
        return int(self._connection.execute(query).scalar_one())

    def _without_scores(self, model_version_id: int) -> Any:
        return item.outerjoin(
            score,
            and_(score.c.item_id == item.c.item_id, score.c.model_version_id == model_version_id),
        )

    def people_decided_on_import(self, import_id: int) -> int:
        """How many decisions people made here on the items of an import."""
        query = (
            select(func.count())
            .select_from(decision.join(item, item.c.item_id == decision.c.item_id))
            .where(item.c.import_id == import_id, decision.c.source.in_(["human", "appeal"]))
        )
        return int(self._connection.execute(query).scalar_one())

    def remove_import(self, import_id: int) -> int:
        """Removes what an import brought; the number of items."""
        of_import = select(item.c.item_id).where(item.c.import_id == import_id)
        Outbox(self._unit).withdraw_import(of_import)
        for table in (open_task, task_move, review_task, verdict, score, decision):
            self._connection.execute(delete(table).where(table.c.item_id.in_(of_import)))
        self._unit.facts.clear()
        removed = self._connection.execute(delete(item).where(item.c.import_id == import_id))
        return int(removed.rowcount)


def _status(row: dict[str, Any]) -> str:
    standing, kind = row["standing_outcome"], row["verdict"]
    return status_of(
        VerdictKind(kind) if kind else None,
        Outcome(standing) if standing else None,
        waits=row["task_id"] is not None,
    ).value


_STATUS = pl.struct("standing_outcome", "verdict", "task_id").map_elements(
    _status, return_dtype=pl.String
)


def _item(row: Any) -> Item:
    values = dict(row)
    return Item.model_validate({**values, "metadata": values["metadata"] or {}})
