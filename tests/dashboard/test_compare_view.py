"""The Compare page through app.py, in all its states."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.decision import Outcome
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.role import Role
from core.store.job_handle import NoJob
from core.usecases.catalogue import ensure_model
from core.usecases.review_item import decide
from dashboard import state
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench
from tests.builders import WordClassifier, a_draft
from tests.dashboard.analytics_pages import (
    HOSTILE,
    STRICT,
    brush,
    facts,
    fill,
    in_url,
    open_page,
    page_from_menu,
    run,
    said,
)
from tests.dashboard.word_workbench import saved, word_workbench

PARTS = ("Verdict", "Flips", "Scores", "Quality", "Slices")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """Two models' scores: the second one knows toxicity and spam only; nobody decided."""
    folder = tmp_path_factory.mktemp("compare")
    with word_workbench(folder) as opened:
        fill(opened, folder)
        opened.rescore("few-1", ItemFilter(), NoJob())
        saved(opened, "strict", STRICT)
        yield opened


@pytest.fixture
def filled(shared: Workbench) -> Iterator[Workbench]:
    """A filled store that the test only reads."""
    state.publish(shared)
    shared.policies_changed(by=shared.operator)
    yield shared
    state.publish(None)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Workbench]:
    """A store of this test alone, with the scores of one model."""
    with word_workbench(tmp_path) as opened:
        yield fill(opened, tmp_path)


def _ids(workbench: Workbench) -> list[int]:
    selection = workbench.catalogue.selection(ItemFilter())
    model = workbench.catalogue.model.model_version_id
    return workbench.histories.get(selection, model).ids.tolist()


def _decide(workbench: Workbench, ids: list[int], *, harmful: bool) -> None:
    facts = {"outcome": Outcome.REJECT, "reasons": (Label.TOXICITY,)} if harmful else {}
    drafts = [a_draft(each, **facts) for each in ids]
    receipts = decide(workbench.space, workbench.operator, drafts, policy_version_id=None)
    assert all(each.accepted for each in receipts)


def _policy(workbench: Workbench, name: str) -> str:
    found = [each for each in workbench.catalogue.policies if each.name == name]
    return str(found[-1].policy_version_id)


def _model(workbench: Workbench, name: str) -> str:
    (found,) = [each for each in workbench.catalogue.models if each.name == name]
    return str(found.model_version_id)


def _strict_link(workbench: Workbench) -> dict[str, str]:
    """A under the live policy, B the same scores under the strict one."""
    words = _model(workbench, "words-1")
    return {"a": words, "b": words, "pb": _policy(workbench, "strict")}


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    with word_workbench(tmp_path):
        app = open_page("compare")
        assert "No item has scores yet. Import a file of items" in said(app)
        assert not app.get("plotly_chart")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_opens_without_any_decision(filled: Workbench, part: str) -> None:
    app = open_page("compare", tab=part, **_strict_link(filled))
    expected = {
        "Verdict": "Nobody has decided on these items yet, so nobody knows which side is right.",
        "Flips": "shown, the most moved first",
        "Scores": "Drag over either chart to list the items there.",
        "Quality": "Nobody has decided on these items yet.",
        "Slices": "Nobody has decided on these items yet, so no part can be told",
    }
    assert expected[part] in said(app)


def test_flips_are_counted_by_direction(filled: Workbench) -> None:
    app = open_page("compare", tab="Flips", **_strict_link(filled))
    # One "idiot" is reviewed by the live rule and rejected by the strict one.
    assert facts(app)["Flips"] == "40"
    assert facts(app)["B is stricter"] == "40"
    assert facts(app)["B is milder"] == "0"
    assert facts(app)["Conclude alike"] == "66.7%"
    assert "40 of 40 shown" in said(app)
    app.toggle(key="compare_reviewed").set_value(True)
    assert "No item there. Choose another part." in said(run(app))


