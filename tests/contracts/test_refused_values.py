"""What one database cannot keep, no store takes: the same clear answer from both."""

from collections.abc import Callable
from uuid import uuid4

import polars as pl
import pytest

from core.domain.audit_event import AuditFilter
from core.errors import BadValueError, ConflictError
from core.store.store import StoreParts
from data.sql.store import SqlStore
from tests.builders import item_frame

NUL = "a\x00b"


def _add_item(parts: StoreParts, **columns: object) -> pl.DataFrame:
    return parts.items.add_new(item_frame("hello", **columns))


_WRITES: dict[str, tuple[Callable[[StoreParts], object], str]] = {
    "actor": (lambda parts: parts.audit.append(NUL, "v", "s", {}), "NUL"),
    "subject": (lambda parts: parts.audit.append("ann", "v", NUL, {}), "NUL"),
    "author": (lambda parts: _add_item(parts, author_id=NUL), "NUL"),
    "tenant": (lambda parts: _add_item(parts, tenant_id=NUL), "NUL"),
}
_READS: dict[str, tuple[Callable[[StoreParts], object], str]] = {
    "audit filter": (
        lambda parts: parts.audit.count(AuditFilter.model_construct(subject=NUL)), "NUL"
    ),
    "queue": (lambda parts: parts.tasks.waiting_count(NUL, None, None), "NUL"),
    "tenants": (lambda parts: parts.tasks.waiting_count("q", None, None, ("x", NUL)), "NUL"),
    "half a character": (
        lambda parts: parts.tasks.waiting_count("\ud800", None, None), "half a character"
    ),
    "item": (lambda parts: parts.items.get(2**70), "number"),
    "task": (lambda parts: parts.tasks.get([-(2**63) - 1]), "number"),
}  # fmt: skip


@pytest.mark.parametrize("name", _WRITES)
def test_a_text_that_cannot_be_stored_is_refused(store: SqlStore, name: str) -> None:
    write, what = _WRITES[name]
    with pytest.raises(BadValueError, match=what), store.writing() as parts:
        write(parts)
    with store.reading() as parts:
        assert parts.items.newest_id() == 0
        assert list(parts.audit.events()) == []


@pytest.mark.parametrize("name", _READS)
def test_a_value_that_cannot_be_asked_for_is_refused(store: SqlStore, name: str) -> None:
    read, what = _READS[name]
    with pytest.raises(BadValueError, match=what), store.reading() as parts:
        read(parts)
    with store.reading() as parts:
        assert parts.items.newest_id() == 0


def test_a_key_that_is_taken_is_a_conflict(store: SqlStore) -> None:
    skip_id = uuid4()
    with pytest.raises(ConflictError, match="same moment"), store.writing() as parts:
        connection = parts._unit.connection  # below every use case, on purpose
        for _ in range(2):
            connection.exec_driver_sql(
                "INSERT INTO task_skip VALUES "
                f"('{skip_id}', 1, 'ann', 'unsure', TIMESTAMP '2026-01-01 00:00:00')"
            )
