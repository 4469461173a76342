import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core.domain.account import Account
from core.domain.person import operator
from core.domain.role import Role
from core.errors import AccountError, SignInError, TooManyAttemptsError
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.manage_people import add_person, change_person, end_sessions, set_password
from core.usecases.sign_in import (
    SessionRules,
    account_of_session,
    session_id_of,
    sign_in,
    sign_in_from_elsewhere,
    sign_out,
)
from core.usecases.verify_audit import verify_audit
from core.usecases.workspace import Workspace
from tests.builders import FixedClock, PlainPasswords

ADMIN = operator("root")
RULES = SessionRules(longest=timedelta(hours=12), idle=timedelta(hours=2))
PASSWORD = "correct horse battery"


@pytest.fixture
def passwords() -> PlainPasswords:
    return PlainPasswords()


@pytest.fixture
def ann(space: Workspace, passwords: PlainPasswords) -> Account:
    return add_person(space, ADMIN, passwords, name="Ann@Example.org", role=Role.REVIEWER,
                      tenants=None, password=PASSWORD)  # fmt: skip


def _sign_in(space: Workspace, passwords: PlainPasswords, password: str = PASSWORD,
             name: str = "ann@example.org", address: str = "10.0.0.1") -> str:  # fmt: skip
    return sign_in(space, passwords, name=name, password=password, address=address, rules=RULES)


def _account(space: Workspace, secret: str) -> Account | None:
    return account_of_session(space, session_id_of(secret), RULES)


def test_a_person_signs_in_and_out(space, passwords, ann) -> None:  # type: ignore[no-untyped-def]  # fixtures
    secret = _sign_in(space, passwords, name=" ANN@example.org ")
    assert _account(space, secret) == ann
    sign_out(space, session_id_of(secret))
    assert _account(space, secret) is None
    assert verify_audit(space).broken_at is None


def test_every_refusal_reads_the_same_and_checks_a_password(space, passwords, ann) -> None:  # type: ignore[no-untyped-def]  # fixtures
    add_person(
        space, ADMIN, passwords, name="gone", role=Role.ANALYST, tenants=None, password=PASSWORD
    )
    change_person(space, ADMIN, "gone", role=Role.ANALYST, tenants=None, is_active=False)
    add_person(space, ADMIN, passwords, name="sso", role=Role.ANALYST, tenants=None, password=None)
    said = set()
    for name, password in (("ann@example.org", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD),
                           ("sso", PASSWORD), ("'; DROP TABLE account; --", "x"), ("", "")):  # fmt: skip
        passwords.checked.clear()
        with pytest.raises(SignInError) as raised:
            _sign_in(space, passwords, password, name)
        said.add(str(raised.value))
        assert len(passwords.checked) == 1
    assert said == {"The name or the password is wrong."}
    assert _account(space, _sign_in(space, passwords)) == ann


def test_guessing_is_stopped_for_a_while(space, passwords, ann, clock: FixedClock) -> None:  # type: ignore[no-untyped-def]  # fixtures
    for _ in range(8):
        with pytest.raises(SignInError):
            _sign_in(space, passwords, "wrong")
    with pytest.raises(TooManyAttemptsError, match="quarter of an hour"):
        _sign_in(space, passwords)
    clock.advance(minutes=16)
    assert _account(space, _sign_in(space, passwords)) == ann


def test_guessing_many_names_from_one_address_is_stopped(space, passwords, ann) -> None:  # type: ignore[no-untyped-def]  # fixtures
    for number in range(40):
        with pytest.raises(SignInError):
            _sign_in(space, passwords, "wrong", f"name{number}")
    with pytest.raises(TooManyAttemptsError):
        _sign_in(space, passwords)
    assert _account(space, _sign_in(space, passwords, address="10.0.0.2")) == ann


