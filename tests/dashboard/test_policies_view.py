"""The Policies page through app.py: the lab, and how versions come and go."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.person import Person
from core.domain.policy import LabelThresholds, Override, PolicyVersion, ThresholdRule
from core.domain.role import Role
from core.domain.verdict import VerdictKind
from core.policies.builtin import WEIGHTED_BASELINE
from core.store.job_handle import NoJob
from core.usecases.manage_policies import save_draft
from core.usecases.preview_policy import Preview, preview_policy
from dashboard import state
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench
from tests.dashboard.analytics_pages import (
    HOSTILE,
    STRICT,
    drafted,
    facts,
    fill,
    in_url,
    link_to,
    move_bounds,
    open_page,
    page_from_menu,
    run,
    said,
    with_bounds,
)
from tests.dashboard.word_workbench import saved, word_workbench

WHY = "A campaign is under way, and we watch it closely."
EMPTY = {
    "Lab": "No item has scores yet. Import a file of items",
    "Thresholds": "No item has scores yet. Import a file of items",
    "Shadow": "No item has scores yet. Import a file of items",
    "Versions": "What default v1 says",
    "Try texts": "Nothing is stored.",
}
FILLED = {
    "Lab": "No verdict changes on this history.",
    "Thresholds": "Nobody has decided on these items yet",
    "Shadow": "No version runs in shadow.",
    "Versions": "Toxicity: to review from 0.30, rejected above 0.90.",
    "Try texts": "Nothing is stored.",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    folder = tmp_path_factory.mktemp("policies")
    with word_workbench(folder) as opened:
        yield fill(opened, folder)


@pytest.fixture
def filled(shared: Workbench) -> Iterator[Workbench]:
    """A filled store that the test only reads."""
    state.publish(shared)
    yield shared
    state.publish(None)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Workbench]:
    with word_workbench(tmp_path) as opened:
        yield opened


@pytest.fixture
def own(empty: Workbench, tmp_path: Path) -> Workbench:
    """A filled store of this test alone."""
    return fill(empty, tmp_path)


def _preview(workbench: Workbench, rule: ThresholdRule) -> Preview:
    return preview_policy(
        workbench.space, workbench.histories, workbench.catalogue, workbench.operator,
        ItemFilter(), before=workbench.catalogue.policy, rule=rule,
    )  # fmt: skip


def test_every_part_opens_on_an_empty_store(empty: Workbench) -> None:
    for part, words in EMPTY.items():
        assert words in said(open_page("policies", policies_part=part))


@pytest.mark.parametrize("part", FILLED)
def test_a_part_opens_on_a_filled_store(filled: Workbench, part: str) -> None:
    assert FILLED[part] in said(open_page("policies", policies_part=part))


def test_a_moved_slider_shows_what_the_preview_counts(filled: Workbench) -> None:
    app = open_page("policies")
    assert [facts(app)[name] for name in ("Approved", "To review", "Rejected")] == [
        "60",
        "40",
        "20",
    ]
    for low, high in ((0.6, 0.9), (0.3, 0.5), (0.56, 0.97), (0.0, 1.0), (1.0, 1.0)):
        app = move_bounds(app, low, high)
        rule = with_bounds(filled, Label.TOXICITY, low, high)
        assert drafted(app) == rule
        found = _preview(filled, rule)
        shown = [
            facts(app)[name] for name in ("Approved", "To review", "Rejected", "Change verdict")
        ]
        assert shown == [str(found.after.counts[kind]) for kind in VerdictKind] + [str(found.flips)]


def test_what_was_before_is_said_beside_what_is_now(filled: Workbench) -> None:
    app = move_bounds(open_page("policies"), 0.6, 0.9)
    shown = [(metric.label, metric.value, metric.delta) for metric in app.metric]
    assert shown == [
        ("Approved", "100", "+40"),
        ("To review", "0", "-40"),
        ("Rejected", "20", "as before"),
        ("Change verdict", "40", "33.33% of 120"),
    ]
    (table,) = [frame.value for frame in app.dataframe if "Before" in frame.value.columns][:1]
    assert table.head(3)[["Before", "After"]].to_numpy().tolist() == [
        ["60", "100"], ["40", "0"], ["20", "20"],
    ]  # fmt: skip
    assert "Changed: Toxicity goes to review from 0.60 instead of 0.30: less is flagged." in said(
        app
    )


def test_the_items_that_change_are_listed_and_are_no_markup(filled: Workbench) -> None:
    app = move_bounds(open_page("policies"), 0.6, 0.9)
    (flips,) = [frame.value for frame in app.dataframe if "change" in frame.value.columns]
    assert set(flips["change"]) == {"review → approve"}
    assert HOSTILE in flips["text"].to_list()
    assert "evil.example" not in said(app)
    assert "40 of 40 shown" in said(app)


def test_bounds_that_cross_are_put_in_order(filled: Workbench) -> None:
    app = move_bounds(open_page("policies"), 0.3, 0.9)
    app.slider(key="lab_0_toxicity_band").set_value((0.95, 0.2))
    bounds = drafted(run(app)).thresholds[Label.TOXICITY]
    assert bounds.reject_above is not None
    assert bounds.approve_below <= bounds.reject_above


def test_a_label_may_leave_rejecting_to_people_and_take_it_back(filled: Workbench) -> None:
    app = open_page("policies")
    app.toggle(key="lab_0_toxicity_rejects").set_value(False)
    app = run(app)
    assert facts(app)["Rejected"] == "0"
    assert "Toxicity is rejected by people only; it was above 0.90." in said(app)
    app.slider(key="lab_0_toxicity_low").set_value(0.6)
    app = run(app)
    assert facts(app)["To review"] == "20"
    app.toggle(key="lab_0_toxicity_rejects").set_value(True)
    app = run(app)
    assert drafted(app).thresholds[Label.TOXICITY] == LabelThresholds(
        approve_below=0.6, reject_above=0.9
    )


def test_a_label_cites_another_reason_and_is_left_out_and_looked_at_again(
    filled: Workbench,
) -> None:
    app = open_page("policies")
    app.selectbox(key="lab_0_toxicity_cites").set_value("hate_speech")
    app = run(app)
    assert "Toxicity cites hate speech instead of toxicity." in said(app)
    assert facts(app)["Change verdict"] == "0"
    app.button(key="lab_0_toxicity_out").click()
    app = run(app)
    assert Label.TOXICITY not in drafted(app).thresholds
    assert facts(app)["Approved"] == "120"
    assert "Toxicity is not looked at any more." in said(app)
    app.button(key="lab_add_toxicity").click()
    app = run(app)
    assert drafted(app).thresholds[Label.TOXICITY] == LabelThresholds(approve_below=0.5)
    assert facts(app)["To review"] == "60"
    app.button(key="lab_reset").click()
    app = run(app)
    assert drafted(app) == filled.catalogue.policy.rule
    assert in_url(app, "rule") == [None]


def test_a_rule_keeps_at_least_one_label(own: Workbench) -> None:
    version = saved(own, "strict", STRICT)
    app = open_page("policies", base=link_to(version))
    app.button(key="lab_0_toxicity_out").click()
    app = run(app)
    assert "A rule needs at least one label." in said(app)
    assert drafted(app) == STRICT


def test_a_place_gets_bounds_of_its_own(filled: Workbench) -> None:
    app = open_page("policies")
    assert app.button(key="lab_new_add").disabled
    app.selectbox(key="lab_new_language").set_value("de")
    app = run(app)
    app.button(key="lab_new_add").click()
    app = run(app)
    app.slider(key="lab_1_o0_toxicity_band").set_range(0.6, 0.9)
    app = run(app)
    assert drafted(app).overrides == (
        Override(
            language="de",
            thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.6, reject_above=0.9)},
        ),
    )
    assert facts(app)["Change verdict"] == "20"
    assert "For the language “de”, toxicity is looked at now" in said(app)
    (by,) = [frame.value for frame in app.dataframe if "Precision after" in frame.value.columns]
    assert dict(zip(by["Language"], by["Change"], strict=True)) == {"de": 20, "en": 0}
    app.button(key="lab_1_o0_remove").click()
    assert not drafted(run(app)).overrides


def test_the_effect_is_told_by_language_tenant_and_reason(filled: Workbench) -> None:
    app = move_bounds(open_page("policies"), 0.6, 0.9)
    told = {}
    for by in ("Language", "Tenant", "Reason"):
        app.button_group(key="lab_by").set_value(by)
        (table,) = [frame.value for frame in run(app).dataframe if by in frame.value.columns]
        told[by] = dict(zip(table[by], table["Change"], strict=True))
    assert told == {
        "Language": {"de": 20, "en": 20}, "Tenant": {"acme": 30, "zoo": 10},
        "Reason": {"Toxicity": -40},
    }  # fmt: skip


def test_weights_are_refused_in_words_until_they_make_sense(filled: Workbench) -> None:
    weighted = next(each for each in filled.catalogue.policies if each.rule == WEIGHTED_BASELINE)
    app = open_page("policies", base=link_to(weighted))
    assert "The weights sum to 1.00." in said(app)
    for label in WEIGHTED_BASELINE.weights:
        app.slider(key=f"lab_0_w_{label}").set_value(0.0)
    app = run(app)
    assert "The weights sum to 0: no score would count." in said(app)
    assert not app.metric
    for label in WEIGHTED_BASELINE.weights:
        app.slider(key=f"lab_0_w_{label}").set_value(0.5)
    app = run(app)
    assert "The weights sum to 2: at most 1" in said(app)
    for label in WEIGHTED_BASELINE.weights:
        app.slider(key=f"lab_0_w_{label}").set_value(0.0)
    app.slider(key="lab_0_w_toxicity").set_value(1.0)
    app = run(app)
    assert [facts(app)[name] for name in ("Approved", "To review", "Rejected")] == [
        "60",
        "40",
        "20",
    ]
    assert "The weights sum to 1.00." in said(app)


def test_a_link_reproduces_the_draft(filled: Workbench) -> None:
    first = move_bounds(open_page("policies", language="de"), 0.6, 0.9)
    base, rule = in_url(first, "base", "rule")
    assert base
    assert rule
    second = open_page("policies", base=base, rule=rule, language="de")
    assert drafted(second) == drafted(first) == with_bounds(filled, Label.TOXICITY, 0.6, 0.9)
    assert facts(second) == facts(first)
    assert second.slider(key="lab_0_toxicity_band").value == (0.6, 0.9)


def test_a_draft_is_in_the_link_again_after_another_page(filled: Workbench) -> None:
    app = move_bounds(open_page("policies"), 0.6, 0.9)
    # As the browser does: another page starts with an address of its own.
    del app.query_params["rule"], app.query_params["base"]
    app = run(app.switch_page("views/scores.py"))
    app = run(app.switch_page("views/policies.py"))
    assert facts(app)["Change verdict"] == "40"
    (rule,) = in_url(app, "rule")
    assert rule
    assert json.loads(rule)["thresholds"]["toxicity"]["approve_below"] == 0.6


@pytest.mark.parametrize(
    "rule",
    [
        "nonsense",
        '{"kind": "thresholds", "thresholds": {}}',
        '{"kind": "thresholds", "thresholds": {"toxicity": {"approve_below": 0.9, "reject_above": 0.1}}}',
        '{"kind": "weighted", "weights": {"toxicity": 0}, "approve_below": 0, "reject_above": 1}',
        "[" * 3000,
    ],
)
def test_a_broken_rule_in_the_link_is_said(filled: Workbench, rule: str) -> None:
    app = open_page("policies", rule=rule, base="17")
    assert "The link's rule was not understood." in said(app)
    assert drafted(app) == filled.catalogue.policy.rule
    assert facts(app)["Change verdict"] == "0"
    # Said once: the next run is about the rule that is shown.
    assert "was not understood" not in said(run(app))


def test_another_start_replaces_the_draft(own: Workbench) -> None:
    version = saved(own, "strict", STRICT)
    app = move_bounds(open_page("policies"), 0.6, 0.9)
    live = own.catalogue.policy.policy_version_id
    app.selectbox(key=f"lab_base_{live}_0").set_value(version.policy_version_id)
    app = run(app)
    assert drafted(app) == STRICT
    assert facts(app)["Rejected"] == "60"
    assert in_url(app, "base", "rule") == [link_to(version), None]


def test_flips_are_sent_to_a_queue(own: Workbench) -> None:
    app = move_bounds(open_page("policies"), 0.03, 0.9)
    assert facts(app)["To review"] == "100"
    app.button(key="lab_flips_send").click()
    app = run(app)
    assert "items wait in Review now." in said(app)
    # One in twenty or so of what was approved waited as a random slice already.
    preview = _preview(own, with_bounds(own, Label.TOXICITY, 0.03, 0.9))
    flips = preview.history.ids[preview.codes_before != preview.codes_after]
    with own.space.store.reading() as parts:
        assert parts.samples.untouched(pl.Series(flips)).is_empty()


def test_an_analyst_looks_and_shares_and_saves_nothing(filled: Workbench) -> None:
    state.publish(filled, Gate(filled, open_to=Person(name="anna", role=Role.ANALYST)))
    app = move_bounds(open_page("policies"), 0.6, 0.9)
    assert facts(app)["Change verdict"] == "40"
    assert "Policy managers and admins save and publish. The link shares this rule." in said(app)
    keys = {button.key for button in app.button}
    assert not keys & {"lab_save", "lab_publish", "lab_flips_send"}
    keys = {button.key for button in open_page("policies", policies_part="Versions").button}
    assert not keys & {"roll_back", "retire_confirm"}


def test_people_of_one_tenant_preview_their_items(filled: Workbench) -> None:
    anna = Person(name="anna", role=Role.ANALYST, tenants=("zoo",))
    state.publish(filled, Gate(filled, open_to=anna))
    app = move_bounds(open_page("policies"), 0.6, 0.9)
    assert facts(app)["Change verdict"] == "10"
    (flips,) = [frame.value for frame in app.dataframe if "change" in frame.value.columns]
    assert set(flips["tenant"]) == {"zoo"}


def test_a_reviewer_has_no_such_page(filled: Workbench) -> None:
    state.publish(filled, Gate(filled, open_to=Person(name="rita", role=Role.REVIEWER)))
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        page_from_menu("policies")


def test_items_without_scores_of_the_versions_model_are_counted(own: Workbench) -> None:
    own.rescore("few-1", ItemFilter(language="de"), NoJob())
    few = next(each for each in own.models(own.operator) if each.name == "few-1")
    own.policies_changed(by=own.operator)
    model = next(each for each in own.catalogue.models if each.name == few.name)
    version = _saved_for(own, model.model_version_id)
    app = open_page("policies", base=link_to(version))
    assert "60 of 120 selected items have no scores of few-1 (1), which this policy reads." in said(
        app
    )
    assert facts(app)["Change verdict"] == "20"
    app = open_page("policies", base=link_to(version), language="en")
    assert "None of the 60 selected items has scores of few-1 (1), which this policy reads" in said(
        app
    )
    assert not app.metric
    app = open_page("policies", search="no such words")
    assert "No item matches the filter above." in said(app)


def _saved_for(workbench: Workbench, model_version_id: int) -> PolicyVersion:
    model = next(
        each for each in workbench.catalogue.models if each.model_version_id == model_version_id
    )
    version = save_draft(workbench.space, workbench.operator, name="few", rule=STRICT, model=model)
    workbench.policies_changed(by=workbench.operator)
    return version