def test_the_usual_comparison_is_with_the_other_model(filled: Workbench) -> None:
    app = open_page("compare")
    text = said(app)
    assert "Compared without hate speech, violence, adult content" in text.replace("*", "")
    assert facts(app)["Items of both"] == "120"
    assert facts(app)["Conclude alike"] == "100.0%"


def test_swapping_is_in_the_link_and_turns_the_numbers(filled: Workbench) -> None:
    app = open_page("compare", tab="Flips", **_strict_link(filled))
    app.button(key="compare_swap").click()
    app = run(app)
    words = _model(filled, "words-1")
    live = str(filled.catalogue.policy.policy_version_id)
    strict = _policy(filled, "strict")
    assert in_url(app, "a", "pa", "b", "pb") == [words, strict, words, live]
    assert facts(app)["B is milder"] == "40"
    assert app.selectbox(key=f"compare_pa_{strict}").value == int(strict)


def test_another_model_is_chosen_and_its_own_policy_with_it(filled: Workbench) -> None:
    app = open_page("compare", **_strict_link(filled))
    words, few = _model(filled, "words-1"), _model(filled, "few-1")
    app.selectbox(key=f"compare_b_{words}").set_value(int(few))
    app = run(app)
    assert in_url(app, "b", "pb") == [few, None]
    assert "Compared without" in said(app)


def test_a_side_against_itself_says_so(filled: Workbench) -> None:
    words, live = _model(filled, "words-1"), str(filled.catalogue.policy.policy_version_id)
    app = open_page("compare", a=words, pa=live, b=words, pb=live)
    assert "A and B are the same model version under the same rule, so nothing can differ" in said(
        app
    )


def test_a_rule_that_cannot_be_kept_to_shared_labels_is_an_error(filled: Workbench) -> None:
    app = open_page("compare", b=_model(filled, "few-1"), pb=_policy(filled, "weighted-baseline"))
    assert "a weighted sum without them is another rule" in said(app)
    assert not app.get("plotly_chart")


def test_unknown_sides_in_a_link_are_left_out_and_said(filled: Workbench) -> None:
    app = open_page("compare", a="17", pb="drop table")
    text = said(app)
    assert "The link names something unknown (a=17)" in text
    assert "(pb=drop table)" in text
    assert in_url(app, "a", "pb") == [None, None]


def test_a_filter_without_items_says_so(filled: Workbench) -> None:
    app = open_page("compare", search="no such words")
    assert "No item fits the filter. Widen it above." in said(app)


def test_several_candidates_have_a_row_each(filled: Workbench) -> None:
    few = f"{_model(filled, 'few-1')}.{filled.catalogue.policy.policy_version_id}"
    broken = f"{_model(filled, 'words-1')}.{_policy(filled, 'weighted-baseline')}"
    app = open_page("compare", more=f"{few},{broken},9.9", **_strict_link(filled))
    (table,) = [each.value for each in app.dataframe if "Candidate" in each.value.columns]
    assert table.shape[0] == 3
    assert in_url(app, "more") == [f"{few},{broken}"]
    assert "corrected for looking at 3 candidates" in said(app)


def test_a_margin_is_in_the_link(own: Workbench) -> None:
    _decide(own, _ids(own), harmful=True)
    app = open_page("compare", margin="12.5")
    assert app.number_input(key="compare_margin").value == 12.5
    app.number_input(key="compare_margin").set_value(3.0)
    assert in_url(run(app), "margin") == ["3"]
    assert open_page("compare", margin="nan").number_input(key="compare_margin").value == 5.0


def test_a_box_over_both_scores_lists_its_items(filled: Workbench) -> None:
    app = open_page("compare", tab="Scores", **_strict_link(filled))
    assert facts(app)["Mean B − A"] == "+0.000"
    assert "50 of 120 shown" in said(app)
    app = brush(app, (0.5, 0.6), (0.5, 0.6))
    assert "A from 0.50 to 0.60, B from 0.50 to 0.60" in said(app)
    assert "40 of 40 shown" in said(app)


