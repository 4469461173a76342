"""Scores, part Calibration: a new model version from decisions, through app.py."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.domain.decision import Outcome
from core.domain.label import Label
from core.domain.person import Person
from core.domain.role import Role
from core.domain.score_map import ScoreMap
from core.store.job_handle import NoJob
from core.usecases.review_item import decide
from core.usecases.score_items import uniform_of
from dashboard import state
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench, open_workbench, read_settings
from tests.builders import a_draft

APP = str(Path(state.__file__).parent / "app.py")
WORDS = ["idiot", "stupid", "hello", "lunch", "nice", "hate", "friend", "ugly", "dog", "please",
         "loser", "weather", "shut", "up", "you", "train"]  # fmt: skip


@pytest.fixture
def workbench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """A parameter is the share of unflagged items that is drawn for review."""
    settings = read_settings(
        database_url=f"duckdb:///{tmp_path}/store.duckdb", actor="ann", model="lexical-1",
        models_dir=tmp_path / "models", random_share=getattr(request, "param", 1.0),
    )  # fmt: skip
    with open_workbench(settings) as opened:
        state.publish(opened)
        yield opened
        state.publish(None)


@pytest.fixture
def reviewed(workbench: Workbench, tmp_path: Path) -> Workbench:
    rng = np.random.default_rng(4)
    texts = [f"{' '.join(rng.choice(WORDS, 5))} {number}" for number in range(200)]
    path = tmp_path / "items.parquet"
    pl.DataFrame({"id": [str(n) for n in range(200)], "text": texts}).with_columns(
        language=pl.lit("en")
    ).write_parquet(path)
    workbench.import_file(path, mapping=[], job=NoJob())
    workbench.score(NoJob())
    _decide(workbench)
    return workbench


def _decide(workbench: Workbench) -> None:
    """Everything is decided, by which toxicity is too high and too extreme."""
    with workbench.space.store.reading() as parts:
        scores = parts.scores.lacking(workbench.catalogue.model.model_version_id, -1, 0, 1_000)
    odds = ScoreMap(slope=0.5, shift=-1.5).of(scores["toxicity"].to_numpy())
    harmful = uniform_of(scores["item_id"].to_numpy() + 1) < odds
    drafts = [
        a_draft(item_id, outcome=Outcome.REJECT, reasons=(Label.TOXICITY,))
        if is_harmful
        else a_draft(item_id)
        for item_id, is_harmful in zip(scores["item_id"].to_list(), harmful, strict=True)
    ]
    decide(workbench.space, workbench.operator, drafts, policy_version_id=None)


def _open() -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.run()
    app.switch_page("views/scores.py")
    app.query_params["part"] = "Calibration"
    app.run()
    assert not app.exception
    return app


def _table(app: AppTest) -> dict[str, dict[str, object]]:
    [frame] = [each.value for each in app.dataframe if "Slope" in each.value.columns]
    rows = (
        pl.DataFrame(frame).to_dicts()
        if isinstance(frame, pl.DataFrame)
        else frame.to_dict("records")
    )
    return {str(row["Label"]): row for row in rows}


def _keys(app: AppTest) -> list[str]:
    return [button.key for button in app.button if button.key]


def test_every_label_says_what_changes_or_why_it_does_not(reviewed: Workbench) -> None:
    app = _open()
    assert "Recalibrate from decisions" in [each.label for each in app.expander]
    rows = _table(app)
    assert rows["Toxicity"]["Reviews"] == 200
    assert "→" in str(rows["Toxicity"]["ECE"])
    assert "→" in str(rows["Toxicity"]["Brier"])
    assert float(str(rows["Toxicity"]["Shift"])) < 0
    assert rows["Toxicity"]["Left alone, because"] == ""
    assert "None of the 200" in str(rows["Spam"]["Left alone, because"])


def test_a_new_model_version_is_made_and_can_be_looked_at(reviewed: Workbench) -> None:
    app = _open()
    app.button(key="recalibrate_make").click().run()
    assert not app.exception
    job_id = app.session_state["job_recalibration"]
    reviewed.jobs.wait(job_id)
    app.run()
    assert not app.exception
    [said] = [each.value for each in app.success]
    assert "scores for 200 items" in said
    assert "MODDESK_MODEL" in said
    assert "Policies" in said
    [made] = [each for each in reviewed.catalogue.models if each.kind == "recalibrated"]
    assert reviewed.catalogue.model.name == "lexical-1"
    box = app.selectbox(key="calibration_model")
    assert made.display_name in box.options
    before = {metric.label: metric.value for metric in app.metric}
    box.set_value(made.model_version_id).run()
    assert not app.exception
    after = {metric.label: metric.value for metric in app.metric}
    assert float(after["ECE"]) < float(before["ECE"])
    assert after["AUC"] == before["AUC"]
    app.button(key="recalibrate_more").click().run()
    reviewed.jobs.wait(app.session_state["job_recalibration"])
    app.run()
    assert not app.exception
    assert made.name in [row.name for row in reviewed.models(reviewed.operator) if row.is_installed]


@pytest.mark.parametrize("workbench", [0.0], indirect=True)
def test_decisions_that_were_not_drawn_are_allowed_with_a_plain_warning(
    reviewed: Workbench,
) -> None:
    app = _open()
    assert any("fit the reviewed items, not everything" in each.value for each in app.warning)
    assert "recalibrate_make" in _keys(app)


def test_who_does_not_manage_policies_sees_the_table_and_no_button(reviewed: Workbench) -> None:
    state.publish(reviewed, Gate(reviewed, open_to=Person(name="ben", role=Role.ANALYST)))
    app = _open()
    assert _table(app)["Toxicity"]["Reviews"] == 200
    assert "recalibrate_make" not in _keys(app)
    assert any("right to manage policies" in each.value for each in app.caption)


def test_without_decisions_there_is_nothing_to_make(workbench: Workbench, tmp_path: Path) -> None:
    path = tmp_path / "items.parquet"
    pl.DataFrame({"id": ["1", "2"], "text": ["you idiot", "hello"]}).with_columns(
        language=pl.lit("en")
    ).write_parquet(path)
    workbench.import_file(path, mapping=[], job=NoJob())
    workbench.score(NoJob())
    app = _open()
    assert "Nobody has decided on these items yet." in [each.value for each in app.info]
    assert "recalibrate_make" not in _keys(app)
