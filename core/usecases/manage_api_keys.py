"""Keys of the HTTP API: made, revoked, listed, and what a request's key opens."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError

from core.domain.api_key import (
    DEFAULT_PER_MINUTE,
    KEY_PREFIX,
    USE_NOTED_EVERY,
    ApiKey,
    Scope,
)
from core.domain.person import Person
from core.domain.record import Record
from core.domain.role import Permission
from core.errors import ApiKeyError, ForbiddenError, NotFoundError
from core.store.rereading import rereading
from core.usecases.workspace import Workspace

#: The same for an unknown key, one that is revoked and one that has expired.
REFUSAL = "The API key is unknown, revoked or expired."


class NewApiKey(Record):
    """A key just made, with the only copy of its secret."""

    key: ApiKey
    secret: str


def create_api_key(
    space: Workspace,
    by: Person,
    *,
    name: str,
    tenant: str,
    scopes: Sequence[Scope],
    per_minute: int = DEFAULT_PER_MINUTE,
    expires_at: datetime | None = None,
) -> NewApiKey:
    """A new key for one tenant that the person sees; the secret is shown now and never again.

    Raises ApiKeyError when the name was used before or a value is out of its range.
    """
    by.require(Permission.MANAGE_PEOPLE)
    if not by.sees(tenant):
        raise ForbiddenError(f"You do not see the tenant {tenant}: choose one of yours.")
    now = space.clock.now()
    if expires_at is not None and expires_at <= now:
        raise ApiKeyError("A key expires in the future.")
    try:
        key = ApiKey(
            key_id=space.ids.next(), name=name, tenant_id=tenant,
            scopes=tuple(scope for scope in Scope if scope in scopes), per_minute=per_minute,
            created_by=by.name, created_at=now, expires_at=expires_at,
        )  # fmt: skip
    except ValidationError as error:
        raise ApiKeyError(
            "A key has a name of 1 to 80 letters, digits and the characters . @ + - _, a tenant, "
            "at least one scope, and 1 to 1,000,000 requests a minute."
        ) from error
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    with space.store.writing() as parts:
        parts.serialise("api_keys")
        if parts.api_keys.named(key.name) is not None:
            raise ApiKeyError(
                f"There is or was a key {key.name}: the history would mix the two up. "
                "Choose another name."
            )
        parts.api_keys.add(key, digest_of(secret))
        parts.audit.append(by.name, "api_key.added", f"api_key:{key.name}", _facts(key))
    return NewApiKey(key=key, secret=secret)


def revoke_api_key(space: Workspace, by: Person, name: str) -> ApiKey:
    """Ends a key for good, from its next request on; a revoked one stays as it is."""
    by.require(Permission.MANAGE_PEOPLE)
    now = space.clock.now()
    with space.store.writing() as parts:
        parts.serialise("api_keys")
        key = parts.api_keys.named(name.strip().lower())
        if key is None or not by.sees(key.tenant_id):
            raise NotFoundError(f"There is no API key {name}.")
        if key.revoked_at is not None:
            return key
        parts.api_keys.revoke(key.key_id, now)
        parts.audit.append(by.name, "api_key.revoked", f"api_key:{key.name}", _facts(key))
    return key.model_copy(update={"revoked_at": now})


@rereading
def list_api_keys(space: Workspace, by: Person) -> list[ApiKey]:
    """The keys of the tenants that the person sees, by name."""
    by.require(Permission.MANAGE_PEOPLE)
    with space.store.reading() as parts:
        return [key for key in parts.api_keys.all() if by.sees(key.tenant_id)]


def key_of_secret(space: Workspace, secret: str) -> ApiKey:
    """The key that a secret opens, its use noted; raises ApiKeyError, the same for every reason."""
    now = space.clock.now()
    with space.store.reading() as parts:
        key = parts.api_keys.with_digest(digest_of(secret))
    if key is None or key.state(now) != "active":
        raise ApiKeyError(REFUSAL)
    if key.used_at is None or now - key.used_at >= USE_NOTED_EVERY:
        with space.store.writing() as parts:
            parts.api_keys.touch(key.key_id, now)
        return key.model_copy(update={"used_at": now})
    return key


def digest_of(secret: str) -> str:
    """SHA-256: a secret of 256 random bits needs no slow digest."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _facts(key: ApiKey) -> dict[str, object]:
    return key.model_dump(mode="json", include={"tenant_id", "scopes", "per_minute", "expires_at"})
