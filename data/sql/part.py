"""What every part of the SQL store has: a connection, the dialect and the clock."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection

from core.clock import Clock
from core.domain.identifiers import IdSequence
from data.dialects.dialect import Dialect
from data.sql.fact_cache import FactCache
from data.sql.webhook_wish import Wish


@dataclass
class AuditTail:
    """The end of the audit chain as of the last commit; None when it must be looked up."""

    event_seq: int
    event_hash: str


@dataclass
class Unit:
    """One transaction's connection and what belongs to it."""

    connection: Connection
    dialect: Dialect
    clock: Clock
    ids: IdSequence
    facts: FactCache
    last_tail: Callable[[], AuditTail | None] = lambda: None
    """The end of the chain as this process knows it, asked for when events are chained."""
    tail: AuditTail | None = None
    """The end of the chain after this transaction, if it added to it."""
    unchained: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)
    """Audit events (actor, verb, subject, details) to be chained when the transaction ends."""
    claimed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many tasks were claimed, by owner and queue."""
    wishes: list[Wish] | None = None
    """What webhooks want to be told, once it was asked for."""
    has_news: bool = False
    """Whether what pages show was changed."""


def of_tenants(
    column: ColumnElement[str], tenants: tuple[str, ...] | None
) -> list[ColumnElement[bool]]:
    """The condition that keeps a person to the tenants they may see; none for all."""
    return [] if tenants is None else [column.in_(tenants)]


class Part:
    """Base of the store's parts."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._connection = unit.connection
        self._dialect = unit.dialect
