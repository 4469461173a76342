"""The Re-score page through app.py, on two models of words."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.role import Role
from core.errors import ModelError
from core.usecases.trial_run import TrialRun
from dashboard import state
from dashboard.identity.gate import Gate
from dashboard.rescore.actions import trial_csv
from data.bootstrap import RESCORING, Workbench
from tests.dashboard.analytics_pages import (
    HIGH,
    HOSTILE,
    LOW,
    MIDDLE,
    STRICT,
    facts,
    fill,
    in_url,
    open_page,
    page_from_menu,
    run,
    said,
)
from tests.dashboard.word_workbench import WordRegistry, saved, word_workbench

ALL = LOW + MIDDLE + HIGH
FEW = "few-1 (1)"


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    with word_workbench(tmp_path) as opened:
        yield fill(opened, tmp_path)


def _wait(workbench: Workbench) -> TrialRun:
    newest = workbench.trials.of(state.person())[0]
    workbench.trials.wait(newest)
    return newest


def _tried(workbench: Workbench, app: AppTest) -> AppTest:
    """Presses the button, and looks again when the run is over."""
    app.button(key="try_start").click()
    run(app)
    _wait(workbench)
    return run(app)


def _table(app: AppTest) -> pl.DataFrame:
    frames = [pl.DataFrame(each.value) for each in app.dataframe]
    return next(each for each in frames if "moved" in each.columns)


def _select(app: AppTest, row: int) -> AppTest:
    key = next(
        each.proto.id for each in app.dataframe if "moved" in pl.DataFrame(each.value).columns
    )
    name = key.split("-", 2)[-1]
    while name and not name.startswith("trial_rows"):
        name = name.split("-", 1)[-1]
    app.session_state[name] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return run(app)


def _paste(app: AppTest, text: str) -> AppTest:
    app.text_area(key="try_texts").input(text)
    return run(app)


def test_a_random_sample_is_tried_and_says_how_sure_it_is(workbench: Workbench) -> None:
    app = open_page("rescore", try_count="40", try_sample="At random")
    assert "Nothing is stored until you keep it" in said(app)
    app = _tried(workbench, app)
    numbers = facts(app)
    assert numbers["Tried"] == "40"
    assert numbers["Change verdict"].endswith("%")
    assert f"40 of {ALL} items by few-1 under default v1" in said(app).replace("**", "")
    [change] = [each for each in app.metric if each.label == "Change verdict"]
    assert "n = 40" in change.delta
    assert _table(app).height == 40


def test_flips_come_first_and_can_be_looked_at_alone(workbench: Workbench) -> None:
    strict = saved(workbench, "strict", STRICT)
    app = open_page("rescore", policy=str(strict.policy_version_id), try_count="1000")
    app = _tried(workbench, app)
    # Toxicity from .5 on is rejected instead of reviewed; the rest stays.
    changes = _table(app)["change"].to_list()
    flips = [each for each in changes if each == "review → reject"]
    assert len(flips) == MIDDLE
    assert changes[:MIDDLE] == flips
    assert facts(app)["Stricter"] == str(MIDDLE)
    assert facts(app)["Milder"] == "0"
    run_id = workbench.trials.of(state.person())[0].run_id
    app.button_group(key=f"trial_which_{run_id}").set_value("Flips")
    assert _table(run(app)).height == MIDDLE


def test_the_choices_are_in_the_link_and_pasted_texts_are_not(workbench: Workbench) -> None:
    strict = saved(workbench, "strict", STRICT)
    app = open_page("rescore", rescore_part="Own texts")
    app = _paste(app, "a secret text")
    app.selectbox(key="try_policy").set_value(strict.policy_version_id)
    run(app)
    assert in_url(app, "policy") == [str(strict.policy_version_id)]
    assert "secret" not in str(app.query_params)
    linked = open_page(
        "rescore", policy=str(strict.policy_version_id), try_models="words-1 (1)",
        try_count="7", language="de", try_sample="Evenly over scores",
    )  # fmt: skip
    assert linked.multiselect(key="try_models").value == ["words-1 (1)"]
    assert linked.number_input(key="try_count").value == 7
    assert linked.selectbox(key="try_policy").value == strict.policy_version_id
    assert linked.selectbox(key="try_sample").value == "Evenly over scores"
    assert linked.button(key="try_start").label == f"Try on 7 of {ALL // 2}"


def test_a_link_with_nonsense_in_it_opens_the_page(workbench: Workbench) -> None:
    app = open_page(
        "rescore", policy="nonsense", try_models="nobody", try_count="minus", draw="-3",
        language="xxx", rescore_part="Elsewhere",
    )  # fmt: skip
    assert not open_page("rescore", policy="²", draw="³").exception
    assert "left out: language" in said(app)
    assert app.selectbox(key="try_policy").value == workbench.catalogue.policy.policy_version_id
    assert _tried(workbench, app).dataframe


def test_other_items_are_another_draw_that_the_link_names(workbench: Workbench) -> None:
    app = _tried(workbench, open_page("rescore", try_count="10"))
    first = set(_table(app)["id"].to_list())
    app.button(key="try_redraw").click()
    run(app)
    _wait(workbench)
    assert in_url(run(app), "draw") == ["1"]
    second = set(_table(app)["id"].to_list())
    assert first != second
    again = _tried(workbench, open_page("rescore", try_count="10", draw="1"))
    assert set(_table(again)["id"].to_list()) == second


def test_pasted_texts_are_tried_and_never_kept(workbench: Workbench) -> None:
    app = _paste(open_page("rescore", rescore_part="Own texts"), f"{HOSTILE}\n\nhello\nvermin")
    app = _tried(workbench, app)
    assert facts(app)["Tried"] == "3"
    assert [each.label for each in app.button if "Keep" in each.label] == []
    table = _table(app)
    assert "id" not in table.columns
    # few-1 does not know vermin, and does not score what the policy reads: people decide.
    assert set(table["hate_speech"].to_list()) == {"0.05 → –", "0.55 → –"}
    with workbench.space.store.reading() as parts:
        assert len(parts.models.all()) == 1


def test_a_row_is_explained_and_nothing_of_it_is_active(workbench: Workbench) -> None:
    app = _paste(open_page("rescore", rescore_part="Own texts"), HOSTILE)
    app = _select(_tried(workbench, app), 0)
    texts = "\n".join(str(each.value) for each in app.markdown)
    assert "A: before" in texts
    assert "B: after" in texts
    assert ":red-background[idiot]" in texts
    assert "![x]" not in texts
    assert "<script>" not in texts


@pytest.mark.parametrize(
    ("pasted", "problem"),
    [
        ("", "There is no text in it"),
        (" \n \n", "There is no text in it"),
        ("x\n" * 20_001, "At most 20,000 texts"),
        ("y" * 10_001, "10,001 characters; an item has 10,000 at most"),
    ],
)
def test_texts_that_cannot_be_tried_are_refused_with_the_limit(
    workbench: Workbench, pasted: str, problem: str
) -> None:
    app = open_page("rescore", rescore_part="Own texts")
    app.text_area(key="try_texts").input(pasted)
    app.button(key="try_start").click()
    run(app)
    assert problem in said(app)
    assert workbench.trials.of(state.person()) == []


def _upload(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader(key="try_file").upload(name, content)
    return run(app)


def test_a_csv_is_tried_by_its_column_of_texts(workbench: Workbench) -> None:
    content = io.BytesIO()
    pl.DataFrame({"nr": [1, 2, 3], "comment": ["=idiot()", "hello,\nyou", ""]}).write_csv(content)
    app = _upload(open_page("rescore", rescore_part="Own texts"), "a.csv", content.getvalue())
    assert app.selectbox(key="try_column").value == "comment"
    assert "2 texts · 1 empty left out" in said(app)
    app = _tried(workbench, app)
    assert sorted(_table(app)["text"].to_list()) == ["=idiot()", "hello, you"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "a.csv is empty"),
        (b"id,text\n", "a header and no rows"),
        (b"nr,words\n1,hello\n", "No column of a.csv is named like a text"),
        (b"id,text\n1,\n2,\n", "There is no text in it"),
        (b"PK\x03\x04", "an Excel or ZIP file"),
    ],
)
def test_a_file_without_usable_texts_is_refused_and_nothing_runs(
    workbench: Workbench, content: bytes, problem: str
) -> None:
    app = _upload(open_page("rescore", rescore_part="Own texts"), "a.csv", content)
    assert problem in said(app)
    assert app.button(key="try_start").disabled


def test_scores_are_kept_on_request(workbench: Workbench) -> None:
    app = _tried(workbench, open_page("rescore", try_count="30"))
    app.button(key="trial_keep_0").click()
    run(app)
    assert "Scores of few-1 (1) kept for 30 items. No decision changed." in said(app)
    with workbench.space.store.reading() as parts:
        assert sorted(parts.scores.counts().values()) == [30, ALL]
    # Now they are known: the same sample is read, not scored.
    app = _tried(workbench, app)
    assert "30 had scores of few-1 already: read, not scored." in said(app)


def test_a_trial_is_thrown_away_and_larger_ones_after_a_question(workbench: Workbench) -> None:
    app = _tried(workbench, open_page("rescore", try_count="30"))
    app.button(key="trial_forget").click()
    run(app)
    assert workbench.trials.of(state.person()) == []
    assert not app.metric
    app = _paste(open_page("rescore", rescore_part="Own texts"), "hello\n" * 1_001)
    app = _tried(workbench, app)
    assert "1,001 rows are in memory only. Throw them away?" in said(app)


def test_the_export_has_every_row_and_starts_no_formula(workbench: Workbench) -> None:
    app = _paste(open_page("rescore", rescore_part="Own texts"), f"=1+1\n{'long ' * 100}\nidiot")
    _tried(workbench, app)
    finished = _wait(workbench)
    table = pl.read_csv(trial_csv(workbench, workbench.operator, finished))
    assert table.height == 3
    assert {"verdict before", "verdict few-1", "toxicity few-1"} <= set(table.columns)
    texts = table["text"].to_list()
    assert "'=1+1" in texts
    assert ("long " * 100).strip() in texts
    with workbench.space.store.reading() as parts:
        assert "export.written" in [event.verb for event in parts.audit.events()]


def test_an_item_that_was_removed_meanwhile_is_said(workbench: Workbench) -> None:
    app = _tried(workbench, open_page("rescore", try_count="5"))
    with workbench.space.store.reading() as parts:
        [imported] = parts.imports.recent(1)
    workbench.undo_import(imported.import_id)
    assert "was removed since it was tried" in said(_select(app, 0))


class _Slow(WordRegistry):
    """A model that waits to be let go on, or breaks."""

    gate = threading.Event()
    broken = False

    def get(self, name: str) -> Any:
        found = super().get(name)
        if name != "few-1":
            return found
        registry = self

        class Waiting(type(found)):  # type: ignore[misc]  # a subclass of what was found
            def score(self, texts: Any) -> Any:
                if len(texts) > 8:
                    registry.gate.wait(20)
                    if registry.broken:
                        raise ModelError("few-1 gave NaN: its weights are broken.")
                return super().score(texts)

        return Waiting()


@pytest.fixture
def slow(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Slow]:
    registry = _Slow()
    registry.gate.clear()
    monkeypatch.setattr(workbench, "registry", registry)
    yield registry
    registry.gate.set()


def _started(workbench: Workbench) -> AppTest:
    """A run of 60 items of which the first 8 are there, and no more until it is let go on."""
    app = open_page("rescore", try_count="60")
    app.button(key="try_start").click()
    run(app)
    [running] = workbench.trials.of(state.person())
    for _ in range(2_000):
        if running.progress.done:
            break
        threading.Event().wait(0.01)
    return run(app)


def test_rows_are_shown_while_it_runs(workbench: Workbench, slow: _Slow) -> None:
    app = _started(workbench)
    assert facts(app)["Tried"] == "8"
    assert _table(app).height == 8
    assert app.button(key="trial_cancel").label == "Cancel"
    slow.gate.set()
    _wait(workbench)
    assert facts(run(app))["Tried"] == "60"


def test_a_cancelled_run_keeps_what_it_has(workbench: Workbench, slow: _Slow) -> None:
    app = _started(workbench)
    app.button(key="trial_cancel").click()
    run(app)
    assert app.button(key="trial_cancel").disabled
    slow.gate.set()
    _wait(workbench)
    app = run(app)
    assert "cancelled. The 24 of 60 that were scored are below." in said(app)
    [change] = [each for each in app.metric if each.label == "Change verdict"]
    assert change.delta == "no interval: not complete"


def test_an_error_in_the_middle_says_what_is_left(workbench: Workbench, slow: _Slow) -> None:
    app = _started(workbench)
    slow.broken = True
    slow.gate.set()
    _wait(workbench)
    app = run(app)
    assert (
        "few-1 gave NaN: its weights are broken. The 8 of 60 that were scored are below."
        in said(app)
    )
    assert _table(app).height == 8


def test_a_model_that_cannot_be_opened_is_named(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("rescore", try_count="5")
    monkeypatch.setattr(WordRegistry, "known", {"words-1": WordRegistry.known["words-1"]})
    app.button(key="try_start").click()
    app.run()
    _wait(workbench)
    app = run(app)
    assert "There is no model 'few-1'. Nothing was scored." in said(app)


def test_two_tabs_have_a_run_each(workbench: Workbench) -> None:
    first = _tried(workbench, open_page("rescore", try_count="10"))
    second = _tried(workbench, open_page("rescore", try_count="20"))
    assert facts(run(first))["Tried"] == "10"
    assert facts(run(second))["Tried"] == "20"
    # A third tab finds both again.
    third = open_page("rescore")
    [button] = [each for each in third.button if each.label.startswith("10 of")]
    button.click()
    assert facts(run(third))["Tried"] == "10"


def test_nobody_sees_another_persons_run(workbench: Workbench) -> None:
    app = _tried(workbench, open_page("rescore", try_count="10"))
    other = Person(name="ben", role=Role.ADMIN)
    state.publish(workbench, Gate(workbench, open_to=other))
    assert not run(app).metric
    assert not [each for each in open_page("rescore").button if "few-1" in each.label]


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    with word_workbench(tmp_path):
        assert "There are no items yet." in said(page_from_menu("rescore").run())
        own = open_page("rescore", rescore_part="Own texts")
        assert own.button(key="try_start").label == "Try on these texts"


def test_a_filter_that_holds_nothing_is_said(workbench: Workbench) -> None:
    app = open_page("rescore", search="nowhere to be found")
    assert "No item matches the filter above." in said(app)
    assert not [each for each in app.button if each.key == "try_start"]


def test_a_whole_selection_is_scored_as_a_job_and_kept(workbench: Workbench) -> None:
    app = open_page("rescore", rescore_part="Whole selection", rescore_model="few-1", language="de")
    assert app.button(key="rescore_start").label == f"Score {ALL // 2} items"
    app.button(key="rescore_start").click()
    run(app)
    with workbench.space.store.reading() as parts:
        [job] = [each for each in parts.jobs.recent(9) if each.kind == RESCORING]
    workbench.jobs.wait(job.job_id)
    [success] = run(app).success
    assert f"scored {ALL // 2} items" in success.value
    again = open_page(
        "rescore", rescore_part="Whole selection", rescore_model="few-1", language="de"
    )
    assert again.button(key="rescore_start").disabled
    assert f"{ALL // 2} of {ALL // 2} have its scores." in said(again)
    assert "Done · Scoring with few-1" in said(again).replace("**", "")


def test_a_cancelled_job_can_go_on(workbench: Workbench) -> None:
    job_id = workbench.start_rescoring("few-1", ItemFilter(), workbench.operator)
    workbench.jobs.wait(job_id)
    with workbench.space.store.writing() as parts:
        parts.jobs.update(job_id, state="cancelled")
    app = open_page("rescore", rescore_part="Whole selection")
    app.button(key=f"resume_{job_id}").click()
    run(app)
    with workbench.space.store.reading() as parts:
        newest = parts.jobs.recent(1)[0]
    workbench.jobs.wait(newest.job_id)
    assert newest.job_id != job_id


def test_bounds_of_another_model_are_called_so(workbench: Workbench) -> None:
    assert "were chosen for the scores of words-1 (1)" in said(open_page("rescore"))
    own = open_page("rescore", try_models="words-1 (1)")
    assert "were chosen for the scores" not in said(own)


def test_a_score_range_selects_as_everywhere(workbench: Workbench) -> None:
    app = open_page(
        "rescore", label=Label.TOXICITY.value, score_min="0.9", score_max="1", try_count="1000"
    )
    assert app.button(key="try_start").label == f"Try on {HIGH} of {HIGH}"
    assert f"{HIGH} items by few-1" in said(_tried(workbench, app)).replace("**", "")


def test_models_without_weights_are_not_offered_and_named(workbench: Workbench) -> None:
    gone = workbench.catalogue.model.model_copy(
        update={"model_version_id": 7, "name": "vendor*", "digest": "77" * 32, "kind": "external"}
    )
    with workbench.space.store.writing() as parts:
        parts.models.add(gone)
    choice = open_page("rescore").multiselect(key="try_models")
    assert sorted(choice.options) == [FEW, "words-1 (1)"]
    assert "vendor\\* (1)" in choice.help.replace("\\(", "(").replace("\\)", ")")
