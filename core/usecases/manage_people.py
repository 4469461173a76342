"""Who may do what: accounts, roles, tenants, passwords, sessions."""

from collections.abc import Sequence

from pydantic import ValidationError

from core.domain.account import PASSWORD_MAX, PASSWORD_MIN, Account, Session
from core.domain.person import Person
from core.domain.role import Permission, Role
from core.errors import AccountError, ForbiddenError, NotFoundError
from core.store.rereading import rereading
from core.store.store import StoreParts
from core.usecases.sign_in import Passwords, SessionRules
from core.usecases.workspace import Workspace


def add_person(
    space: Workspace,
    by: Person,
    passwords: Passwords,
    *,
    name: str,
    role: Role,
    tenants: Sequence[str] | None,
    password: str | None,
) -> Account:
    """A new account; without a password it can only sign in through a provider or proxy."""
    by.require(Permission.MANAGE_PEOPLE)
    _give_own_only(by, tenants)
    try:
        account = Account(
            account_id=space.ids.next(), name=name, role=role, has_password=password is not None,
            tenants=tuple(tenants) if tenants else None, created_at=space.clock.now(),
        )  # fmt: skip
    except ValidationError as error:
        raise AccountError(
            "A name has 1 to 200 letters, digits and the characters . @ + - _ only."
        ) from error
    digest = passwords.digest(_checked(password)) if password is not None else None
    with space.store.writing() as parts:
        parts.serialise("accounts")
        if parts.identity.account_named(account.name) is not None:
            raise AccountError(f"There is an account {account.name} already.")
        parts.identity.add_account(account, digest)
        parts.audit.append(by.name, "person.added", f"person:{account.name}", _facts(account))
    return account


def change_person(
    space: Workspace,
    by: Person,
    name: str,
    *,
    role: Role,
    tenants: Sequence[str] | None,
    is_active: bool,
) -> Account:
    """Changes what somebody may do, from their next click on; the last admin stays one."""
    by.require(Permission.MANAGE_PEOPLE)
    _give_own_only(by, tenants)
    with space.store.writing() as parts:
        parts.serialise("accounts")
        before = _account(parts, by, name)
        after = before.model_copy(
            update={
                "role": role,
                "tenants": tuple(tenants) if tenants else None,
                "is_active": is_active,
            }
        )
        _keep_an_admin(parts, before, after)
        parts.identity.change_account(after)
        # What they hold may be of a queue or tenant that is not theirs any more.
        parts.tasks.release(after.name)
        if not is_active:
            parts.identity.end_sessions_of(after.account_id)
        details = {"before": _facts(before), "after": _facts(after)}
        parts.audit.append(by.name, "person.changed", f"person:{after.name}", details)
    return after


def _keep_an_admin(parts: StoreParts, before: Account, after: Account) -> None:
    if _rules_all(after) or not _rules_all(before):
        return
    others = (a for a in parts.identity.accounts() if a.account_id != before.account_id)
    if not any(_rules_all(other) for other in others):
        raise AccountError(f"{before.name} is the only admin: make somebody else one first.")


def _rules_all(account: Account) -> bool:
    """Whether it is an admin of all tenants, who alone can change everybody."""
    return account.role is Role.ADMIN and account.is_active and account.tenants is None


def set_password(
    space: Workspace, by: Person, passwords: Passwords, *, name: str, password: str
) -> None:
    """Replaces a password, ends the sessions that the old one opened and gives claims back."""
    if by.name != name:
        by.require(Permission.MANAGE_PEOPLE)
    digest = passwords.digest(_checked(password))
    with space.store.writing() as parts:
        account = _account(parts, by, name)
        parts.identity.set_password(account.account_id, digest)
        ended = parts.identity.end_sessions_of(account.account_id)
        parts.tasks.release(account.name)
        parts.audit.append(by.name, "person.password_set", f"person:{name}", {"ended": ended})


def end_sessions(space: Workspace, by: Person, name: str) -> int:
    """Signs somebody out everywhere and gives their claims back; the number of sessions."""
    by.require(Permission.MANAGE_PEOPLE)
    with space.store.writing() as parts:
        account = _account(parts, by, name)
        ended = parts.identity.end_sessions_of(account.account_id)
        parts.tasks.release(account.name)
        parts.audit.append(by.name, "person.sessions_ended", f"person:{name}", {"ended": ended})
    return ended


@rereading
def list_people(
    space: Workspace, by: Person, rules: SessionRules
) -> list[tuple[Account, list[Session]]]:
    """Every account that the person may change, with its open sessions."""
    by.require(Permission.MANAGE_PEOPLE)
    now = space.clock.now()
    with space.store.reading() as parts:
        accounts = parts.identity.accounts()
        used = parts.identity.sessions_since(now - rules.idle)
    return [
        (
            account,
            [s for s, owner in used if owner.account_id == account.account_id and s.ends_at > now],
        )
        for account in accounts
        if _is_within(by, account)
    ]


def assignable_names(space: Workspace, by: Person, *, also: Sequence[str]) -> list[str]:
    """The names to give work to, and those in `also`, whose accounts may be gone."""
    with space.store.reading() as parts:
        accounts = parts.identity.accounts()
    known = [each.name for each in accounts if each.is_active and _is_within(by, each)]
    return sorted({*known, *also})


def _account(parts: StoreParts, by: Person, name: str) -> Account:
    found = parts.identity.account_named(name)
    if found is None or not (found.name == by.name or _is_within(by, found)):
        raise NotFoundError(f"There is no account {name}.")
    return found


def _is_within(by: Person, account: Account) -> bool:
    """Whether an account sees nothing that `by` does not; others are not shown to them."""
    if by.tenants is None:
        return True
    return account.tenants is not None and all(by.sees(each) for each in account.tenants)


def _give_own_only(by: Person, tenants: Sequence[str] | None) -> None:
    """Nobody gives what they do not have: all tenants, or some that they do not see."""
    if by.tenants is None or (tenants and all(by.sees(each) for each in tenants)):
        return
    raise ForbiddenError(
        f"You see {', '.join(by.tenants)} only. Choose at least one of these tenants for them."
    )


def _checked(password: str) -> str:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise AccountError(f"A password has at least {PASSWORD_MIN} characters.")
    return password


def _facts(account: Account) -> dict[str, object]:
    return account.model_dump(mode="json", include={"role", "tenants", "is_active"})
