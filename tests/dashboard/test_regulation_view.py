"""The page Regulation and the regulatory parts of Export, through app.py."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.dsa_enums import Category, Ground, Visibility
from core.domain.label import Label
from core.domain.person import Person
from core.domain.role import Role
from core.usecases.manage_regulation import read_mapping, save_mapping
from dashboard import state
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench
from tests.dashboard.analytics_pages import HIGH, facts, fill, in_url, open_page, run, said
from tests.dashboard.word_workbench import word_workbench
from tests.regulated import a_mapping


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    with word_workbench(tmp_path) as opened:
        yield opened


@pytest.fixture
def filled(workbench: Workbench, tmp_path: Path) -> Workbench:
    """20 items that the policy rejected for toxicity just now."""
    return fill(workbench, tmp_path)


def _answer(workbench: Workbench) -> None:
    save_mapping(workbench.space, workbench.operator, a_mapping())


def _today(workbench: Workbench) -> dict[str, str]:
    day = workbench.space.clock.now().date().isoformat()
    return {"export_part": "Regulatory", "from": day, "to": day}


def _wait(workbench: Workbench, app: AppTest) -> AppTest:
    workbench.jobs.wait(app.session_state["job_regulatory"])
    return run(app)


@pytest.mark.parametrize("part", ["Records", "Regulatory", "Check a report"])
def test_every_part_opens_on_an_empty_store(workbench: Workbench, part: str) -> None:
    app = open_page("exports", export_part=part)
    assert [each.value for each in app.header] == ["Export"]
    if part == "Regulatory":
        assert "there is nothing to state" in said(app)
        assert app.button(key="statements_start").disabled


def test_what_is_not_answered_is_listed_and_nothing_can_be_written(filled: Workbench) -> None:
    app = open_page("exports", **_today(filled))
    assert facts(app) == {"Ready": "0", "Held back": f"{HIGH}"}
    table = app.dataframe[0].value
    assert set(table["Field"]) == {"decision_ground", "decision_visibility", "decision_facts"}
    assert set(table["Decisions"]) == {HIGH}
    assert app.button(key="statements_start").disabled
    assert not app.checkbox


def test_answered_statements_are_written_and_can_be_taken(filled: Workbench) -> None:
    _answer(filled)
    app = open_page("exports", **_today(filled))
    assert facts(app) == {"Ready": f"{HIGH}", "Held back": "0"}
    app.button(key="statements_start").click()
    run(app)
    app = _wait(filled, app)
    assert any(f"{HIGH} statements in 1 files" in each.value for each in app.success)
    (path,) = filled.settings.export_folder.glob("dsa-statements-*.zip")
    with zipfile.ZipFile(path) as archive:
        batch = json.loads(archive.read("statements-000001.json"))
    assert len(batch["statements"]) == HIGH
    assert {each["automated_decision"] for each in batch["statements"]} == {
        "AUTOMATED_DECISION_FULLY"
    }


def test_a_period_of_a_link_is_kept_and_a_wrong_one_is_not_believed(filled: Workbench) -> None:
    app = open_page(
        "exports", export_part="Regulatory", **{"from": "2026-02-01", "to": "2026-02-28"}
    )
    assert in_url(app, "from", "to") == ["2026-02-01", "2026-02-28"]
    assert "there is nothing to state" in said(app)
    app = open_page("exports", export_part="Regulatory", **{"from": "2026-02-30", "to": "x"})
    start, end = in_url(app, "from", "to")
    assert start is not None
    assert end is not None
    assert start < end


def test_the_report_needs_names_then_counts_and_says_what_it_cannot(filled: Workbench) -> None:
    link = _today(filled) | {"regulatory_kind": "Transparency report"}
    app = open_page("exports", **link)
    assert "names the service and the provider" in said(app)
    _answer(filled)
    app = open_page("exports", **link)
    assert facts(app) == {"Measures": f"{HIGH}", "Not counted": "0"}
    assert "orders of authorities are not in ModDesk" in said(app)
    app.button(key="report_start").click()
    run(app)
    app = _wait(filled, app)
    assert any("9 parts with 20 measures" in each.value for each in app.success)
    (path,) = filled.settings.export_folder.glob("dsa-report-*.zip")
    with zipfile.ZipFile(path) as archive:
        assert "8_automated_means.csv" in archive.namelist()


def test_files_of_a_report_are_checked(workbench: Workbench) -> None:
    app = open_page("exports", export_part="Check a report")
    content = b"Applicability,Service,Indicator,Value\nAll,Plaza,Name of the service provider,\n"
    app.file_uploader(key="report_files").set_value(
        [("1_report_identification.csv", io.BytesIO(content).getvalue(), "text/csv")]
    )
    run(app)
    assert "problems in 1 of 1 files" in said(app)
    problems = set(app.dataframe[0].value["Problem"])
    assert {"is blank and must be filled in", "the row is missing"} <= problems


def test_a_reason_is_answered_on_the_page(workbench: Workbench) -> None:
    app = open_page("regulation", regulation_reason="hate_speech")
    assert "Nobody has changed the defaults yet" in said(app)
    app = open_page("regulation")
    app.segmented_control(key="regulation_reason").set_value(Label.HATE_SPEECH)
    run(app)
    key = "reason_0_hate_speech"
    app.radio(key=f"{key}_ground").set_value(Ground.ILLEGAL)
    app.text_input(key=f"{key}_law").set_value("Law 130")
    app.text_area(key=f"{key}_why").set_value("It incites hatred.")
    app.multiselect(key=f"{key}_visibility").set_value([Visibility.REMOVED])
    app.text_area(key=f"{key}_facts").set_value("The {content_type} contains {reason}.")
    run(app)
    assert "For instance: The text contains hate speech." in said(app)
    app.button(key=f"{key}_save").click()
    run(app)
    assert [each.value for each in app.success] == ["Saved as version 1."]
    mapping = read_mapping(workbench.space, workbench.operator)
    reason = mapping.reasons[Label.HATE_SPEECH]
    assert (reason.category, reason.ground, reason.missing()) == (
        Category.SPEECH, Ground.ILLEGAL, (),
    )  # fmt: skip
    assert mapping.reasons[Label.SPAM].ground is None
    rows = dict(
        zip(app.dataframe[0].value["Reason"], app.dataframe[0].value["Not answered"], strict=True)
    )
    assert rows["Hate speech"] == "complete"
    assert rows["Spam"] == "ground, restriction, facts"


def test_what_cannot_be_is_said_beside_the_form(workbench: Workbench) -> None:
    app = open_page("regulation")
    app.text_area(key="reason_0_spam_facts").set_value("Written by {author}, ask a@b.example")
    run(app)
    assert "an e-mail address" in said(app)
    app.button(key="reason_0_spam_save").click()
    run(app)
    assert "author" in said(app)
    app.text_input(key="platform_0_service").set_value("=1+1")
    app.button(key="platform_0_save").click()
    run(app)
    assert "formula" in said(app)
    assert read_mapping(workbench.space, workbench.operator).version == 0


def test_the_platform_answers_for_everything(workbench: Workbench) -> None:
    app = open_page("regulation")
    app.text_input(key="platform_0_service").set_value("Plaza")
    app.text_input(key="platform_0_provider").set_value("Plaza Ltd")
    app.button(key="platform_0_eu").click()
    run(app)
    app.button(key="platform_0_save").click()
    run(app)
    platform = read_mapping(workbench.space, workbench.operator).platform
    assert (platform.service, platform.provider) == ("Plaza", "Plaza Ltd")
    assert len(platform.territorial_scope) == 27


def test_somebody_kept_to_tenants_reads_but_changes_nothing(workbench: Workbench) -> None:
    ours = Person(name="ours", role=Role.POLICY_MANAGER, tenants=("acme",))
    state.publish(workbench, Gate(workbench, open_to=ours))
    app = open_page("regulation")
    assert "changed by people who see all" in said(app)
    assert app.button(key="reason_0_spam_save").disabled
    assert app.button(key="platform_0_save").disabled
