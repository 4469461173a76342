"""Somebody kept to tenants sees and changes nothing of other tenants, on both databases."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from core.domain.account import Account
from core.domain.audit_event import AuditFilter
from core.domain.item_filter import ItemFilter
from core.domain.person import Person, operator
from core.domain.review_queue import ReviewQueue
from core.domain.role import Role
from core.errors import AccountError, ForbiddenError, NotFoundError
from core.store.job_handle import NoJob
from core.usecases.catalogue import Catalogue
from core.usecases.list_imports import find_import, list_imports, refused_rows
from core.usecases.manage_people import (
    add_person,
    assignable_names,
    change_person,
    end_sessions,
    list_people,
    set_password,
)
from core.usecases.manage_queues import list_queues, queues_for, save_queue
from core.usecases.overview import running_jobs
from core.usecases.read_audit import audit_names, read_audit, verify_audit_for
from core.usecases.sign_in import SessionRules
from core.usecases.workspace import Workspace
from data.bootstrap import Workbench, open_workbench, read_settings
from tests.builders import PlainPasswords

ROOT = operator("root")
OURS = Person(name="ours", role=Role.ADMIN, tenants=("acme", "shop"))
PASSWORDS = PlainPasswords()
RULES = SessionRules()


def _add(space: Workspace, name: str, tenants: list[str] | None, by: Person = ROOT,
         role: Role = Role.ADMIN) -> Account:  # fmt: skip
    return add_person(space, by, PASSWORDS, name=name, role=role, tenants=tenants, password=None)


def _change(space: Workspace, name: str, tenants: list[str] | None, by: Person = OURS) -> Account:
    return change_person(space, by, name, role=Role.ADMIN, tenants=tenants, is_active=True)


@pytest.fixture
def people(space: Workspace) -> Workspace:
    _add(space, "root", None)
    _add(space, "ours", ["acme", "shop"])
    _add(space, "ben", ["acme"], role=Role.REVIEWER)
    _add(space, "zoe", ["zoo"], role=Role.REVIEWER)
    _add(space, "both", ["acme", "zoo"], role=Role.REVIEWER)
    return space


@pytest.mark.parametrize("tenants", [None, [], ["zoo"], ["acme", "zoo"]])
def test_one_gives_no_tenants_that_one_does_not_have(
    people: Workspace, tenants: list[str] | None
) -> None:
    with pytest.raises(ForbiddenError, match="acme, shop"):
        _add(people, "new", tenants, by=OURS)
    for name in ("ours", "ben"):
        with pytest.raises(ForbiddenError, match="acme, shop"):
            _change(people, name, tenants)


def test_one_gives_some_of_ones_own_tenants(people: Workspace) -> None:
    assert _add(people, "new", ["shop"], by=OURS).tenants == ("shop",)
    assert _change(people, "ben", ["acme", "shop"]).tenants == ("acme", "shop")


@pytest.mark.parametrize("name", ["root", "zoe", "both"])
def test_accounts_beyond_ones_tenants_are_as_if_they_did_not_exist(
    people: Workspace, name: str
) -> None:
    for touch in (
        lambda: _change(people, name, ["acme"]),
        lambda: end_sessions(people, OURS, name),
        lambda: set_password(people, OURS, PASSWORDS, name=name, password="x" * 20),
    ):
        with pytest.raises(NotFoundError, match="no account"):
            touch()
    listed = [account.name for account, _ in list_people(people, OURS, RULES)]
    assert listed == ["ben", "ours"]
    assert assignable_names(people, OURS, also=["gone"]) == ["ben", "gone", "ours"]
    assert "zoe" in assignable_names(people, ROOT, also=[])


def test_an_admin_of_some_tenants_does_not_replace_the_last_one_of_all(people: Workspace) -> None:
    with pytest.raises(AccountError, match="only admin"):
        change_person(people, ROOT, "root", role=Role.REVIEWER, tenants=None, is_active=True)
    with pytest.raises(AccountError, match="only admin"):
        _change(people, "root", ["acme"], by=ROOT)
    # Whoever never saw all tenants can be changed freely.
    _change(people, "ours", ["acme"], by=ROOT)
    _add(people, "second", None)
    _change(people, "root", ["acme"], by=ROOT)


def _queue(name: str, tenant: str | None, title: str = "Q") -> ReviewQueue:
    return ReviewQueue(name=name, title=title, filter=ItemFilter(tenant=tenant))


def test_queues_of_other_tenants_are_neither_shown_nor_replaced(
    space: Workspace, catalogue: Catalogue
) -> None:
    for name, tenant in (("theirs", "zoo"), ("everybodys", None), ("mine", "acme")):
        save_queue(space, catalogue, ROOT, _queue(name, tenant), move=False)
    shown = {row.queue.name for row in list_queues(space, OURS)}
    assert shown == {"everybodys", "mine", "review", "escalation"}
    assert "theirs" not in {queue.name for queue in queues_for(space, OURS)}
    for name in ("theirs", "everybodys"):
        with pytest.raises(ForbiddenError):
            save_queue(space, catalogue, OURS, _queue(name, "acme", "Taken"), move=True)
    assert save_queue(space, catalogue, OURS, _queue("mine", "shop", "New"), move=False) == 0
    titles = {row.queue.name: row.queue.title for row in list_queues(space, ROOT)}
    assert (titles["theirs"], titles["everybodys"], titles["mine"]) == ("Q", "Q", "New")


def test_the_audit_log_is_for_those_who_see_all_tenants(space: Workspace) -> None:
    for read in (
        lambda: read_audit(space, OURS, AuditFilter()),
        lambda: audit_names(space, OURS),
        lambda: verify_audit_for(space, OURS),
    ):
        with pytest.raises(ForbiddenError, match="spans all tenants"):
            read()
    assert verify_audit_for(space, ROOT).broken_at is None


def test_the_audit_log_is_not_written_out_for_others(workbench: Workbench, tmp_path: Path) -> None:
    path = tmp_path / "audit.csv"
    with pytest.raises(ForbiddenError, match="spans all tenants"):
        workbench.export_audit(path, AuditFilter(), OURS, NoJob())
    assert not path.exists()


@pytest.fixture
def workbench(database_url: str, tmp_path: Path) -> Iterator[Workbench]:
    settings = read_settings(database_url=database_url, files_dir=tmp_path, pool_size=6)
    with open_workbench(settings) as opened:
        yield opened


def _import(workbench: Workbench, folder: Path, by: Person, *tenants: str) -> int:
    """One good row for each tenant, and one that is refused."""
    name = f"{by.name}-{'-'.join(tenants)}.csv"
    path = folder / name
    rows = [f"{uuid4().hex},hello from {tenant},{tenant}" for tenant in tenants]
    path.write_text("\n".join(["id,text,tenant", *rows, f"bad,,{(tenants or ('acme',))[0]}"]))
    return workbench.import_file(path, mapping=[], job=NoJob(), person=by).import_id


def test_imports_of_other_tenants_are_as_if_they_did_not_exist(
    workbench: Workbench, tmp_path: Path
) -> None:
    space = workbench.space
    colleague = OURS.model_copy(update={"name": "colleague"})
    foreign = [_import(workbench, tmp_path, ROOT, *each) for each in (("zoo",), ("acme", "zoo"))]
    ours = _import(workbench, tmp_path, OURS, "acme")
    theirs = _import(workbench, tmp_path, colleague, "acme", "shop")
    refused = _import(workbench, tmp_path, OURS)
    # One's own file from a time when one saw all tenants.
    former = _import(workbench, tmp_path, operator("ours"), "zoo")
    assert [run.import_id for run in list_imports(space, OURS)] == [refused, theirs, ours]
    assert len(list_imports(space, ROOT)) == 6
    for import_id in (*foreign, former):
        assert find_import(space, OURS, import_id) is None
        for touch in (
            lambda import_id=import_id: refused_rows(space, OURS, import_id, limit=5),
            lambda import_id=import_id: workbench.rejected_csv(import_id, OURS),
            lambda import_id=import_id: workbench.undo_import(import_id, OURS),
        ):
            with pytest.raises(NotFoundError, match="no import"):
                touch()
    # Whose rows were refused nobody can tell: they are for those who brought the file.
    with pytest.raises(NotFoundError, match="refused rows"):
        workbench.rejected_csv(theirs, OURS)
    assert b"body" in workbench.rejected_csv(ours, OURS)
    assert refused_rows(space, OURS, refused, limit=5).height == 1
    assert workbench.undo_import(theirs, OURS) == 2
    with space.store.reading() as parts:
        assert parts.items.facets(None)["tenant"] == ["acme", "zoo"]


def test_titles_of_other_peoples_jobs_are_for_those_who_see_all_tenants(
    workbench: Workbench,
) -> None:
    runs: list[list[str]] = []

    def look(_job: object) -> dict[str, object]:
        for person in (OURS, ROOT):
            runs.append([job.title for job in running_jobs(workbench.space, person)])
        return {}

    workbench.jobs.wait(workbench.jobs.submit("import", "Import of zoo.csv", "zoe", look))
    workbench.jobs.wait(workbench.jobs.submit("import", "Import of ours.csv", "ours", look))
    assert runs == [[], ["Import of zoo.csv"], ["Import of ours.csv"], ["Import of ours.csv"]]
