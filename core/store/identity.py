"""What we need from storage for accounts and sessions."""

from datetime import datetime
from typing import Protocol

from core.domain.account import Account, Session
from core.domain.record import Record


class Attempt(Record):
    """Somebody tries a password."""

    name: str
    address: str
    at: datetime


class IdentityStore(Protocol):
    """Accounts, their password digests, sessions and failed attempts."""

    def add_account(self, account: Account, password_hash: str | None) -> None:
        """Records an account."""

    def change_account(self, account: Account) -> None:
        """Changes role, tenants and whether it is active."""

    def set_password(self, account_id: int, password_hash: str) -> None:
        """Replaces the password's digest."""

    def account_named(self, name: str) -> Account | None:
        """The account with this name, or None."""

    def password_hash(self, account_id: int) -> str | None:
        """The password's digest; None for accounts that sign in elsewhere."""

    def accounts(self) -> list[Account]:
        """Every account, by name."""

    def add_session(self, session: Session) -> None:
        """Records a session."""

    def session(self, session_id: str) -> tuple[Session, Account] | None:
        """A session that was not ended, with its account; None when there is none."""

    def touch_session(self, session_id: str, seen_at: datetime) -> None:
        """Notes that the session was used."""

    def end_session(self, session_id: str) -> None:
        """Ends a session for good."""

    def end_sessions_of(self, account_id: int) -> int:
        """Ends all sessions of an account; how many."""

    def sessions_since(self, seen_since: datetime) -> list[tuple[Session, Account]]:
        """The sessions used since then that were not ended, newest first."""

    def add_attempt(self, attempt: Attempt) -> None:
        """Notes an attempt to sign in, and forgets those of former days."""

    def forget_attempt(self, attempt: Attempt) -> None:
        """Takes an attempt back that was somebody signing in."""

    def attempts(self, name: str, address: str, since: datetime) -> tuple[int, int]:
        """Attempts since then that failed or are under way: (for this name, from this address)."""