@pytest.mark.parametrize("changing", ["name", "address"])
def test_guesses_at_the_same_moment_are_counted_too(space, ann, changing: str) -> None:  # type: ignore[no-untyped-def]  # fixtures
    class SlowPasswords(PlainPasswords):
        def fits(self, digest: str, password: str) -> bool:
            time.sleep(0.2)
            return super().fits(digest, password)

    passwords = SlowPasswords()

    def guess(number: int) -> type[Exception] | None:
        facts = {"name": "ann@example.org", "address": "10.0.0.1"}
        facts[changing] = f"other{number}"
        try:
            _sign_in(space, passwords, f"guess {number}", **facts)
        except SignInError as error:
            return type(error)
        return None

    limit = 8 if changing == "address" else 40
    with ThreadPoolExecutor(60) as pool:
        said = list(pool.map(guess, range(60)))
    assert len(passwords.checked) == limit
    assert said.count(SignInError) == limit
    assert said.count(TooManyAttemptsError) == 60 - limit


def test_signing_in_is_not_a_failed_attempt(space, passwords, ann) -> None:  # type: ignore[no-untyped-def]  # fixtures
    for _ in range(60):
        assert _sign_in(space, passwords)


def test_a_password_replaced_while_it_was_checked_opens_nothing(space, ann) -> None:  # type: ignore[no-untyped-def]  # fixtures
    class Overtaken(PlainPasswords):
        def fits(self, digest: str, password: str) -> bool:
            set_password(space, ADMIN, PlainPasswords(), name=ann.name, password="x" * 20)
            return super().fits(digest, password)

    with pytest.raises(SignInError):
        _sign_in(space, Overtaken())


