"""Keys of the HTTP API in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from core.domain.api_key import ApiKey
from data.sql.part import Part
from data.sql.tables import api_key


class SqlApiKeys(Part):
    """Keys in SQL."""

    def add(self, key: ApiKey, digest: str) -> None:
        """Records a key."""
        self._unit.has_news = True
        row = key.model_dump(mode="python") | {
            "scopes": " ".join(key.scopes),
            "digest": digest,
        }
        self._connection.execute(insert(api_key), [row])

    def all(self) -> list[ApiKey]:
        """Every key, by name."""
        rows = self._connection.execute(select(api_key).order_by(api_key.c.name)).mappings()
        return [_key(row) for row in rows]

    def named(self, name: str) -> ApiKey | None:
        """The key with this name, or None."""
        return self._one(api_key.c.name == name)

    def with_digest(self, digest: str) -> ApiKey | None:
        """The key whose secret has this digest, or None."""
        return self._one(api_key.c.digest == digest)

    def _one(self, condition: ColumnElement[bool]) -> ApiKey | None:
        row = self._connection.execute(select(api_key).where(condition)).mappings().first()
        return _key(row) if row else None

    def revoke(self, key_id: int, at: datetime) -> None:
        """Notes that the key counts no more."""
        # Processes that remember the key hear of it.
        self._unit.has_news = True
        self._set(key_id, revoked_at=at)

    def touch(self, key_id: int, at: datetime) -> None:
        """Notes that the key was used."""
        self._set(key_id, used_at=at)

    def _set(self, key_id: int, **values: datetime) -> None:
        self._connection.execute(update(api_key).where(api_key.c.key_id == key_id).values(**values))


def _key(row: Any) -> ApiKey:
    values = {name: value for name, value in row.items() if name != "digest"}
    return ApiKey.model_validate({**values, "scopes": values["scopes"].split()})
