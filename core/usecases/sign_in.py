"""Signing in and out; sessions are rows, so that they can be ended from anywhere."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from core.domain.account import PASSWORD_MAX, Account, LoginName, Session
from core.domain.record import Record
from core.domain.role import Role
from core.errors import SignInError, TooManyAttemptsError
from core.store.identity import Attempt
from core.store.store import StoreParts
from core.usecases.workspace import Workspace

_FAILURE_WINDOW = timedelta(minutes=15)
_MOST_FAILURES_OF_NAME = 8
_MOST_FAILURES_FROM_ADDRESS = 40
_SEEN_EVERY = timedelta(minutes=1)
#: The same for an unknown name, a wrong password and a closed account.
_REFUSAL = "The name or the password is wrong."
_LOGIN: TypeAdapter[str] = TypeAdapter(LoginName)


class Passwords(Protocol):
    """Slow digests of passwords."""

    def digest(self, password: str) -> str:
        """A new digest, salted."""

    def fits(self, digest: str, password: str) -> bool:
        """Whether the password has this digest."""

    @property
    def nobodys(self) -> str:
        """A digest that no password fits, as slow to check as any other."""


class SessionRules(Record):
    """How long one stays signed in."""

    longest: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(hours=2)


def sign_in(
    space: Workspace,
    passwords: Passwords,
    *,
    name: str,
    password: str,
    address: str,
    rules: SessionRules,
) -> str:
    """The secret for the cookie; the same refusal for every reason, as slow for each of them."""
    # PostgreSQL keeps no NUL; no account's name has one.
    attempt = Attempt(name=login_of(name).replace("\0", "?")[:200], address=address[:64],
                      at=space.clock.now())  # fmt: skip
    account, digest = _begin(space, attempt)
    fits = passwords.fits(digest or passwords.nobodys, password[:PASSWORD_MAX])
    if account is None or not fits or not account.is_active:
        raise SignInError(_REFUSAL)
    with space.store.writing() as parts:
        if parts.identity.password_hash(account.account_id) != digest:
            raise SignInError(_REFUSAL)
        parts.identity.forget_attempt(attempt)
        return _open(space, parts, account, way="password", rules=rules)


def _begin(space: Workspace, attempt: Attempt) -> tuple[Account | None, str | None]:
    """Counts the attempt before its password is looked at; the account and its digest.

    Otherwise many attempts at the same moment would all be looked at before the first one counts.
    """
    since = attempt.at - _FAILURE_WINDOW
    with space.store.writing() as parts:
        parts.serialise(f"sign-in name:{attempt.name}", f"sign-in address:{attempt.address}")
        of_name, from_address = parts.identity.attempts(attempt.name, attempt.address, since)
        if of_name >= _MOST_FAILURES_OF_NAME or from_address >= _MOST_FAILURES_FROM_ADDRESS:
            raise TooManyAttemptsError(
                "Too many failed attempts. Wait a quarter of an hour, or ask an admin."
            )
        parts.identity.add_attempt(attempt)
        account = parts.identity.account_named(attempt.name)
        digest = parts.identity.password_hash(account.account_id) if account else None
    return account, digest


def sign_in_from_elsewhere(
    space: Workspace, *, name: str, way: str, new_role: Role | None, rules: SessionRules
) -> str:
    """The secret for the cookie of somebody whom an identity provider or proxy vouches for.

    An unknown person gets an account with `new_role`, or is refused when that is None.
    """
    try:
        login = _LOGIN.validate_python(name)
    except ValidationError as error:
        raise SignInError(
            "The sign-on service named somebody whose name cannot be an account's: it has 1 to 200 "
            "letters, digits and the characters . @ + - _ only. Ask an admin of this workbench."
        ) from error
    with space.store.writing() as parts:
        parts.serialise("accounts")
        account = parts.identity.account_named(login)
        if account is None and new_role is not None:
            account = Account(
                account_id=space.ids.next(), name=login, role=new_role,
                created_at=space.clock.now(),
            )  # fmt: skip
            parts.identity.add_account(account, None)
            details = {"role": new_role.value, "way": way}
            parts.audit.append(login, "person.added", f"person:{login}", details)
    if account is None or not account.is_active:
        raise SignInError(
            f"{login} may not sign in here. Ask an admin of this workbench to add you."
        )
    return open_session(space, account, way=way, rules=rules)


def open_session(space: Workspace, account: Account, *, way: str, rules: SessionRules) -> str:
    """A new session; the secret for its cookie, which is kept nowhere here."""
    with space.store.writing() as parts:
        return _open(space, parts, account, way=way, rules=rules)


def _open(
    space: Workspace, parts: StoreParts, account: Account, *, way: str, rules: SessionRules
) -> str:
    secret = secrets.token_urlsafe(32)
    now = space.clock.now()
    session = Session(
        session_id=session_id_of(secret), account_id=account.account_id, created_at=now,
        seen_at=now, ends_at=now + rules.longest, way=way,
    )  # fmt: skip
    parts.identity.add_session(session)
    parts.audit.append(account.name, "person.signed_in", f"person:{account.name}", {"way": way})
    return secret


def login_of(name: str) -> str:
    """A name as accounts have it, however it was typed."""
    return name.strip().lower()


def session_id_of(secret: str) -> str:
    """What the store keeps of a cookie's secret: whoever reads the store cannot sign in by it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def account_of_session(space: Workspace, session_id: str, rules: SessionRules) -> Account | None:
    """The account behind a session that is still good, as it is now; notes the use."""
    now = space.clock.now()
    with space.store.reading() as parts:
        found = parts.identity.session(session_id)
    if found is None or not _is_good(*found, now, rules):
        return None
    session, account = found
    if now - session.seen_at > _SEEN_EVERY:
        with space.store.writing() as parts:
            parts.identity.touch_session(session_id, now)
    return account


def _is_good(session: Session, account: Account, now: datetime, rules: SessionRules) -> bool:
    return account.is_active and now < session.ends_at and now - session.seen_at < rules.idle


def sign_out(space: Workspace, session_id: str) -> None:
    """Ends the session and, if it was the person's last one, gives their claims back."""
    with space.store.writing() as parts:
        found = parts.identity.session(session_id)
        if found is None:
            return
        _, account = found
        parts.identity.end_session(session_id)
        _release_if_gone(space, parts, account)
        parts.audit.append(account.name, "person.signed_out", f"person:{account.name}", {})


def _release_if_gone(space: Workspace, parts: StoreParts, account: Account) -> None:
    left = parts.identity.sessions_since(space.clock.now() - timedelta(hours=1))
    if all(other.account_id != account.account_id for _, other in left):
        parts.tasks.release(account.name)
