"""The Models page through app.py."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.domain.label import Label
from core.domain.person import Person
from core.domain.role import Role
from core.engine.highlight import Highlight
from core.store.job_handle import NoJob
from dashboard import state
from dashboard.components.marked_text import marked_text
from data.bootstrap import RESCORING, Workbench, open_workbench, read_settings

APP = str(Path(state.__file__).parent / "app.py")


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    path = tmp_path / "items.parquet"
    pl.DataFrame({"id": ["1", "2", "3"], "text": ["you idiot", "hello", "bye"]}).with_columns(
        language=pl.lit("en")
    ).write_parquet(path)
    settings = read_settings(
        database_url=f"duckdb:///{tmp_path}/store.duckdb", actor="ann", model="lexical-1"
    )
    with open_workbench(settings) as opened:
        opened.import_file(path, mapping=[], job=NoJob())
        opened.score(NoJob())
        state.publish(opened)
        yield opened
        state.publish(None)


def _open() -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.run()
    app.switch_page("views/models.py").run()
    assert not app.exception
    return app


def test_models_are_listed_with_what_reads_them(workbench: Workbench) -> None:
    table = _open().dataframe[0].value
    first = table.to_dicts()[0] if isinstance(table, pl.DataFrame) else dict(table.iloc[0])
    assert first["Model"] == "lexical-1 (1.0.0)"
    assert first["Items scored"] == 3
    assert first["Read by"].startswith("default v1 (live)")


def test_people_kept_to_tenants_are_told_of_their_own_items_only(workbench: Workbench) -> None:
    (used,) = [row for row in workbench.models(workbench.operator) if row.is_in_use]
    zoe = Person(name="zoe", role=Role.ADMIN, tenants=("zoo",))
    (hers,) = [row for row in workbench.models(zoe) if row.is_in_use]
    assert (used.item_count, hers.item_count) == (3, 0)


def test_a_text_is_tried_and_nothing_of_it_is_active(workbench: Workbench) -> None:
    app = _open()
    app.text_area(key="try_text").input("You stupid idiot <b>**bold**</b> ![x](http://e.example)")
    app.button[0].click().run()
    assert not app.exception
    shown = " ".join(each.value for each in app.markdown)
    assert ":red-background[stupid]" in shown or ":red-background[idiot]" in shown
    assert "![x]" not in shown
    assert "\\!\\[x\\]" in shown
    assert "send to review" in shown or "reject" in shown


def test_an_empty_text_is_asked_for(workbench: Workbench) -> None:
    app = _open()
    app.button[0].click().run()
    assert "Type or paste a text first." in [each.value for each in app.info]


def test_scoring_history_is_a_job_that_can_go_on(workbench: Workbench) -> None:
    job_id = workbench.start_rescoring("lexical-1", state.ItemFilter(), workbench.operator)
    workbench.jobs.wait(job_id)
    with workbench.space.store.reading() as parts:
        job = parts.jobs.get(job_id)
    assert job is not None
    assert (job.kind, job.state.value) == (RESCORING, "done")
    assert job.result["known_count"] == 3
    person = {"name": "ann", "role": "admin", "tenants": None}
    assert job.result["request"] == {"model": "lexical-1", "filter": {}, "person": person}
    again = workbench.resume_rescoring(job.result["request"])
    workbench.jobs.wait(again)
    with workbench.space.store.reading() as parts:
        assert parts.jobs.recent(1)[0].state.value == "done"


def test_the_way_to_scoring_history_is_on_the_page(workbench: Workbench) -> None:
    [link] = _open().get("page_link")
    assert link.proto.page == "rescore"
    assert "rescore_model=lexical-1" in link.proto.query_string


def test_every_page_says_when_a_part_runs_alone(workbench: Workbench) -> None:
    workbench.registry.notice = "torch is not installed, so the lexical part runs alone."
    app = AppTest.from_file(APP, default_timeout=60).run()
    for page in ("overview", "review", "imports", "exports", "models"):
        app.switch_page(f"views/{page}.py").run()
        assert [each.value for each in app.warning if "runs alone" in each.value], page


def test_marked_text_escapes_everything() -> None:
    text = "a:red[b] `c` $d$ <e> **f**\nidiot"
    start = text.index("idiot")
    found = Highlight(start=start, end=len(text), label=Label.TOXICITY, weight=1)
    shown = marked_text(text, [found])
    assert shown.endswith(":red-background[idiot]")
    assert "\\`c\\`" in shown
    assert "\\*\\*f\\*\\*" in shown
    assert "\n" not in shown


def test_speed_is_measured_on_request(workbench: Workbench) -> None:
    app = _open()
    app.button(key="models_speed").click().run()
    assert any("short posts a second" in each.value for each in app.markdown)


def test_marked_text_makes_no_link_and_no_icon() -> None:
    shown = marked_text("http://evil.example www.evil.example me@evil.example :material/bomb:", [])
    assert "http\\://" not in shown
    assert "www\\.evil" not in shown
    assert "me@evil" not in shown
    assert ":material" not in shown
    plain = shown.replace("\\", "").replace("\u2060", "")
    assert plain == "http://evil.example www.evil.example me@evil.example :material/bomb:"
