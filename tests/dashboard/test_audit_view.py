"""The audit page: filters, pages, export and the chain, as an auditor uses them."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.domain.person import Person
from core.domain.role import Role
from core.usecases.read_audit import PAGE_EVENTS
from dashboard import state
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench, open_workbench, read_settings

APP = str(Path(state.__file__).parent / "app.py")
ADMIN = Person(name="root", role=Role.ADMIN)


@pytest.fixture
def workbench(database_url: str, tmp_path: Path) -> Iterator[Workbench]:
    settings = read_settings(database_url=database_url, files_dir=tmp_path, pool_size=6)
    with open_workbench(settings) as opened:
        with opened.space.store.writing() as parts:
            for number in range(PAGE_EVENTS):
                parts.audit.append("ann", "decision.reject", f"item:{number}", {"n": number})
            parts.audit.append("=cmd|' /C calc'!A0", "decision.approve", "item:1", {})
        state.publish(opened, Gate(opened, open_to=ADMIN))
        yield opened
        state.publish(None)


def _open() -> AppTest:
    app = AppTest.from_file(APP, default_timeout=30).run()
    app.switch_page("views/audit.py").run()
    assert not app.exception
    return app


def _rows(app: AppTest) -> pl.DataFrame:
    (table,) = app.dataframe
    return pl.from_pandas(table.value)


def test_events_are_filtered_by_who_what_and_on_what(workbench: Workbench) -> None:
    app = _open()
    app.selectbox(key="audit_who").select("ann").run()
    assert set(_rows(app)["who"]) == {"ann"}
    app.text_input(key="audit_on").input("item:7").run()
    assert _rows(app).select("who", "what", "on").rows() == [("ann", "decision.reject", "item:7")]
    app.selectbox(key="audit_who").select("Any")
    app.selectbox(key="audit_what").select("decision")
    app.text_input(key="audit_on").input("item:1").run()
    assert _rows(app)["what"].to_list() == ["decision.approve", "decision.reject"]
    app.text_input(key="audit_on").input("nothing").run()
    assert ["No events match these filters." in each.value for each in app.info] == [True]


def test_one_turns_to_older_events_and_back(workbench: Workbench) -> None:
    app = _open()
    app.selectbox(key="audit_what").select("decision").run()
    newest = _rows(app)
    assert newest.height == PAGE_EVENTS
    app.button(key="audit_older").click().run()
    assert _rows(app)["on"].to_list() == ["item:0"]
    app.button(key="audit_newest").click().run()
    assert _rows(app).equals(newest)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_export_is_what_the_filters_show(workbench: Workbench, ending: str) -> None:
    app = _open()
    app.selectbox(key="audit_what").select("decision.approve").run()
    button = app.button(key=f"audit_export_{ending}")
    assert button.label == f"Export 1 as {ending.upper()}"
    button.click().run()
    workbench.jobs.wait(app.session_state["job_audit"])
    app.run()
    assert not app.exception
    (path,) = workbench.settings.export_folder.glob(f"audit-*.{ending}")
    rows = pl.read_csv(path) if ending == "csv" else pl.read_parquet(path)
    assert rows["subject"].to_list() == ["item:1"]
    assert "event_hash" in rows.columns
    if ending == "csv":
        # An actor's name cannot become a formula in a spreadsheet.
        assert rows["actor"].to_list()[0].startswith("'=")
    app.selectbox(key="audit_what").select("audit.exported").run()
    assert _rows(app)["who"].to_list() == ["root"]


def test_the_chain_is_verified_from_the_page(workbench: Workbench) -> None:
    app = _open()
    app.button(key="audit_verify").click().run()
    workbench.jobs.wait(app.session_state["job_audit"])
    app.run()
    assert ["The audit log is whole" in each.value for each in app.success] == [True]


def test_whoever_is_kept_to_tenants_is_told_why_there_is_nothing(workbench: Workbench) -> None:
    kept = Person(name="ours", role=Role.ADMIN, tenants=("acme",))
    state.publish(workbench, Gate(workbench, open_to=kept))
    app = _open()
    assert ["spans all tenants" in each.value for each in app.info] == [True]
    assert not app.dataframe
    assert not app.selectbox
