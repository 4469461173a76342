"""The only module that touches session state, the query string and shared objects."""

import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import streamlit as st
from pydantic import ValidationError

from core.domain.audit_event import AuditFilter
from core.domain.item_filter import ItemFilter
from core.domain.person import Person
from core.errors import SignInError
from core.store.items import Cursor
from core.usecases.claim_tasks import WorkRequest, also_looking, release_claims
from core.usecases.manage_people import assignable_names
from core.usecases.overview import decided_by
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench

#: Seconds for which an answer of `recent` may be older than the store.
_RECENT = 10.0


@dataclass(frozen=True)
class _Shared:
    """What all pages of this process share."""

    workbench: Workbench
    gate: Gate


_shared: dict[str, _Shared] = {}


def publish(opened: Workbench | None, gate: Gate | None = None) -> None:
    """Makes the open workbench known to every page of this process; None when it closes.

    Without a gate everybody is the settings' own person.
    """
    if opened is None:
        _shared.pop("open", None)
    else:
        _shared["open"] = _Shared(opened, gate or Gate(opened, open_to=opened.operator))


def workbench() -> Workbench:
    """The open workbench."""
    return _shared["open"].workbench


def gate() -> Gate:
    """Who may come in."""
    return _shared["open"].gate


def session_id() -> str | None:
    """The id of the session that the middleware found for this page's connection."""
    found = st.user.get("session")
    return str(found) if found else None


def enter() -> Person | None:
    """Who looks at the page, asked anew on every run; None when their session has ended."""
    found = gate().person(session_id())
    st.session_state.person = found
    return found


def sign_out() -> None:
    """Ends the session of this page, and of every tab that uses it."""
    if (session := session_id()) is not None:
        gate().sign_out(session)


def person() -> Person:
    """Who acts, as their account is now: a page that stays open must not outlive a right."""
    found = gate().person(session_id())
    if found is None:
        raise SignInError("Your session has ended. Nothing was saved; sign in again.")
    return found


def enter_page(url_path: str) -> None:
    """Notes which page is shown; leaving Review gives this tab's claims back."""
    before = st.session_state.get("page")
    st.session_state.page = url_path
    work = st.session_state.pop("work", None) if url_path != "review" else None
    if before == "review" and work is not None:
        release_claims(workbench().space, person(), work)


def filter_from_url() -> tuple[ItemFilter, str | None]:
    """The filter in the address, and a sentence when the address had something wrong in it."""
    known = {
        name: value for name, value in st.query_params.items() if name in ItemFilter.model_fields
    }
    values = {name: value for name, value in known.items() if value != ""}
    try:
        return ItemFilter.model_validate(values), None
    except ValidationError as error:
        broken = {str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}
        kept = {name: value for name, value in values.items() if name not in broken}
        names = ", ".join(sorted(broken)) or "score range"
        return _filter_or_all(kept), f"The link's filter was not understood and left out: {names}."


def _filter_or_all(values: dict[str, Any]) -> ItemFilter:
    try:
        return ItemFilter.model_validate(values)
    except ValidationError:
        return ItemFilter()


def filter_to_url(wanted: ItemFilter, *, but: str = "") -> None:
    """Writes the filter into the address, so that the page can be shared; `but` is a widget's."""
    values = wanted.model_dump(mode="json", exclude_none=True)
    for name in ItemFilter.model_fields:
        if name == but:
            continue
        if name in values:
            st.query_params[name] = str(values[name])
        elif name in st.query_params:
            del st.query_params[name]


@dataclass
class Pages:
    """The pages of a list that were opened, so that one can turn back."""

    key: tuple[str, ...]
    cursors: list[Cursor] = field(default_factory=list)

    @property
    def current(self) -> Cursor:
        """Where the page on screen starts."""
        return self.cursors[-1]

    @property
    def number(self) -> int:
        """The page on screen, counted from 0."""
        return len(self.cursors) - 1

    def forward(self, following: Cursor | None) -> None:
        """Turns to the next page."""
        if following is not None:
            self.cursors.append(following)

    def back(self) -> None:
        """Turns to the page before."""
        if len(self.cursors) > 1:
            self.cursors.pop()


