"""Accounts, sessions and failed attempts to sign in."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from core.domain.account import Account, Session
from core.store.identity import Attempt
from data.sql.part import Part
from data.sql.tables import account, sign_in_failure, sign_in_session

_KEPT_FAILURES = timedelta(days=1)


class SqlIdentity(Part):
    """Accounts and sessions in SQL."""

    def add_account(self, new: Account, password_hash: str | None) -> None:
        """Records an account."""
        row = new.model_dump(mode="python", exclude={"has_password"})
        row |= {"tenants": _listed(new.tenants), "password_hash": password_hash}
        self._connection.execute(insert(account), [row])

    def change_account(self, changed: Account) -> None:
        """Changes role, tenants and whether it is active."""
        self._connection.execute(
            update(account)
            .where(account.c.account_id == changed.account_id)
            .values(
                role=changed.role.value,
                tenants=_listed(changed.tenants),
                is_active=changed.is_active,
            )
        )

    def set_password(self, account_id: int, password_hash: str) -> None:
        """Replaces the password's digest."""
        self._connection.execute(
            update(account)
            .where(account.c.account_id == account_id)
            .values(password_hash=password_hash)
        )

    def account_named(self, name: str) -> Account | None:
        """The account with this name, or None."""
        row = self._connection.execute(select(account).where(account.c.name == name)).first()
        return _account(row) if row else None

    def password_hash(self, account_id: int) -> str | None:
        """The password's digest; None for accounts that sign in elsewhere."""
        query = select(account.c.password_hash).where(account.c.account_id == account_id)
        found: str | None = self._connection.execute(query).scalar()
        return found

    def accounts(self) -> list[Account]:
        """Every account, by name."""
        rows = self._connection.execute(select(account).order_by(account.c.name))
        return [_account(row) for row in rows]

    def add_session(self, session: Session) -> None:
        """Records a session."""
        self._connection.execute(insert(sign_in_session), [session.model_dump(mode="python")])

    def session(self, session_id: str) -> tuple[Session, Account] | None:
        """A session that was not ended, with its account; None when there is none."""
        found = self._sessions(sign_in_session.c.session_id == session_id)
        return found[0] if found else None

    def touch_session(self, session_id: str, seen_at: datetime) -> None:
        """Notes that the session was used."""
        self._connection.execute(
            update(sign_in_session)
            .where(sign_in_session.c.session_id == session_id)
            .values(seen_at=seen_at)
        )

    def end_session(self, session_id: str) -> None:
        """Ends a session for good."""
        self._connection.execute(
            delete(sign_in_session).where(sign_in_session.c.session_id == session_id)
        )

    def end_sessions_of(self, account_id: int) -> int:
        """Ends all sessions of an account; how many."""
        ended = self._connection.execute(
            delete(sign_in_session).where(sign_in_session.c.account_id == account_id)
        )
        return int(ended.rowcount)

    def sessions_since(self, seen_since: datetime) -> list[tuple[Session, Account]]:
        """The sessions used since then that were not ended, newest first."""
        return self._sessions(sign_in_session.c.seen_at >= seen_since)

    def _sessions(self, condition: Any) -> list[tuple[Session, Account]]:
        rows = self._connection.execute(
            select(sign_in_session, account)
            .join(account, account.c.account_id == sign_in_session.c.account_id)
            .where(condition)
            .order_by(sign_in_session.c.seen_at.desc())
        )
        width = len(sign_in_session.c)
        names = sign_in_session.c.keys()
        return [
            (
                Session.model_validate(dict(zip(names, row[:width], strict=True))),
                _account_of(dict(zip(account.c.keys(), row[width:], strict=True))),
            )
            for row in rows
        ]

    def add_attempt(self, attempt: Attempt) -> None:
        """Notes an attempt to sign in, and forgets those of former days."""
        old = sign_in_failure.c.failed_at < attempt.at - _KEPT_FAILURES
        self._connection.execute(delete(sign_in_failure).where(old))
        row = {"name": attempt.name, "address": attempt.address, "failed_at": attempt.at}
        self._connection.execute(insert(sign_in_failure), [row])

    def forget_attempt(self, attempt: Attempt) -> None:
        """Takes an attempt back that was somebody signing in."""
        columns = sign_in_failure.c
        self._connection.execute(
            delete(sign_in_failure).where(
                columns.name == attempt.name,
                columns.address == attempt.address,
                columns.failed_at == attempt.at,
            )
        )

    def attempts(self, name: str, address: str, since: datetime) -> tuple[int, int]:
        """Attempts since then that failed or are under way: (for this name, from this address)."""
        columns = sign_in_failure.c
        of_name, from_address = self._connection.execute(
            select(
                func.count().filter(columns.name == name),
                func.count().filter(columns.address == address),
            ).where(columns.failed_at >= since)
        ).one()
        return int(of_name), int(from_address)


def _listed(tenants: tuple[str, ...] | None) -> list[str] | None:
    return list(tenants) if tenants is not None else None


def _account(row: Any) -> Account:
    return _account_of(row._asdict())


def _account_of(values: dict[str, Any]) -> Account:
    has_password = values.pop("password_hash") is not None
    return Account.model_validate({**values, "has_password": has_password})
