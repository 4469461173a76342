"""Who somebody is: looked up for every request and on every run of a page."""

import ipaddress
import threading
import time

from core.domain.account import Account
from core.domain.person import Person
from core.usecases.sign_in import (
    SessionRules,
    account_of_session,
    login_of,
    session_id_of,
    sign_in,
    sign_in_from_elsewhere,
    sign_out,
)
from data.bootstrap import Workbench

#: For so long an answer is believed: a session ended elsewhere goes on for this time at most.
_BELIEVED_SECONDS = 1.0
_MOST_REMEMBERED = 5_000
#: What the middleware passes to pages in place of the cookie's secret.
OPEN_SESSION = "open"


class Gate:
    """Sessions of signed-in people; with sign-in off, everybody is one local person."""

    def __init__(self, workbench: Workbench, open_to: Person | None = None) -> None:
        self._workbench = workbench
        self._open_to = open_to
        self._known: dict[str, tuple[float, Account | None]] = {}
        self._lock = threading.Lock()

    @property
    def open_to(self) -> Person | None:
        """Who everybody is when sign-in is off; None when it is on."""
        return self._open_to

    @property
    def rules(self) -> SessionRules:
        """How long one stays signed in."""
        return self._workbench.settings.session_rules

    def person(self, session_id: str | None) -> Person | None:
        """The person behind a session as their account is now; None when it has ended."""
        if self._open_to is not None:
            return self._open_to
        if not session_id:
            return None
        now = time.monotonic()
        known = self._known.get(session_id)
        if known is None or now - known[0] > _BELIEVED_SECONDS:
            account = account_of_session(self._workbench.space, session_id, self.rules)
            known = (now, account)
            with self._lock:
                if len(self._known) > _MOST_REMEMBERED:
                    self._known.clear()
                self._known[session_id] = known
        return known[1].person if known[1] else None

    def session_of(self, secret: str | None, name: str | None = None) -> str | None:
        """The id of the session that a cookie opens; None when it opens none, or not `name`'s."""
        if self._open_to is not None:
            return OPEN_SESSION
        if not secret:
            return None
        session_id = session_id_of(secret)
        person = self.person(session_id)
        is_theirs = person is not None and (name is None or person.name == login_of(name))
        return session_id if is_theirs else None

    def sign_in(self, name: str, password: str, address: str) -> str:
        """The secret for the cookie of somebody with a local account."""
        return sign_in(
            self._workbench.space, self._workbench.passwords,
            name=name, password=password, address=address, rules=self.rules,
        )  # fmt: skip

    def vouched_for(self, name: str, way: str) -> str:
        """The secret for the cookie of somebody whom a provider or proxy vouches for."""
        return sign_in_from_elsewhere(
            self._workbench.space, name=name, way=way,
            new_role=self._workbench.settings.new_people_role, rules=self.rules,
        )  # fmt: skip

    def sign_out(self, session_id: str) -> None:
        """Ends the session here and for every tab that uses it."""
        sign_out(self._workbench.space, session_id)
        with self._lock:
            self._known.pop(session_id, None)

    def forget(self) -> None:
        """Has every answer looked up again: somebody's role or session was changed here."""
        with self._lock:
            self._known.clear()


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
