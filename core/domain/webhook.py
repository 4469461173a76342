"""Webhooks: to whom decisions are told when they take effect, and how they are signed."""

import secrets
from base64 import b64encode
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, field_validator

from core.domain.decision import Outcome, Source
from core.domain.item import ID_MAX
from core.domain.plain_text import PlainText
from core.domain.record import Record
from core.errors import WebhookError

#: A webhook's name is what the audit log keeps, as `webhook:NAME`; it is never used again.
WebhookName = Annotated[
    str,
    StringConstraints(
        pattern=r"^[\w.@+-]+$", min_length=1, max_length=80, strip_whitespace=True, to_lower=True
    ),
]
#: What can be told. A withdrawal is told of its own accord, where the decision was.
TOLD_OUTCOMES = (Outcome.APPROVE, Outcome.REJECT, Outcome.ESCALATE, Outcome.INVALIDATE)
#: Whose decisions can be told; imported ones were made elsewhere, where they are known.
TOLD_SOURCES = (Source.HUMAN, Source.POLICY)
#: The Standard Webhooks specification's prefix of a symmetric secret.
SECRET_PREFIX = "whsec_"  # noqa: S105  # not a secret
#: How long the secret before the last rotation signs as well.
OVERLAP = timedelta(hours=24)
_URL_MAX = 2_000


class WebhookState(StrEnum):
    """Whether anything is sent."""

    ACTIVE = "active"
    PAUSED = "paused"
    """Nothing is sent; what happens meanwhile waits."""
    REMOVED = "removed"


class Webhook(Record):
    """One endpoint of one tenant; its secrets are never shown by repr, logs or JSON."""

    webhook_id: int
    name: WebhookName
    tenant_id: Annotated[PlainText, Field(min_length=1, max_length=ID_MAX)]
    url: str
    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    secret: SecretStr
    previous_secret: SecretStr | None = None
    previous_until: datetime | None = None
    """Until when the secret before the last rotation signs as well."""
    state: WebhookState = WebhookState.ACTIVE
    reason: str | None = None
    """Why it is paused."""
    created_by: str
    created_at: datetime

    @field_validator("outcomes")
    @classmethod
    def _told_outcomes(cls, value: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
        if not set(value) <= set(TOLD_OUTCOMES):
            raise ValueError("a withdrawal is told without being chosen")
        return value

    @field_validator("sources")
    @classmethod
    def _told_sources(cls, value: tuple[Source, ...]) -> tuple[Source, ...]:
        if not set(value) <= set(TOLD_SOURCES):
            raise ValueError("only decisions of people and policies are told")
        return value

    @property
    def host(self) -> str:
        """The endpoint's host: as much of the address as logs and the audit log keep."""
        return urlsplit(self.url).hostname or ""

    def signing_secrets(self, now: datetime) -> tuple[SecretStr, ...]:
        """The secrets that sign at this moment, the newest first."""
        previous, until = self.previous_secret, self.previous_until
        overlaps = previous is not None and until is not None and now < until
        return (self.secret, previous) if overlaps and previous is not None else (self.secret,)


def new_secret() -> SecretStr:
    """A secret of 32 random bytes as the Standard Webhooks specification writes it."""
    return SecretStr(SECRET_PREFIX + b64encode(secrets.token_bytes(32)).decode())


def checked_url(url: str) -> str:
    """The address as it is kept; raises WebhookError, which says what is wrong with it."""
    url = url.strip()
    if len(url) > _URL_MAX or not url.isascii() or not url.isprintable() or " " in url:
        raise WebhookError(
            f"A webhook's address has at most {_URL_MAX:,} plain characters, without blanks. Write "
            "a name with other letters in its xn-- form."
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise WebhookError(f"This is not an address: {error}.") from error
    if parts.scheme not in ("https", "http") or not host or port == 0:
        raise WebhookError(
            "A webhook's address looks like https://hooks.example.com/moderation: it begins with "
            "https:// and names a host."
        )
    if parts.username is not None or parts.password is not None:
        raise WebhookError(
            "A webhook's address holds no user and password: the receiver knows us by the "
            "signature. Leave out what stands before the @."
        )
    return url.partition("#")[0]
