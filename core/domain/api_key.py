"""Keys of the HTTP API: what a program may do in one tenant."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from core.domain.item import ID_MAX
from core.domain.person import Person
from core.domain.plain_text import PlainText
from core.domain.record import Record
from core.domain.role import Permission, Role
from core.errors import ForbiddenError

#: A key's name is what the ledger and the audit log keep, as `key:NAME`; it is never used again.
KeyName = Annotated[
    str,
    StringConstraints(
        pattern=r"^[\w.@+-]+$", min_length=1, max_length=80, strip_whitespace=True, to_lower=True
    ),
]
#: The first characters of every secret, so that scanners of repositories can tell one.
KEY_PREFIX = "moddesk_"
DEFAULT_PER_MINUTE = 600


class Scope(StrEnum):
    """What a key is for."""

    READ = "read"
    SCORE = "score"
    DECIDE = "decide"
    INGEST = "ingest"

    @property
    def words(self) -> str:
        """What it allows."""
        return _WORDS[self]


_WORDS: dict[Scope, str] = {
    Scope.READ: "read content, statistics, policies, models and jobs",
    Scope.SCORE: "score texts without keeping them",
    Scope.DECIDE: "send decisions on content",
    Scope.INGEST: "add content",
}
_PERMISSIONS: dict[Scope, frozenset[Permission]] = {
    Scope.READ: frozenset(
        {Permission.SEE_OVERVIEW, Permission.SEE_SCORES, Permission.SEE_MODELS}
    ),
    Scope.SCORE: frozenset({Permission.SEE_MODELS}),
    Scope.DECIDE: frozenset({Permission.REVIEW, Permission.DECIDE_IN_BULK}),
    Scope.INGEST: frozenset({Permission.IMPORT}),
}  # fmt: skip


class KeyHolder(Person):
    """A program that acts by a key: its scopes say what it may, not a role."""

    scopes: frozenset[Scope]

    def may(self, permission: Permission) -> bool:
        """Whether one of the scopes allows it."""
        return any(permission in _PERMISSIONS[scope] for scope in self.scopes)

    def require(self, permission: Permission) -> None:
        """Raises ForbiddenError, which names the scopes that would do."""
        if not self.may(permission):
            fitting = " or ".join(scope for scope in Scope if permission in _PERMISSIONS[scope])
            raise ForbiddenError(
                f"This key may not {permission.words}: it lacks the scope {fitting or 'for it'}."
            )


class ApiKey(Record):
    """One key; its secret is shown once and only a digest of it is stored."""

    key_id: int
    name: KeyName
    tenant_id: Annotated[PlainText, Field(min_length=1, max_length=ID_MAX)]
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = DEFAULT_PER_MINUTE
    """Requests that it may send in any sixty seconds."""
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    """When it was last used, to the minute."""

    def state(self, now: datetime) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and now >= self.expires_at else "active"

    @property
    def holder(self) -> KeyHolder:
        """Who acts by the key."""
        return KeyHolder(
            name=f"key:{self.name}", role=Role.REVIEWER, tenants=(self.tenant_id,),
            scopes=frozenset(self.scopes),
        )  # fmt: skip


#: How exactly the last use of a key is kept.
USE_NOTED_EVERY = timedelta(minutes=1)
