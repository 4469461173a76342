"""What we need from storage for the keys of the HTTP API."""

from datetime import datetime
from typing import Protocol

from core.domain.api_key import ApiKey


class ApiKeyStore(Protocol):
    """Keys with the digests of their secrets."""

    def add(self, key: ApiKey, digest: str) -> None:
        """Records a key."""

    def all(self) -> list[ApiKey]:
        """Every key, by name, also those that were revoked."""

    def named(self, name: str) -> ApiKey | None:
        """The key with this name, or None."""

    def with_digest(self, digest: str) -> ApiKey | None:
        """The key whose secret has this digest, or None."""

    def revoke(self, key_id: int, at: datetime) -> None:
        """Notes that the key counts no more."""

    def touch(self, key_id: int, at: datetime) -> None:
        """Notes that the key was used."""
