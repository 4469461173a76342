"""The Reports page, through app.py."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.person import Person
from core.domain.report import ReportDefinition, Rolling, Section
from core.domain.role import Role
from core.usecases.keep_reports import report_runs, save_report, saved_reports
from dashboard import state
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench
from tests.dashboard.analytics_pages import fill, in_url, open_page, run, said
from tests.dashboard.word_workbench import word_workbench

_HOSTILE = "![x](https://evil.example/x.png) :red[r]"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Workbench]:
    """120 items that were created just now."""
    with word_workbench(tmp_path) as opened:
        yield fill(opened, tmp_path)


def _this_month(workbench: Workbench) -> str:
    today = workbench.space.clock.now().date()
    return f"{today.replace(day=1).isoformat()}_{today.isoformat()}"


def _open(workbench: Workbench, **query: str) -> AppTest:
    found = {"report_period": "Dates", "report_days": _this_month(workbench)} | query
    return open_page("reports", **found)


def _cells(app: AppTest, column: str) -> dict[str, str]:
    frame = app.dataframe[0].value
    return dict(zip(frame["Number"], frame[column], strict=True))


def test_a_link_opens_a_section_of_a_period(own: Workbench) -> None:
    app = _open(own, report_show=Section.VOLUMES.words)
    assert _cells(app, "Value (95 % interval)")["Items that arrived"] == "120"
    assert "all tenants" in said(app)
    app.selectbox(key="report_show").set_value(Section.QUALITY.words)
    run(app)
    assert _cells(app, "Rests on")["Prevalence of harm"].startswith("not known")


def test_an_empty_period_says_so(own: Workbench) -> None:
    app = _open(own, report_days="2020-01-01_2020-01-31")
    assert "The period is empty" in said(app)


def test_a_broken_link_falls_back(own: Workbench) -> None:
    app = _open(own, report_days="nonsense", report="nobody's", report_show="nothing")
    assert "Items that arrived" in _cells(app, "n")
    save_report(own.space, own.operator, ReportDefinition(rolling=Rolling.LAST_WEEK))
    assert "no saved report" in said(_open(own, report="nobody's"))


def test_a_report_is_built_and_stays_in_the_list(own: Workbench) -> None:
    app = _open(own, report_title=_HOSTILE)
    app.button(key="report_build").click()
    run(app)
    job = state_job(app)
    own.jobs.wait(job)
    run(app)
    (built,) = report_runs(own.space, own.operator)
    assert built.name == _HOSTILE
    path = own.settings.export_folder / built.file
    assert path.exists()
    assert json.loads(built.manifest)["files"]["report.html"]["bytes"] > 10_000
    assert "SHA-256" in str(app.success[0].value)
    assert any(_HOSTILE in str(frame.value) for frame in app.dataframe)
    # The title is a label of a button too, where Markdown is read.
    assert "![x]" not in app.button(key="report_save").label


def state_job(app: AppTest) -> int:
    """The job that the page follows."""
    return int(app.session_state["job_reports"])


def test_a_saved_report_is_opened_by_its_name(own: Workbench) -> None:
    app = _open(own, report_title="Zoo", report_tenants="zoo")
    app.button(key="report_save").click()
    run(app)
    assert in_url(app, "report") == ["Zoo"]
    (kept,) = saved_reports(own.space, own.operator)
    assert kept.definition.tenants == ("zoo",)
    again = open_page("reports", report="Zoo")
    assert again.text_input(key="report_title").value == "Zoo"
    assert again.multiselect(key="report_tenants").value == ["zoo"]
    assert _cells(again, "Value (95 % interval)")["Items that arrived"] == "30"
    again.button(key="report_remove").click()
    run(again)
    assert saved_reports(own.space, own.operator) == []
    assert in_url(again, "report") == [None]


def test_people_see_their_tenants_reports_only(own: Workbench) -> None:
    zoe = Person(name="zoe", role=Role.ANALYST, tenants=("zoo",))
    save_report(own.space, own.operator, ReportDefinition(
        name="Ours", rolling=Rolling.LAST_WEEK, tenants=("acme",)))  # fmt: skip
    state.publish(own, Gate(own, open_to=zoe))
    app = _open(own)
    assert _cells(app, "Value (95 % interval)")["Items that arrived"] == "30"
    assert app.multiselect(key="report_tenants").options == ["zoo"]
    assert not [each for each in app.selectbox if each.key == "report_chosen"]


def test_without_items_the_page_says_what_to_do(tmp_path: Path) -> None:
    with word_workbench(tmp_path):
        assert "Import a file" in said(open_page("reports"))