def pages(key: tuple[str, ...], first: Callable[[], Cursor]) -> Pages:
    """The opened pages of this list; a changed filter or order starts anew."""
    known: Pages | None = st.session_state.get("pages")
    if known is None or known.key != key:
        known = Pages(key, [first()])
        st.session_state.pages = known
        st.session_state.pop("seen_task", None)
        st.session_state.pop("counted", None)
    return known


def forget_pages() -> None:
    """Makes the list start anew, with what arrived since."""
    for name in ("pages", "seen_task", "counted"):
        st.session_state.pop(name, None)


def seen_task(newest: Callable[[], int]) -> int:
    """The newest task when the list on screen was made."""
    if "seen_task" not in st.session_state:
        st.session_state.seen_task = newest()
    return int(st.session_state.seen_task)


def counted(key: str, count: Callable[[], int]) -> int:
    """The size of the list on screen, counted once per list."""
    known = st.session_state.get("counted")
    if known is None or known[0] != key:
        known = (key, count())
        st.session_state.counted = known
    return int(known[1])


@dataclass(frozen=True)
class Batch:
    """The last bulk decision of this session."""

    batch_id: UUID
    sentence: str
    undo_until: datetime
    refusals: tuple[str, ...]


def remember_batch(
    batch_id: UUID, sentence: str, undo_until: datetime, refusals: Sequence[str]
) -> None:
    """Keeps what a bulk decision did, and refreshes the list."""
    st.session_state.batch = Batch(batch_id, sentence, undo_until, tuple(refusals))
    for known in [name for name in st.session_state if str(name).startswith("recent_")]:
        del st.session_state[known]
    forget_pages()


def last_batch() -> Batch | None:
    """The last bulk decision that was not dismissed."""
    batch: Batch | None = st.session_state.get("batch")
    return batch


def forget_batch() -> None:
    """Dismisses the last bulk decision's banner."""
    st.session_state.pop("batch", None)


@st.cache_data(ttl=60, show_spinner=False)
def _facets(
    _workbench: Workbench,
    store: str,  # noqa: ARG001  # part of the key
    tenants: tuple[str, ...] | None,
) -> dict[str, list[str]]:
    with _workbench.space.store.reading() as parts:
        return parts.items.facets(tenants)


def facets() -> dict[str, list[str]]:
    """The tenants, languages and sources to choose from, at most a minute old."""
    opened = workbench()
    return _facets(opened, opened.settings.store_name, person().tenants)


def has_history() -> bool:
    """Whether any item has scores."""
    with workbench().space.store.reading() as parts:
        return bool(parts.scores.any())


def audit_place(wanted: AuditFilter) -> int | None:
    """Where the page of the audit log on screen ends; another filter starts at the newest."""
    key = wanted.model_dump_json(exclude={"since"})
    if st.session_state.get("audit_key") != key:
        st.session_state.audit_key = key
        st.session_state.audit_before = None
    before: int | None = st.session_state.get("audit_before")
    return before


def turn_audit(before_seq: int | None) -> None:
    """Turns to the events before this one; None: to the newest."""
    st.session_state.audit_before = before_seq


def account_names(also: Sequence[str]) -> list[str]:
    """The names to assign work to, and those in `also`, whose accounts may be gone."""
    return assignable_names(workbench().space, person(), also=also)


def show_job(page_name: str, job_id: int) -> None:
    """Makes a page follow this job."""
    st.session_state[f"job_{page_name}"] = job_id


def job_on_page(page_name: str) -> int | None:
    """The job that a page follows."""
    job_id: int | None = st.session_state.get(f"job_{page_name}")
    return job_id


