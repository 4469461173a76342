"""Files of other tools on the Export and Import pages."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.usecases.export_records import ExportFormat, ExportKind
from data.bootstrap import Workbench
from tests.dashboard.analytics_pages import fill, open_page, run, said
from tests.dashboard.word_workbench import word_workbench


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    with word_workbench(tmp_path) as opened:
        yield fill(opened, tmp_path)


def test_each_kind_offers_the_formats_that_fit_it(workbench: Workbench) -> None:
    app = open_page("exports")
    formats = app.segmented_control(key="export_format_items")
    assert formats.options == ["CSV", "Parquet", "Label Studio tasks", "Argilla records"]
    formats.set_value(ExportFormat.LABEL_STUDIO)
    app = run(app)
    app.button(key="export_start").click()
    run(app)
    workbench.jobs.wait(app.session_state["job_export"])
    folder = workbench.settings.export_folder
    (path,) = (each for each in folder.glob("label-studio-*.json") if "manifest" not in each.name)
    assert all(task["data"]["text"] for task in json.loads(path.read_text()))


def test_labels_need_a_labeler(workbench: Workbench) -> None:
    app = open_page("exports")
    app.radio(key="export_kind").set_value(ExportKind.DECISIONS)
    app = run(app)
    app.segmented_control(key="export_format_decisions").set_value(ExportFormat.ATPROTO)
    app = run(app)
    app.text_input(key="export_labeler").set_value("me")
    app = run(app)
    assert "Not a DID" in said(app)
    assert app.button(key="export_start").disabled


def test_labels_are_known_by_what_is_in_them_and_need_no_mapping(workbench: Workbench) -> None:
    app = open_page("imports")
    label = {
        "src": "did:plc:x",
        "uri": "urn:moddesk:acme:1",
        "val": "spam",
        "cts": "2026-05-01T10:00:00Z",
    }
    app.file_uploader(key="import_file").upload(
        "labels.jsonl", json.dumps(label).encode(), "application/json"
    )
    app = run(app)
    assert "AT Protocol labels" in said(app)
    assert not [box for box in app.selectbox if str(box.key).startswith("map_")]
    app.button(key="import_start").click()
    run(app)
    workbench.jobs.wait(app.session_state["job_import"])
    assert "1 past decisions on items that were here" in run(app).success[0].value
