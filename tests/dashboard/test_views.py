"""Pages as a reviewer uses them, through app.py."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.domain.decision import Source
from core.domain.person import operator
from core.store.job_handle import NoJob
from core.usecases.review_item import decide
from dashboard import state
from data.bootstrap import Workbench, open_workbench, read_settings
from tests.builders import a_draft

APP = str(Path(state.__file__).parent / "app.py")
HOSTILE = "<script>alert(1)</script> ![x](https://evil.example/x.png) :red[you idiot liar]"


@pytest.fixture
def workbench(database_url: str, tmp_path: Path) -> Iterator[Workbench]:
    settings = read_settings(
        database_url=database_url, files_dir=tmp_path, actor="ann", random_share=1.0, pool_size=6
    )
    with open_workbench(settings) as opened:
        state.publish(opened)
        yield opened
        state.publish(None)


@pytest.fixture
def filled(workbench: Workbench, tmp_path: Path) -> Workbench:
    path = tmp_path / "items.parquet"
    texts = [HOSTILE, *(f"See you at lunch tomorrow, number {number}" for number in range(80))]
    pl.DataFrame(
        {"id": [str(n) for n in range(81)], "text": texts, "author": ["ben"] * 81}
    ).with_columns(language=pl.lit("en")).write_parquet(path)
    workbench.import_file(path, mapping=[], job=NoJob())
    workbench.score(NoJob())
    return workbench


def _open(view: str = "overview", **query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=30)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    if view != "overview":
        app.switch_page(f"views/{view}.py")
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
    assert not app.exception
    return app


def _list(**query: str) -> AppTest:
    return _open("review", mode="List", **query)


def _texts(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(part.value) for part in parts)


@pytest.mark.parametrize("view", ["overview", "review", "imports", "exports"])
def test_every_page_opens_on_an_empty_store(workbench: Workbench, view: str) -> None:
    _open(view)


@pytest.mark.parametrize("view", ["overview", "review", "imports", "exports"])
def test_every_page_opens_on_a_filled_store(filled: Workbench, view: str) -> None:
    _open(view)


def test_an_empty_overview_says_what_to_do(workbench: Workbench) -> None:
    assert "Import a file" in _texts(_open())


def test_the_overview_counts_what_waits(filled: Workbench) -> None:
    metrics = {metric.label: metric.value for metric in _open().metric}
    assert metrics["Waiting"] == "81"


def test_the_list_pages_by_fifty(filled: Workbench) -> None:
    app = _list()
    assert "1–50 of 81" in _texts(app)
    app.button(key="page_Next").click().run()
    assert "51–81 of 81" in _texts(app)
    app.button(key="page_Previous").click().run()
    assert "1–50 of 81" in _texts(app)


def test_a_link_carries_its_filter(filled: Workbench) -> None:
    app = _list(search="number 7", status="approved")
    assert "1–11 of 11" in _texts(app)


def test_a_broken_link_says_what_was_left_out(filled: Workbench) -> None:
    app = _list(status="nonsense", tenant="default")
    assert "left out: status" in _texts(app)


def test_a_filter_that_matches_nothing_says_so(filled: Workbench) -> None:
    assert "No items match" in _texts(_list(search="no such words"))


def _select_first_rows(app: AppTest, count: int) -> AppTest:
    (table,) = [frame for frame in app.dataframe if "status" in frame.value.columns]
    key = re.search(r"(items_[0-9a-f]{12})", table.proto.id)[1]
    app.session_state[key] = {"selection": {"rows": list(range(count)), "columns": [], "cells": []}}
    return app.run()


def test_content_never_reaches_a_markdown_place(filled: Workbench) -> None:
    for view in ("overview", "imports", "exports"):
        assert "evil.example" not in _texts(_open(view))
    app = _select_first_rows(_list(search="evil.example"), 1)
    assert "evil.example" not in _texts(app)
    assert HOSTILE in [text.value for text in app.text]


def test_an_upload_is_previewed_mapped_and_imported(workbench: Workbench) -> None:
    app = _open("imports")
    content = b"id,text,toxicity\n1,hello,0\n2,,1\n3,you idiot,1\n"
    app.file_uploader(key="import_file").upload("old.csv", content, "text/csv").run()
    assert "**CSV**, 3 columns" in _texts(app)
    app.button(key="import_start").click().run()
    workbench.jobs.wait(app.session_state["job_import"])
    app.run()
    assert not app.exception
    assert "2 new items, 2 past decisions" in _texts(app)
    assert "1 problems" in _texts(app)
    with workbench.space.store.reading() as parts:
        (entry,) = parts.decisions.chain(parts.items.newest_id())
    assert entry.source is Source.IMPORT


def test_a_file_that_is_no_table_is_an_error_in_words(workbench: Workbench) -> None:
    app = _open("imports")
    app.file_uploader(key="import_file").upload("a.csv", b"%PDF-1.4", "text/csv").run()
    assert "is a PDF" in _texts(app)


def test_an_export_offers_its_file_and_manifest(filled: Workbench) -> None:
    app = _open("exports")
    app.button(key="export_start").click().run()
    filled.jobs.wait(app.session_state["job_export"])
    app.run()
    assert not app.exception
    assert "81 rows" in _texts(app)
    assert len(list(filled.settings.export_folder.glob("items-*.csv*"))) == 2


def test_a_list_tells_what_others_decided_meanwhile(filled: Workbench) -> None:
    app = _list(status="approved")
    other = operator("b_o")
    with filled.space.store.reading() as parts:
        newest = parts.items.newest_id()
    time.sleep(0.01)
    decide(filled.space, other, [a_draft(newest)], policy_version_id=None)
    until = time.monotonic() + 2
    said: list[str] = []
    while not said and time.monotonic() < until:
        app.run()
        said = [button.label for button in app.button if "decided by" in button.label]
    assert said == ["1 here decided by b\\_o: show"]
    app.button(key="show_new").click().run()
    assert not [button for button in app.button if "decided by" in button.label]