def brushed(key: str) -> tuple[float, float, float, float] | None:
    """The box (x from, x to, y from, y to) that is drawn on a chart; None when there is none."""
    event = st.session_state.get(key)
    boxes = event["selection"]["box"] if event else []
    if not boxes:
        return None
    box = boxes[0]
    (x0, x1), (y0, y1) = sorted(box["x"]), sorted(box["y"])
    return float(x0), float(x1), float(y0), float(y1)


def picked(key: str) -> list[Any]:
    """What the marks that are clicked on a chart carry as `customdata`."""
    event = st.session_state.get(key)
    points = event["selection"]["points"] if event else []
    return [point["customdata"] for point in points if point.get("customdata") is not None]


def put(**widgets: object) -> None:
    """Sets widgets' values by key, before they are drawn."""
    for name, value in widgets.items():
        st.session_state[name] = value


def value_of(key: str, default: object = None) -> Any:
    """What a widget shows, by its key."""
    return st.session_state.get(key, default)


def recent(name: str, key: object, make: Callable[[], Any]) -> Any:
    """What `make` answered for the key lately: while nothing changed, or for ten seconds.

    For what must not be counted anew while somebody only moves a range over it.
    """
    changes, now = workbench().space.store.changes, time.monotonic()
    known = st.session_state.get(f"recent_{name}")
    if known is None or known[0] != key or (known[1] != changes and now - known[2] > _RECENT):
        known = (key, changes, now, make())
        st.session_state[f"recent_{name}"] = known
    return known[3]


def keep(name: str, value: object) -> None:
    """Keeps something of a view for its next run."""
    st.session_state[f"kept_{name}"] = value


def kept(name: str, default: object = None) -> Any:
    """What a view kept."""
    return st.session_state.get(f"kept_{name}", default)


def from_url(name: str) -> str | None:
    """What the address says for a name, besides filters."""
    found: str | None = st.query_params.get(name)
    return found


def to_url(name: str, value: str | None) -> None:
    """Writes something into the address, so that the page can be shared; None: takes it out."""
    if value is not None:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def work_changed(work: WorkRequest) -> None:
    """Gives the claims back when the reviewer turns to another queue or narrows it."""
    before = st.session_state.get("work")
    st.session_state.work = work
    if before is not None and before != work:
        release_claims(workbench().space, person(), before)


def tallies(work: WorkRequest) -> tuple[int, int, list[str]]:
    """Waiting tasks, this person's decisions of the day, and who else is there.

    At most five seconds old.
    """
    opened = workbench()
    now = opened.space.clock.now()
    known = st.session_state.get("tallies")
    if known is not None and known[0] == work and now - known[1] < timedelta(seconds=5):
        return known[2], known[3], known[4]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    who = person()
    with opened.space.store.reading() as parts:
        waiting = parts.tasks.waiting_count(work.queue, work.tenant, work.language, who.tenants)
    done = decided_by(opened.space, who.name, since=midnight)
    others = also_looking(opened.space, who, work.queue)
    st.session_state.tallies = (work, now, waiting, done, others)
    return waiting, done, others


def uploaded_file(
    file_id: str, name: str, read: Callable[[], Any], *, kind: str = "upload"
) -> Path:
    """The uploaded bytes as a file beside the store, written once per upload; one file a kind."""
    known = st.session_state.get(kind)
    if known is not None and known[0] == file_id and known[1].exists():
        return Path(known[1])
    folder = workbench().settings.files_folder / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    if known is not None:
        known[1].unlink(missing_ok=True)
    path = folder / f"{secrets.token_hex(8)}{Path(name).suffix.lower()[:10]}"
    path.write_bytes(read())
    st.session_state[kind] = (file_id, path)
    return path


def rejected_csv(import_id: int) -> bytes:
    """The refused rows of an import as CSV, safe to open in a spreadsheet."""
    return workbench().rejected_csv(import_id, person())


def card_key(work: WorkRequest) -> str:
    """The review card's key: names the person and the work, in characters a key may have."""
    names = (person().name, work.queue, work.tenant or "", work.language or "")
    return "card-" + hashlib.sha256("\x1f".join(names).encode()).hexdigest()[:16]
