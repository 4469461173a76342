"""Scores of another model on the Import page, as people bring them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.store.job_handle import NoJob
from core.usecases.outside_models import OutsideModel, outside_models
from dashboard.components.rescore_link import SCORES_PART, rescore_link
from data.bootstrap import Workbench
from data.score_imports import ScoreFile, import_score_file
from tests.dashboard.analytics_pages import fill, open_page, run, said
from tests.dashboard.word_workbench import word_workbench

CSV = b"id,TOXICITY,THREAT,INSULT,body\n1,0.9,0.1,0.8,x\n2,0.2,,0.1,y\n3,1.5,0,0,z\n"


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    with word_workbench(tmp_path) as opened:
        yield fill(opened, tmp_path)


def _uploaded(content: bytes, name: str = "scores.csv") -> AppTest:
    app = open_page("imports", import_part=SCORES_PART)
    app.file_uploader(key="scores_file").upload(name, content, "text/csv")
    return run(app)


def _imported(app: AppTest, workbench: Workbench) -> AppTest:
    app.text_input(key="scores_version").set_value("2024-11")
    run(app)
    app.button(key="scores_start").click()
    run(app)
    workbench.jobs.wait(app.session_state["job_score_import"])
    return run(app)


def _choices(app: AppTest) -> dict[str, str]:
    """What each label of the file becomes, as it stands on the page."""
    return {
        box.label.replace("\\", ""): box.value
        for box in app.selectbox
        if str(box.key).startswith("scores_map_")
    }


def test_scores_are_looked_at_mapped_and_imported(workbench: Workbench) -> None:
    app = _uploaded(CSV)
    assert "one row per item, one column per label, 3 labels" in said(app)
    assert _choices(app) == {"TOXICITY": "toxicity", "THREAT": "violence", "INSULT": "extra"}
    assert app.text_input(key="scores_model").value == ""
    app.text_input(key="scores_model").set_value("perspective")
    app = _imported(app, workbench)
    (version,) = outside_models(workbench.space)
    assert version.display_name == "perspective (2024-11)"
    successes = " ".join(each.value for each in app.success).replace("\\", "")
    assert "2 items now have scores of perspective (2024-11)" in successes
    assert "1 problems" in said(app)
    refused = next(each.value for each in app.dataframe if "problem" in each.value.columns)
    assert len(refused) == 1
    # And in the history below, where it cannot be taken back.
    (runs,) = [each.value for each in app.dataframe if "result" in each.value.columns]
    assert "2 items now have scores of perspective (2024-11)" in next(iter(runs["result"]))


def test_a_version_is_asked_for_and_two_labels_cannot_be_one(workbench: Workbench) -> None:
    app = _uploaded(CSV)
    app.text_input(key="scores_model").set_value("perspective")
    run(app)
    assert app.button(key="scores_start").disabled
    assert "Give the outside model a version" in said(app)
    app.text_input(key="scores_version").set_value("1")
    run(app)
    assert not app.button(key="scores_start").disabled
    insult = next(box for box in app.selectbox if box.label == "INSULT")
    insult.set_value(Label.TOXICITY)
    run(app)
    assert "TOXICITY and INSULT are both mapped to toxicity" in said(app)
    assert app.button(key="scores_start").disabled


def test_the_columns_can_be_said_where_their_names_do_not_tell(workbench: Workbench) -> None:
    app = _uploaded(b"who,what,much\n1,TOXICITY,0.5\n2,TOXICITY,0.25\n")
    assert "No column is the items' id" in said(app)
    for words, column in (("Item id", "who"), ("Label", "what"), ("Score", "much")):
        next(box for box in app.selectbox if box.label == words).set_value(column)
    run(app)
    assert "one row per item and label, 1 labels" in said(app)
    app.text_input(key="scores_model").set_value("vendor")
    app = _imported(app, workbench)
    assert workbench.catalogue.models[-1].display_name == "vendor (2024-11)"


def test_a_file_that_is_no_table_is_an_error_in_words(workbench: Workbench) -> None:
    assert "is a PDF" in said(_uploaded(b"%PDF-1.4"))
    assert "None of the file's labels is mapped" in said(_uploaded(b"id,INSULT\n1,0.5\n"))


def test_names_from_a_file_are_text(workbench: Workbench) -> None:
    evil = "![x](https://evil.example/x.png) :red[TOXICITY]"
    app = _uploaded(f'id,"{evil}",TOXICITY\n1,0.5,0.5\n'.encode(), name=f"{evil[:20]}.csv")
    labels = [box.label for box in app.selectbox if str(box.key).startswith("scores_map_")]
    assert not [label for label in labels if "![x](" in label or ":red[" in label]
    app.text_input(key="scores_model").set_value("*bold* :red[x]")
    app = _imported(app, workbench)
    shown = " ".join(str(each.value) for each in [*app.success, *app.markdown, *app.caption])
    assert ":red[x]" not in shown
    assert "*bold*" not in shown.replace("\\*", "")


def test_a_model_that_runs_here_is_not_imported(workbench: Workbench) -> None:
    app = _uploaded(CSV)
    app.text_input(key="scores_model").set_value("lexical-1")
    app.text_input(key="scores_version").set_value("1")
    run(app)
    assert "is a model that runs here" in said(app)


def test_an_outside_model_is_listed_and_not_offered_for_scoring(
    workbench: Workbench, tmp_path: Path
) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(CSV)
    file = ScoreFile(path=path, name="s.csv", columns={}, targets={})
    import_score_file(workbench, file, OutsideModel(name="perspective", version="1"), job=NoJob())
    app = open_page("models")
    table = app.dataframe[0].value
    assert "perspective (1)" in list(table["Model"])
    assert "imported scores; it does not run here" in list(table["Origin"])
    assert not any("perspective" in str(each) for each in app.selectbox(key="model_chosen").options)
    page = open_page("models", model_chosen="perspective")
    assert page.selectbox(key="model_chosen").value != "perspective"


def test_what_is_missing_of_an_outside_model_can_only_be_imported(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(CSV)
    file = ScoreFile(path=path, name="s.csv", columns={}, targets={})
    import_score_file(workbench, file, OutsideModel(name="perspective", version="1"), job=NoJob())
    linked: list[tuple[object, dict[str, str]]] = []
    monkeypatch.setattr(
        "streamlit.page_link", lambda page, **facts: linked.append((page, facts["query_params"]))
    )
    rescore_link(ItemFilter(), "perspective")
    rescore_link(ItemFilter(), "words-1")
    (missing, part), (runs_here, chosen) = linked
    assert (missing, part) == ("views/imports.py", {"import_part": SCORES_PART})
    assert runs_here != missing
    assert "words-1" in chosen.values()


def test_the_part_is_in_the_link(workbench: Workbench) -> None:
    app = open_page("imports")
    assert not [each for each in app.caption if "another model gave" in each.value]
    assert [each for each in open_page("imports", import_part=SCORES_PART).caption
            if "another model gave" in each.value]  # fmt: skip
