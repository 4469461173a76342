"""People who can sign in, and their sessions."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Role

#: Letters, digits and what e-mail addresses need; it is shown and stored, never rendered as HTML.
LoginName = Annotated[
    str,
    StringConstraints(
        pattern=r"^[\w.@+-]+$", min_length=1, max_length=200, strip_whitespace=True, to_lower=True
    ),
]
PASSWORD_MIN = 12
PASSWORD_MAX = 1_000


class Account(Record):
    """Somebody who can sign in; the name is what the ledger and the audit log keep."""

    account_id: int
    name: LoginName
    role: Role
    tenants: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    is_active: bool = True
    has_password: bool = False
    created_at: datetime

    @property
    def person(self) -> Person:
        """The account as somebody who acts."""
        return Person(name=self.name, role=self.role, tenants=self.tenants)


class Session(Record):
    """A time of being signed in; its id is the digest of the secret in the cookie."""

    session_id: str
    account_id: int
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    way: str
    """How they signed in: password, oidc or proxy."""