def test_a_new_password_gives_claims_back(space, passwords, ann, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    work = WorkRequest(queue="review", hold=10)
    assert len(next_tasks(space, ann.person, work)) == 3
    set_password(space, ADMIN, passwords, name=ann.name, password="x" * 20)
    assert len(next_tasks(space, operator("ben"), work)) == 3


@pytest.mark.parametrize("name", ["ann@example.org\0", "\0", "a" * 300, "\0" * 300])
def test_any_name_is_refused_alike(space, passwords, ann, name: str) -> None:  # type: ignore[no-untyped-def]  # fixtures
    with pytest.raises(SignInError, match="name or the password is wrong"):
        _sign_in(space, passwords, name=name)


@pytest.mark.parametrize("name", ["Ann Smith", "a" * 250, "", "x\0", "<b>"])
def test_whoever_vouches_names_are_those_that_accounts_have(space, name: str) -> None:  # type: ignore[no-untyped-def]  # fixtures
    for role in (None, Role.REVIEWER):
        with pytest.raises(SignInError, match="letters, digits"):
            sign_in_from_elsewhere(space, name=name, way="oidc", new_role=role, rules=RULES)


def test_a_session_ends_when_idle_and_at_its_longest(
    space, passwords, ann, clock: FixedClock
) -> None:  # type: ignore[no-untyped-def]  # fixtures
    idle, busy = _sign_in(space, passwords), _sign_in(space, passwords)
    for _ in range(11):
        clock.advance(hours=1)
        assert _account(space, busy) == ann
    assert _account(space, idle) is None
    clock.advance(hours=1)
    assert _account(space, busy) is None


def test_a_changed_role_holds_for_the_open_session(space, passwords, ann) -> None:  # type: ignore[no-untyped-def]  # fixtures
    secret = _sign_in(space, passwords)
    change_person(space, ADMIN, ann.name, role=Role.ANALYST, tenants=["acme"], is_active=True)
    account = _account(space, secret)
    assert account is not None
    assert (account.role, account.person.tenants) == (Role.ANALYST, ("acme",))
    change_person(space, ADMIN, ann.name, role=Role.ANALYST, tenants=None, is_active=False)
    assert _account(space, secret) is None


def test_a_new_password_or_an_admin_ends_every_session(space, passwords, ann) -> None:  # type: ignore[no-untyped-def]  # fixtures
    secrets = [_sign_in(space, passwords) for _ in range(2)]
    assert end_sessions(space, ADMIN, ann.name) == 2
    third = _sign_in(space, passwords)
    set_password(space, ann.person, passwords, name=ann.name, password="another long password")
    assert [_account(space, secret) for secret in (*secrets, third)] == [None] * 3
    with pytest.raises(SignInError):
        _sign_in(space, passwords)
    assert _account(space, _sign_in(space, passwords, "another long password"))


def test_signing_out_gives_claims_back_once_nothing_is_open(space, passwords, ann, flagged) -> None:  # type: ignore[no-untyped-def]  # fixtures
    work = WorkRequest(queue="review", hold=10)
    laptop, desktop = _sign_in(space, passwords), _sign_in(space, passwords)
    assert len(next_tasks(space, ann.person, work)) == 3
    sign_out(space, session_id_of(laptop))
    assert next_tasks(space, operator("ben"), work) == []
    sign_out(space, session_id_of(desktop))
    assert len(next_tasks(space, operator("ben"), work)) == 3


def test_the_store_does_not_know_the_cookie(space, passwords, ann) -> None:  # type: ignore[no-untyped-def]  # fixtures
    secret = _sign_in(space, passwords)
    with space.store.reading() as parts:
        ((session, _),) = parts.identity.sessions_since(space.clock.now() - timedelta(hours=1))
    assert secret not in session.model_dump_json()


def test_somebody_from_elsewhere_needs_an_account_or_a_role(space, passwords, ann) -> None:  # type: ignore[no-untyped-def]  # fixtures
    known = sign_in_from_elsewhere(
        space, name="Ann@example.org", way="oidc", new_role=None, rules=RULES
    )
    assert _account(space, known) == ann
    with pytest.raises(SignInError, match="Ask an admin"):
        sign_in_from_elsewhere(space, name="new@x", way="oidc", new_role=None, rules=RULES)
    secret = sign_in_from_elsewhere(
        space, name="new@x", way="proxy", new_role=Role.REVIEWER, rules=RULES
    )
    account = _account(space, secret)
    assert account is not None
    assert (account.name, account.role, account.has_password) == ("new@x", Role.REVIEWER, False)


@pytest.mark.parametrize("name", ["", "two words", "<b>x</b>", "a" * 201, "a\tb", "x\x00"])
def test_names_that_could_mislead_are_refused(space, passwords, name: str) -> None:  # type: ignore[no-untyped-def]  # fixtures
    with pytest.raises(AccountError):
        add_person(
            space, ADMIN, passwords, name=name, role=Role.ADMIN, tenants=None, password=PASSWORD
        )


def test_short_passwords_and_taken_names_are_refused(space, passwords, ann) -> None:  # type: ignore[no-untyped-def]  # fixtures
    with pytest.raises(AccountError, match="at least 12"):
        add_person(
            space, ADMIN, passwords, name="bo", role=Role.ADMIN, tenants=None, password="short"
        )
    with pytest.raises(AccountError, match="already"):
        add_person(space, ADMIN, passwords, name="ANN@example.org", role=Role.ADMIN, tenants=None,
                   password=PASSWORD)  # fmt: skip


def test_the_last_admin_stays_one(space, passwords) -> None:  # type: ignore[no-untyped-def]  # fixtures
    add_person(
        space, ADMIN, passwords, name="one", role=Role.ADMIN, tenants=None, password=PASSWORD
    )
    with pytest.raises(AccountError, match="only admin"):
        change_person(space, ADMIN, "one", role=Role.REVIEWER, tenants=None, is_active=True)
    add_person(
        space, ADMIN, passwords, name="two", role=Role.ADMIN, tenants=None, password=PASSWORD
    )
    change_person(space, ADMIN, "one", role=Role.REVIEWER, tenants=None, is_active=True)