def test_only_one_scored_model_is_compared_under_two_policies(own: Workbench) -> None:
    app = open_page("compare")
    assert facts(app)["Items of both"] == "120"
    assert "Reviews a day" in facts(app)


def test_items_that_b_lacks_are_said_with_the_way_to_score_them(own: Workbench) -> None:
    own.rescore("few-1", ItemFilter(tenant="zoo"), NoJob())
    own.policies_changed(by=own.operator)
    app = open_page("compare")
    text = said(app).replace("*", "")
    assert "Everything below is about the 30 of 120 selected items that both have scored" in text
    assert "90 have scores of A only" in text
    assert facts(app)["Items of both"] == "30"
    links = [each.proto.label for each in app.get("page_link")]
    assert "Score what is missing" in links


def test_a_model_without_scores_is_a_designed_state(own: Workbench) -> None:
    fresh = WordClassifier()
    fresh.name, fresh.digest = "words-9", "ef" * 32
    model = ensure_model(own.space, fresh, actor="ann")
    own.policies_changed(by=own.operator)
    app = open_page("compare", b=str(model.model_version_id))
    assert "None of the 120 selected items has scores of both" in said(app)
    assert "words-9 (1) has scored none of them" in said(app)


def test_decisions_of_chosen_items_name_no_winner(own: Workbench) -> None:
    """People rejected everything: the strict rule is right, on the reviewed items."""
    strict = saved(own, "strict", STRICT)
    ids = _ids(own)
    _decide(own, ids[60:], harmful=True)
    _decide(own, ids[:60], harmful=False)
    app = open_page("compare", pb=str(strict.policy_version_id), b=_model(own, "words-1"))
    text = said(app)
    assert "nobody knows how their items were chosen" in text
    assert "On the 120 reviewed items only" in text
    assert "that is no verdict on all items" in text
    assert "B is better than A" not in text
    assert facts(app)["Reviewed"] == "120"
    (table,) = [each.value for each in app.dataframe if "B − A" in each.value.columns]
    assert "Mistakes" in table[""].to_list()
    app = open_page(
        "compare", tab="Quality", pb=str(strict.policy_version_id), b=_model(own, "words-1")
    )
    assert "McNemar's p" in facts(app)
    assert len(app.get("plotly_chart")) == 2
    app = open_page(
        "compare", tab="Slices", pb=str(strict.policy_version_id), b=_model(own, "words-1")
    )
    assert "is one side clearly better on the reviewed items" in said(app)


def test_speed_is_measured_when_it_is_asked_for(filled: Workbench) -> None:
    app = open_page("compare")
    assert "texts a second" not in "".join(str(each.value) for each in app.markdown)
    app.button(key="compare_speed").click()
    text = said(run(app)).replace("*", "")
    assert "texts a second" in text
    assert "times as fast" in text


def test_content_never_reaches_a_markdown_place(filled: Workbench) -> None:
    app = open_page("compare", tab="Flips", search="evil.example", **_strict_link(filled))
    assert facts(app)["Flips"] == "1"
    texts = [str(part.value) for part in (*app.markdown, *app.caption, *app.info, *app.warning)]
    assert not [text for text in texts if "evil.example" in text]
    assert [frame for frame in app.dataframe if HOSTILE in frame.value.to_csv()]


def test_a_reviewer_has_no_such_page(filled: Workbench) -> None:
    state.publish(filled, Gate(filled, open_to=Person(name="rita", role=Role.REVIEWER)))
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        page_from_menu("compare")


def test_an_analyst_of_a_tenant_sees_theirs_and_cannot_fill_queues(filled: Workbench) -> None:
    analyst = Person(name="anna", role=Role.ANALYST, tenants=("zoo",))
    state.publish(filled, Gate(filled, open_to=analyst))
    app: AppTest = open_page("compare", tab="Flips", **_strict_link(filled))
    assert "n = 30" in str([metric.delta for metric in app.metric])
    assert "compare_flips_send" not in [button.key for button in app.button]
