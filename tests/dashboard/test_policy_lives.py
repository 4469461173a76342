"""How policy versions come and go, on the Policies page through app.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.label import Label
from core.domain.policy import PolicyMode
from core.usecases.manage_policies import SeenPreview, life_of
from core.usecases.run_experiment import start_experiment
from data.bootstrap import Workbench
from tests.dashboard.analytics_pages import (
    STRICT,
    drafted,
    facts,
    fill,
    in_url,
    link_to,
    move_bounds,
    open_page,
    run,
    said,
    with_bounds,
)
from tests.dashboard.word_workbench import saved, word_workbench
from tests.split_stream import MANAGER, a_plan

WHY = "A campaign is under way, and we watch it closely."


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Workbench]:
    """A filled store of this test alone."""
    with word_workbench(tmp_path) as opened:
        yield fill(opened, tmp_path)


def _publish(app: AppTest, mode: PolicyMode, note: str = "") -> AppTest:
    """Opens the dialog and confirms it; here its opener has to be pressed with every button."""
    app.button(key="lab_publish").click()
    app = run(app)
    app.radio(key="publish_mode").set_value(mode)
    app.text_area(key="publish_note").set_value(note)
    app.button(key="lab_publish").click()
    app.button(key="publish_confirm").click()
    return run(app)


def _wait(workbench: Workbench, app: AppTest) -> None:
    workbench.jobs.wait(app.session_state["job_policies"])
    workbench.policies_changed(by=workbench.operator)


def test_a_draft_is_saved_as_a_version(own: Workbench) -> None:
    app = open_page("policies")
    assert app.button(key="lab_publish").disabled
    app = move_bounds(app, 0.6, 0.9)
    assert app.button(key="lab_publish").disabled
    app.text_input(key="lab_name").set_value(" ")
    app.button(key="lab_save").click()
    app = run(app)
    assert "Give the policy a name of 1 to 80 characters." in said(app)
    app.text_input(key="lab_name").set_value("default")
    app.button(key="lab_save").click()
    app = run(app)
    assert "default v2 is saved as a draft." in said(app)
    (version,) = [each for each in own.catalogue.policies if each.display_name == "default v2"]
    assert version.mode is PolicyMode.DRAFT
    assert version.rule == with_bounds(own, Label.TOXICITY, 0.6, 0.9)
    assert in_url(app, "base", "rule") == [link_to(version), None]
    assert not app.button(key="lab_publish").disabled
    app = open_page("policies", policies_part="Versions", version_chosen="strict v1")
    (table,) = [frame.value for frame in app.dataframe if "Mode" in frame.value.columns]
    assert dict(zip(table["Version"], table["Mode"], strict=True)) == {
        "default v1": "live", "default v2": "draft", "weighted-baseline v1": "draft",
    }  # fmt: skip


def test_a_shadow_is_published_and_compared(own: Workbench) -> None:
    version = saved(own, "strict", STRICT)
    app = _publish(open_page("policies", base=link_to(version)), PolicyMode.SHADOW)
    assert "strict v1 is shadow now." in said(app)
    _wait(own, app)
    assert [each.display_name for each in own.catalogue.shadows] == ["strict v1"]
    app = open_page("policies", policies_part="Shadow")
    assert [(metric.label, metric.value) for metric in app.metric] == [
        ("Concluded alike", "66.7%"), ("Approve", "60"), ("Review", "0"), ("Reject", "60"),
    ]  # fmt: skip
    assert "Recorded verdicts of both versions on 120 items." in said(app)
    assert "Items on which strict v1 concludes otherwise" in said(app)
    (table,) = [frame.value for frame in app.dataframe if "shadow: reject" in frame.value.columns]
    assert table["shadow: reject"].to_list() == [0, 40, 20]
    app = open_page("policies", policies_part="Shadow", search="no such words")
    assert "No verdict of both was recorded on these items yet." in said(app)


def test_going_live_with_concerns_needs_a_reason(own: Workbench) -> None:
    version = saved(own, "strict", STRICT)
    app = open_page("policies", base=link_to(version))
    app = _publish(app, PolicyMode.LIVE, "short")
    assert "33% of the history changes its verdict (more than 10%)." in said(app)
    assert "The preview covers 120 items (fewer than 1,000)." in said(app)
    assert "Say why it should go live all the same (10 characters or more)" in said(app)
    own.policies_changed(by=own.operator)
    assert own.catalogue.policy.display_name == "default v1"
    app = _publish(app, PolicyMode.LIVE, WHY)
    assert "strict v1 is live now." in said(app)
    _wait(own, app)
    assert own.catalogue.policy.display_name == "strict v1"
    change = life_of(own.space, own.operator, version.policy_version_id)[-1]
    assert change.note == WHY
    assert change.preview
    looked_at = SeenPreview.model_validate_json(change.preview)
    assert (looked_at.items, looked_at.flips, looked_at.against) == (120, 40, "default v1")


def test_what_is_published_is_previewed_against_what_decides(own: Workbench) -> None:
    version = saved(own, "strict", STRICT)
    app = open_page("policies", base=link_to(version))
    app.selectbox(key="lab_against").set_value(version.policy_version_id)
    app = run(app)
    assert facts(app)["Change verdict"] == "0"
    app = _publish(app, PolicyMode.LIVE, "")
    assert "against default v1: 40 change verdict (33.33%)" in said(app)
    assert "33% of the history changes its verdict" in said(app)


def test_the_version_before_is_one_click_away(own: Workbench) -> None:
    version = saved(own, "strict", STRICT)
    app = open_page("policies", policies_part="Versions")
    assert "roll_back" not in [button.key for button in app.button]
    _wait(own, _publish(open_page("policies", base=link_to(version)), PolicyMode.LIVE, WHY))
    app = open_page("policies", policies_part="Versions", version_chosen="strict v1")
    assert "strict v1 decides now; before it, default v1 did." in said(app).replace("**", "")
    assert "The preview that was seen: On 120 items of history, against default v1" in said(app)
    assert WHY in [text.value for text in app.text]
    app.button(key="roll_back").click()
    app = run(app)
    assert "default v1 is live again." in said(app)
    _wait(own, app)
    assert own.catalogue.policy.display_name == "default v1"
    app = run(app)
    assert "strict v1 decides now" not in said(app).replace("**", "")


def test_a_share_goes_live_and_is_retired(own: Workbench) -> None:
    version = saved(own, "strict", STRICT)
    app = open_page("policies", base=link_to(version))
    app.button(key="lab_publish").click()
    app = run(app)
    app.radio(key="publish_mode").set_value(PolicyMode.LIVE)
    app.button(key="lab_publish").click()
    app = run(app)
    app.slider(key="publish_share").set_value(20)
    app.text_area(key="publish_note").set_value(WHY)
    app.button(key="lab_publish").click()
    app.button(key="publish_confirm").click()
    app = run(app)
    _wait(own, app)
    assert own.catalogue.partly_live is not None
    assert own.catalogue.policy.display_name == "default v1"
    app = open_page("policies", policies_part="Versions", version_chosen="strict v1")
    assert "Live for 20% of new items" in said(app).replace("**", "")
    assert "Concluded alike" in facts(open_page("policies", policies_part="Shadow"))
    app.text_input(key="retire_note").set_value("It was a trial.")
    app.button(key="retire_confirm").click()
    app = run(app)
    assert own.catalogue.partly_live is None
    assert "It was a trial." in [text.value for text in app.text]


def test_a_version_is_opened_in_the_lab(own: Workbench) -> None:
    saved(own, "strict", STRICT)
    app = open_page("policies", policies_part="Versions", version_chosen="strict v1 · draft")
    assert "Toxicity is rejected above 0.50 instead of 0.90" in said(app)
    app.button(key="version_lab").click()
    app = run(app)
    assert drafted(app) == STRICT
    assert facts(app)["Rejected"] == "60"


def test_names_are_no_markup(own: Workbench) -> None:
    version = saved(own, "![x](https://evil.example/x.png) <b>", STRICT)
    for part in ("Lab", "Versions"):
        app = open_page(
            "policies", policies_part=part, base=link_to(version), version_chosen="strict v1"
        )
        texts = [str(each.value) for each in (*app.markdown, *app.caption, *app.warning)]
        assert not [text for text in texts if "![x](" in text]


def test_a_change_that_ends_an_experiment_says_so_before(own: Workbench) -> None:
    version = saved(own, "strict", STRICT)
    app = open_page("policies", policies_part="Versions")
    app.selectbox(key="version_chosen").set_value(version.policy_version_id)
    app = run(app)
    assert not [each for each in app.warning if "experiment" in each.value]
    start_experiment(own.space, own.catalogue, MANAGER, a_plan(version, name="Stricter"))
    app = run(app)
    assert [each.value for each in app.warning if "“Stricter” runs on this" in each.value]
    app = open_page("policies", base=link_to(version))
    for mode, warned in ((PolicyMode.SHADOW, False), (PolicyMode.LIVE, True)):
        app.button(key="lab_publish").click()
        app = run(app)
        app.radio(key="publish_mode").set_value(mode)
        app.button(key="lab_publish").click()
        app = run(app)
        said_so = [each for each in app.warning if "“Stricter” runs on this" in each.value]
        assert bool(said_so) == warned
