"""The Experiments page through app.py."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.domain.experiment import (
    Experiment,
    ExperimentMode,
    ExperimentPlan,
    ExperimentState,
    Guard,
    Measure,
    SplitUnit,
)
from core.domain.identifiers import IdSequence
from core.domain.person import Person
from core.domain.policy import PolicyMode, PolicyVersion
from core.domain.role import Role
from core.usecases.manage_policies import retire, save_draft
from core.usecases.read_experiment import list_experiments
from core.usecases.run_experiment import start_experiment, stop_experiment
from core.usecases.workspace import ReviewRules, Workspace
from dashboard import state
from dashboard.identity.gate import Gate
from data.bootstrap import Workbench, read_settings
from data.open_store import open_duckdb
from tests.builders import FixedClock, WordClassifier
from tests.dashboard.analytics_pages import in_url, open_page, run, said
from tests.dashboard.word_workbench import WordRegistry
from tests.split_stream import CAREFUL, MANAGER, Stream, a_plan

HOSTILE = "<script>alert(1)</script> ![x](https://evil.example/x.png) :red[idiot]"


class Lab:
    """A workbench whose clock the test moves."""

    def __init__(self, workbench: Workbench, clock: FixedClock) -> None:
        self.workbench, self.clock = workbench, clock
        self.stream = Stream(workbench.space, workbench.catalogue, WordClassifier(), clock)

    def draft(self, name: str = "careful") -> PolicyVersion:
        found = save_draft(
            self.workbench.space, MANAGER, name=name, rule=CAREFUL,
            model=self.workbench.catalogue.model,
        )  # fmt: skip
        self.workbench.policies_changed(by=MANAGER)
        return found

    def start(self, treatment: PolicyVersion, **facts: object) -> Experiment:
        plan: ExperimentPlan = a_plan(treatment, **facts)
        found = start_experiment(self.workbench.space, self.workbench.catalogue, MANAGER, plan)
        self.clock.advance(seconds=1)
        return found

    def days(self, count: int, items: int = 300) -> None:
        for _ in range(count):
            self.stream.day(items)
            self.stream.review()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    clock = FixedClock()
    ids = IdSequence(clock, node=1)
    settings = read_settings(
        database_url=f"duckdb:///{tmp_path}/store.duckdb", files_dir=tmp_path, actor="ann",
        model="words-1",
    )  # fmt: skip
    space = Workspace(
        store=open_duckdb(str(tmp_path / "store.duckdb"), clock, ids), clock=clock, ids=ids,
        rules=ReviewRules(random_share=0.5),
    )  # fmt: skip
    workbench = Workbench(settings, space, WordRegistry())
    state.publish(workbench)
    yield Lab(workbench, clock)
    state.publish(None)
    workbench.close()


def _known(lab: Lab) -> list[str]:
    return [
        f"{each.experiment.name} {each.state.value}"
        for each in list_experiments(lab.workbench.space, MANAGER)
    ]


def _tables(app: AppTest) -> list[pl.DataFrame]:
    return [pl.from_pandas(each.value) for each in app.dataframe]


def test_without_experiments_the_page_says_what_one_is(lab: Lab) -> None:
    app = open_page("experiments")
    assert "No experiment was started yet" in said(app)
    app.segmented_control(key="experiments_part").set_value("Start one")
    run(app)
    # The store has weighted-baseline as a draft: something can be tried from the first day.
    assert app.selectbox(key="experiment_treatment").options == ["weighted-baseline v1 · draft"]
    assert "Nothing came in during the last two weeks" in said(app)


def test_an_experiment_is_planned_and_started_from_the_page(lab: Lab) -> None:
    treatment = lab.draft()
    lab.days(3)
    app = open_page("experiments", experiments_part="Start one")
    assert "In the last 2 days 900 items of" in said(app)
    assert "4 times in 5" in said(app)
    app.button(key="experiment_start").click()
    run(app)
    assert "Give the experiment a name first." in said(app)
    app.selectbox(key="experiment_treatment").set_value(treatment.policy_version_id)
    app.text_input(key="experiment_name").set_value(HOSTILE[:60])
    app.text_area(key="experiment_hypothesis").set_value(HOSTILE)
    app.slider(key="experiment_share").set_value(30)
    app.slider(key="experiment_participation").set_value(60)
    app.segmented_control(key="experiment_unit").set_value(SplitUnit.THREAD)
    app.selectbox(key="experiment_language").set_value("en")
    app.number_input(key="experiment_effect_mistakes").set_value(5.0)
    app.number_input(key="experiment_guard_handling").set_value(1.5)
    run(app)
    assert "900 of these items name no thread" in said(app)
    app.button(key="experiment_start").click()
    run(app)
    [known] = list_experiments(lab.workbench.space, MANAGER)
    made = known.experiment
    assert (made.name, made.actor, made.mode) == (
        HOSTILE[:60].strip(),
        "ann",
        ExperimentMode.ENFORCED,
    )
    assert (made.shares, made.unit, made.scope.language) == ((0.42, 0.18), SplitUnit.THREAD, "en")
    assert made.minimal_effect == pytest.approx(0.05)
    assert Guard(measure=Measure.HANDLING, limit=1.5) in made.guards
    # The page shows it, and the address leads to it.
    assert in_url(app, "experiment", "experiments_part") == [str(made.experiment_id), None]
    assert "No item has come in since it started." in said(app)
    raw = "\n".join(str(each.value) for each in app.markdown)
    assert "![x](" not in raw
    assert "<script>" not in raw.replace("\\<", "")


def test_in_shadow_only_what_can_differ_is_offered(lab: Lab) -> None:
    app = open_page("experiments", experiments_part="Start one")
    app.radio(key="experiment_mode").set_value(ExperimentMode.SHADOW)
    run(app)
    assert app.selectbox(key="experiment_primary_shadow").options == [
        "Mistakes", "Missed harm", "Rejected", "To review",
    ]  # fmt: skip
    labels = [each.label for each in app.number_input]
    assert not any("Handling time" in each or "Overturned" in each for each in labels)


def test_a_report_shows_verdict_split_and_measures_and_ships(lab: Lab) -> None:
    treatment = lab.draft()
    lab.start(
        treatment,
        guards=(Guard(measure=Measure.REVIEWED, limit=0.6), Guard(measure=Measure.HANDLING)),
    )
    lab.days(4, 400)
    app = open_page("experiments")
    assert "The treatment is better in mistakes." in said(app)
    assert "Sample ratio as planned" in "\n".join(str(each.value) for each in app.success)
    listed, split, measures = _tables(app)
    assert listed["Units"].to_list() == [
        sum(split.filter(pl.col("column_0") == "Units").row(0)[1:])
    ]
    assert sum(split.filter(pl.col("column_0") == "Items").row(0)[1:]) == 1600
    assert measures["Role"].to_list()[:3] == ["primary", "guard, up to +60.00 points", "guard"]
    assert set(measures["Measure"]) == {each.words for each in Measure}
    assert len(app.get("plotly_chart")) == 1
    app.button(key="experiment_ship").click()
    run(app)
    assert "careful v1 in place of default v1" in said(app).replace("**", "")
    # A dialog is a fragment: here its opener has to be pressed again with it.
    # Much of the history changes its verdict, which takes a reason as in publishing.
    assert "of the history changes its verdict" in "\n".join(str(w.value) for w in app.warning)
    app.text_area(key="experiment_ship_note").set_value("It is what people decide anyway.")
    app.button(key="experiment_ship").click()
    app.button(key="experiment_ship_confirm").click()
    run(app)
    assert _known(lab) == ["Careful shipped"]
    with lab.workbench.space.store.reading() as parts:
        [live] = [each for each in parts.policies.all() if each.mode is PolicyMode.LIVE]
    assert live.policy_version_id == treatment.policy_version_id


def test_shipping_against_the_evidence_asks_for_a_reason(lab: Lab) -> None:
    lab.start(lab.draft())
    lab.days(1, 60)
    app = open_page("experiments")
    app.button(key="experiment_ship").click()
    run(app)
    assert "The verdict is not “better”" in said(app)
    app.button(key="experiment_ship").click()
    app.button(key="experiment_ship_confirm").click()
    run(app)
    assert "Say why it should go live all the same" in said(app)
    assert _known(lab) == ["Careful running"]


def test_a_stopped_experiment_keeps_its_evidence_and_can_be_read_again(lab: Lab) -> None:
    lab.start(lab.draft())
    lab.stream.day(200)
    app = open_page("experiments")
    app.text_area(key="experiment_stop_note").set_value("Enough of it.")
    app.button(key="experiment_stop_confirm").click()
    run(app)
    [known] = list_experiments(lab.workbench.space, MANAGER)
    assert known.state is ExperimentState.STOPPED
    app = open_page("experiments", experiment=str(known.experiment.experiment_id))
    assert "Stopped by ann on" in said(app)
    assert "Enough of it." in "\n".join(each.value for each in app.text)
    assert not [
        each for each in app.button if each.key in ("experiment_ship", "experiment_stop_confirm")
    ]
    assert "nobody has decided on one of its items yet" in said(app)
    # People go on deciding what waits: the kept evidence stands, and the rest can be asked for.
    lab.stream.review()
    app = open_page("experiments")
    assert "nobody has decided on one of its items yet" in said(app)
    app.toggle(key=f"experiment_since_{known.experiment.experiment_id}").set_value(True)
    run(app)
    assert "nobody has decided on one of its items yet" not in said(app)


def test_an_experiment_whose_policy_was_retired_says_so(lab: Lab) -> None:
    treatment = lab.draft()
    lab.start(treatment)
    lab.stream.day(100)
    retire(lab.workbench.space, MANAGER, treatment.policy_version_id, note="Not needed.")
    lab.workbench.policies_changed(by=MANAGER)
    app = open_page("experiments")
    assert _tables(app)[0]["State"].to_list() == ["running, broken"]
    assert "Its treatment careful v1 was retired by mia meanwhile: Not needed." in said(app)
    assert "The evidence up to then is kept" in said(app)
    # It can be stopped, but there is nothing to ship.
    assert [each.key for each in app.button if each.key == "experiment_ship"] == []
    app.button(key="experiment_stop_confirm").click()
    run(app)
    assert _known(lab) == ["Careful stopped"]


def test_a_link_to_another_store_shows_what_there_is(lab: Lab) -> None:
    started = lab.start(lab.draft())
    app = open_page("experiments", experiment="17")
    assert "The link's experiment is not in this store." in said(app)
    assert in_url(app, "experiment") == [str(started.experiment_id)]


def test_an_analyst_reads_and_may_neither_start_nor_end(lab: Lab) -> None:
    lab.start(lab.draft())
    lab.stream.day(60)
    analyst = Person(name="ana", role=Role.ANALYST)
    state.publish(lab.workbench, Gate(lab.workbench, open_to=analyst))
    app = open_page("experiments")
    assert "Items" in _tables(app)[1]["column_0"].to_list()
    assert not [each for each in app.button if str(each.key).startswith("experiment_")]
    app.segmented_control(key="experiments_part").set_value("Start one")
    run(app)
    assert "Ask a policy manager" in said(app)


def test_what_two_people_do_at_once_is_told(lab: Lab) -> None:
    started = lab.start(lab.draft())
    lab.stream.day(60)
    app = open_page("experiments")
    stop_experiment(lab.workbench.space, MANAGER, started.experiment_id)
    app.button(key="experiment_stop_confirm").click()
    run(app)
    assert _known(lab) == ["Careful stopped"]


def test_an_experiment_whose_model_is_not_in_use_any_more_says_so(lab: Lab) -> None:
    lab.start(lab.draft())
    lab.stream.day(100)
    assert "is not in use any more" not in said(open_page("experiments"))
    other = lab.workbench.settings.model_copy(update={"model": "few-1"})
    moved = Workbench(other, lab.workbench.space, WordRegistry())
    state.publish(moved)
    app = open_page("experiments")
    assert _tables(app)[0]["State"].to_list() == ["running, without its model"]
    shown = said(app) + "\n".join(str(each.value) for each in app.warning)
    assert "Its model words-1 (" in shown
    assert "is not in use any more" in shown
