"""The Scores page through app.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.review_task import Stratum
from core.domain.role import Role
from core.store.job_handle import NoJob
from core.usecases.draw_sample import list_samples
from core.usecases.list_items import count_items
from core.usecases.review_item import decide
from dashboard import state
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench
from tests.builders import a_draft
from tests.dashboard.analytics_pages import (
    HOSTILE,
    brush,
    facts,
    fill,
    in_url,
    open_page,
    page_from_menu,
    run,
    said,
)
from tests.dashboard.word_workbench import word_workbench

PARTS = {
    "Distribution": "Drag over the chart to choose a range",
    "Two labels": "Drag a box over the chart",
    "Calibration": "Nobody has decided on these items yet",
    "Harm and samples": "Plan a sample below",
}
RANGE = "score_min", "score_max"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    folder = tmp_path_factory.mktemp("scores")
    with word_workbench(folder) as opened:
        yield fill(opened, folder)


@pytest.fixture
def filled(shared: Workbench) -> Iterator[Workbench]:
    """A filled store that the test only reads."""
    state.publish(shared)
    yield shared
    state.publish(None)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Workbench]:
    """An empty store of this test alone."""
    with word_workbench(tmp_path) as opened:
        yield opened


def _type(app: AppTest, low: float, high: float) -> AppTest:
    app.number_input(key="score_from").set_value(low)
    app.number_input(key="score_to").set_value(high)
    return run(app)


def _newest(workbench: Workbench) -> int:
    with workbench.space.store.reading() as parts:
        return parts.items.newest_id()


def test_every_part_says_what_to_do_on_an_empty_store(own: Workbench) -> None:
    for part in PARTS:
        app = open_page("scores", part=part)
        assert "No item has scores yet. Import a file of items" in said(app)
        assert not app.get("plotly_chart")


def _waiting(workbench: Workbench) -> int:
    with workbench.space.store.reading() as parts:
        return parts.tasks.waiting_count("review", None, None, None)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_opens_on_a_filled_store(filled: Workbench, part: str) -> None:
    app = open_page("scores", part=part)
    assert PARTS[part] in said(app)


def test_a_typed_range_is_in_the_link_and_counts_what_the_list_counts(filled: Workbench) -> None:
    app = _type(open_page("scores"), 0.2, 0.6)
    assert in_url(app, "label", *RANGE) == ["toxicity", "0.2", "0.6"]
    assert facts(app)["In this range"] == "40"
    wanted = ItemFilter(label=Label.TOXICITY, score_min=0.2, score_max=0.6)
    with_person = {"person": filled.operator}
    assert count_items(filled.space, filled.catalogue, wanted, **with_person) == 40
    assert "1–40 of 40" in said(app)
    app = _type(app, 0.9, 1.0)
    assert facts(app)["Rejected by policy"] == "20"


def test_a_brush_sets_the_numbers_the_link_and_the_facts(filled: Workbench) -> None:
    app = brush(open_page("scores"), (0.961, 0.2), (0.0, 50.0))
    assert app.number_input(key="score_from").value == 0.2
    assert app.number_input(key="score_to").value == 0.96
    assert in_url(app, *RANGE) == ["0.2", "0.96"]
    assert facts(app)["In this range"] == "60"
    app = brush(app, (-0.3, 0.3), (0.0, 50.0))
    assert in_url(app, *RANGE) == ["0.0", "0.3"]
    assert facts(app)["Approved by policy"] == "60"


def test_from_above_to_is_swapped_and_said(filled: Workbench) -> None:
    app = _type(open_page("scores"), 0.8, 0.3)
    assert "“From” is above “To”: both were swapped." in said(app)
    assert in_url(app, *RANGE) == ["0.3", "0.8"]
    assert facts(app)["In this range"] == "40"


def test_an_empty_range_says_so(filled: Workbench) -> None:
    app = _type(open_page("scores"), 0.96, 1.0)
    assert "No item has a score in this range." in said(app)
    assert facts(app)["In this range"] == "0"


def test_a_link_reproduces_range_and_filter(filled: Workbench) -> None:
    link = {"label": "toxicity", "score_min": "0.5", "score_max": "0.6", "language": "de"}
    app = open_page("scores", **link)
    assert facts(app)["In this range"] == "20"
    assert in_url(app, *link) == list(link.values())


def test_a_broken_range_in_a_link_is_left_out_and_said(filled: Workbench) -> None:
    app = open_page("scores", label="toxicity", score_min="0.9", score_max="0.1", tenant="zoo")
    assert "The link's filter was not understood" in said(app)


def test_every_way_to_tell_apart_and_to_show_is_drawn(filled: Workbench) -> None:
    app = open_page("scores")
    seen = set()
    for by in ("Nothing", "Outcome", "Verdict", "Language", "Tenant", "Source", "Model version"):
        app.selectbox(key="score_by").set_value(by)
        seen.add(run(app).get("plotly_chart")[0].proto.spec)
    for shows in ("Items", "Share of each", "Share above"):
        app.button_group(key="score_shows").set_value(shows)
        app.toggle(key="score_log").set_value(shows == "Items")
        seen.add(run(app).get("plotly_chart")[0].proto.spec)
    # Source and model version have one part, as nothing has: only their names differ.
    assert len(seen) >= 9


def test_another_slice_is_drawn_beside(filled: Workbench) -> None:
    app = open_page("scores")
    app.selectbox(key="score_beside_what").set_value("language de")
    app = run(app)
    assert len(app.get("plotly_chart")) == 2
    assert "This selection · n = 120" in said(app)
    assert "Language de · n = 60" in said(app)
    assert "within what chance explains" in said(app)


def test_the_period_before_is_drawn_beside(filled: Workbench) -> None:
    app = open_page("scores")
    app.selectbox(key="scores_age").set_value("Last 24 hours")
    app = run(app)
    app.selectbox(key="score_beside_what").set_value("the period before")
    assert "No scored items there." in said(run(app))


def test_a_filter_without_scores_is_said(filled: Workbench) -> None:
    app = open_page("scores", search="no such words")
    assert "None of the selected items has a score" in said(app)
    app = open_page("scores", part="Two labels", search="no such words")
    assert "None of the selected items has scores of both labels" in said(app)


def test_a_box_over_two_labels_is_in_the_link(filled: Workbench) -> None:
    app = brush(open_page("scores", part="Two labels"), (0.5, 0.6), (0.1, 0.0))
    names = (*RANGE, "also_label", "also_min", "also_max")
    assert in_url(app, "label", *names) == ["toxicity", "0.5", "0.6", "hate_speech", "0.0", "0.1"]
    assert facts(app)["In this range"] == "40"


def test_a_link_to_two_labels_reproduces_its_box(filled: Workbench) -> None:
    link = {
        "label": "toxicity", "score_min": "0.9", "score_max": "1.0",
        "also_label": "spam", "also_min": "0.0", "also_max": "0.2",
    }  # fmt: skip
    app = open_page("scores", part="Two labels", **link)
    assert facts(app)["In this range"] == "20"
    assert in_url(app, *link) == list(link.values())


def test_a_second_range_is_not_kept_where_it_does_not_show(filled: Workbench) -> None:
    app = open_page(
        "scores", label="toxicity", score_min="0.9", score_max="1.0",
        also_label="spam", also_min="0.5", also_max="1.0",
    )  # fmt: skip
    assert facts(app)["In this range"] == "20"
    assert in_url(app, "also_label", "also_min", "also_max") == [None, None, None]


@pytest.mark.parametrize("part", ["Calibration", "Harm and samples"])
def test_parts_without_a_range_look_at_everything(filled: Workbench, part: str) -> None:
    app = open_page("scores", part=part, label="toxicity", score_min="0.9", score_max="1.0")
    assert in_url(app, "label", *RANGE) == [None, None, None]


def test_content_never_reaches_a_markdown_place(filled: Workbench) -> None:
    app = open_page("scores", search="evil.example", label="toxicity", score_min="0", score_max="1")
    assert facts(app)["In this range"] == "1"
    texts = [str(part.value) for part in (*app.markdown, *app.caption, *app.info, *app.warning)]
    assert not [text for text in texts if "evil.example" in text]
    assert [frame for frame in app.dataframe if HOSTILE in frame.value.to_csv()]


def test_a_reviewer_has_no_such_page(filled: Workbench) -> None:
    reviewer = Person(name="rita", role=Role.REVIEWER)
    state.publish(filled, Gate(filled, open_to=reviewer))
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        page_from_menu("scores")


def test_an_analyst_sees_and_cannot_decide(filled: Workbench) -> None:
    analyst = Person(name="anna", role=Role.ANALYST, tenants=("zoo",))
    state.publish(filled, Gate(filled, open_to=analyst))
    app = open_page("scores")
    assert "of 30" in str([metric.delta for metric in app.metric])
    keys = [button.key for button in app.button]
    assert "scores_reject" not in keys
    app = open_page("scores", part="Harm and samples")
    assert "sample_draw" not in [button.key for button in app.button]
    assert "of 30 items" in said(app) or "reviews of" in said(app)


def test_a_range_is_decided_as_one_and_taken_back_as_one(own: Workbench, tmp_path: Path) -> None:
    fill(own, tmp_path)
    app = _type(open_page("scores"), 0.2, 0.6)
    app.button(key="scores_reject").click()
    app = run(app)
    assert app.button(key="bulk_confirm").label == "Reject 40"
    assert [frame for frame in app.dataframe if "in_hands_of" in frame.value.columns]
    app.button_group(key="bulk_reasons").set_value([Label.TOXICITY])
    # A dialog is a fragment: here its opener has to be pressed again with it.
    app.button(key="scores_reject").click()
    app.button(key="bulk_confirm").click()
    app = run(app)
    assert "Reject: 40 of 40 items." in said(app)
    assert facts(app)["Rejected by people"] == "40"
    app.button(key="undo_batch").click()
    app = run(app)
    assert "Taken back: 40 decisions." in said(app)
    assert facts(app)["Rejected by people"] == "0"


def test_too_many_are_not_decided_in_one_go(
    filled: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.scores.selection_panel.BULK_MOST", 39)
    app = _type(open_page("scores"), 0.2, 0.6)
    (popover,) = [
        block for block in app.get("popover") if block.proto.popover.label == "Decide all 40"
    ]
    assert popover.proto.popover.disabled


def test_a_sample_is_planned_drawn_and_answered(own: Workbench, tmp_path: Path) -> None:
    fill(own, tmp_path)
    app = open_page("scores", part="Harm and samples")
    app.number_input(key="sample_count").set_value(20)
    app = run(app)
    before = said(app)
    free = 120 - _waiting(own)
    assert f"20 reviews of {free} items. If the scores are right, " in before
    assert "the answer will be exact to about **± " in before
    app.button(key="sample_draw").click()
    app = run(app)
    assert "20 items wait in" in said(app)
    ((sample, done, estimate),) = list_samples(own.space, own.operator)
    assert (sample.plan.count, done, estimate.is_known) == (20, 0, False)
    assert sample.plan.strata[0].probability < 1
    app = run(app)
    assert f"20 reviews of {free - 20} items" in said(app)
    (samples,) = [frame for frame in app.dataframe if "Harmful so far" in frame.value.columns]
    assert samples.value["Reviewed"].to_list() == ["0 of 20"]


def test_a_sample_of_nothing_is_said(own: Workbench, tmp_path: Path) -> None:
    fill(own, tmp_path)
    newest = _newest(own)
    drafts = [
        a_draft(newest - n, outcome=Outcome.REJECT, reasons=(Label.TOXICITY,))
        if n < 20
        else a_draft(newest - n)
        for n in range(120)
    ]
    decide(own.space, own.operator, drafts, policy_version_id=None)
    app = open_page("scores", part="Harm and samples")
    assert "Everything in this selection was looked at" in said(app)
    app.button_group(key="sample_how").set_value("Simple random")
    assert "Everything in this selection was looked at" in said(run(app))
    assert facts(app)["Prevalence"] == "16.67%"
    assert open_page("scores", part="Calibration").get("plotly_chart")


def test_a_sample_is_not_drawn_into_the_escalation_queue(filled: Workbench) -> None:
    app = open_page("scores", part="Harm and samples")
    assert "Escalation" not in str(app.selectbox(key="sample_queue").options)


def test_a_label_that_no_model_scores_is_said(own: Workbench, tmp_path: Path) -> None:
    fill(own, tmp_path)
    own.rescore("few-1", ItemFilter(language="de"), NoJob())
    own.policies_changed(by=own.operator)
    few = next(each for each in own.catalogue.models if each.name == "few-1")
    app = open_page("scores", model=str(few.model_version_id))
    assert "60 of 120 selected items have no toxicity score of this model" in said(app)
    app.selectbox(key="score_label").set_value("violence")
    app = run(app)
    assert "None of the selected items has a score" in said(app)
    app.selectbox(key="score_label").set_value("toxicity")
    app.selectbox(key="score_by").set_value("Model version")
    app = run(app)
    # The share is one of the items, not of the scores of all models.
    assert "of 60" in str([metric.delta for metric in app.metric])


def test_the_stratum_of_a_sample_is_marked(own: Workbench, tmp_path: Path) -> None:
    fill(own, tmp_path)
    free = 120 - _waiting(own)
    app = open_page("scores", part="Harm and samples")
    app.button_group(key="sample_how").set_value("Simple random")
    app.number_input(key="sample_count").set_value(40)
    app = run(app)
    app.button(key="sample_draw").click()
    run(app)
    with own.space.store.reading() as parts:
        opened = parts.previews.tasks_opened(own.catalogue.selection(ItemFilter()))
    rows = opened.filter(opened["stratum"] == Stratum.SAMPLE.value)
    assert rows["tasks"].to_list() == [40]
    assert rows["probability"].to_list() == pytest.approx([40 / free])
