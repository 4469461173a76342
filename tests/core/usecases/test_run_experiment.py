"""What experiments find, through the store, on both databases."""

import pytest
from sqlalchemy import delete, func, select

from core.domain.experiment import (
    Arm,
    ExperimentMode,
    ExperimentState,
    Guard,
    Measure,
)
from core.domain.identifiers import IdSequence
from core.domain.label import Label
from core.domain.policy import LabelThresholds, PolicyMode, PolicyVersion, ThresholdRule
from core.errors import ExperimentError, PolicyError
from core.experiments.assignment import bucket
from core.experiments.split_numbers import SplitKind
from core.usecases.catalogue import Catalogue, ensure_catalogue
from core.usecases.manage_policies import publish
from core.usecases.read_experiment import (
    experiment_report,
    kept_evidence,
)
from core.usecases.run_experiment import ship_experiment, stop_experiment
from core.usecases.workspace import ReviewRules, Workspace
from data.sql.store import SqlStore
from data.sql.tables import decision, exposure, item, verdict
from tests.builders import FixedClock, WordClassifier
from tests.split_stream import (
    CAREFUL,
    MANAGER,
    Stream,
    known_of,
    looked_at,
    rows_of,
    start,
    treatment_of,
)

WHY = "We know, and it is what the community asked for."


@pytest.fixture
def space(store: SqlStore, clock: FixedClock, ids: IdSequence) -> Workspace:
    return Workspace(store=store, clock=clock, ids=ids, rules=ReviewRules(random_share=0.5))


@pytest.fixture
def careful(space: Workspace, catalogue: Catalogue) -> PolicyVersion:
    return treatment_of(space, catalogue, CAREFUL)


@pytest.fixture
def stream(
    space: Workspace, catalogue: Catalogue, classifier: WordClassifier, clock: FixedClock
) -> Stream:
    return Stream(space, catalogue, classifier, clock)


def _events(space: Workspace, start: str) -> list[tuple[str, str]]:
    with space.store.reading() as parts:
        return [(e.verb, e.actor) for e in parts.audit.events() if e.verb.startswith(start)]


def test_units_stay_in_the_arm_of_their_hash_over_batches_and_restarts(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream, ids: IdSequence
) -> None:
    experiment = start(space, catalogue, careful, participation=60, treatment_share=25)
    assert experiment.shares == (0.45, 0.15)
    for _ in range(2):
        stream.day(300)
    again = Workspace(store=space.store, clock=space.clock, ids=ids, rules=space.rules)
    stream.space = again
    stream.day(300)
    with space.store.reading() as parts:
        exposed = parts.experiments.exposures(experiment.experiment_id)
    assert exposed["unit"].n_unique() == exposed.height
    places = [bucket(experiment.seed, unit) for unit in exposed["unit"]]
    assert [0 if place < 0.45 else 1 for place in places] == exposed["arm"].to_list()
    assert max(places) < 0.6
    # Who is in neither arm was never exposed, and everybody else was.
    authors = {str(row[0]) for row in rows_of(space.store, select(item.c.author_id).distinct())}
    assert set(exposed["unit"]) == {each for each in authors if bucket(experiment.seed, each) < 0.6}


def test_the_treatment_decides_its_units_and_both_verdicts_are_recorded(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream
) -> None:
    stream.day(50)
    experiment = start(space, catalogue, careful, treatment_share=40)
    stream.day(400)
    control, treatment = experiment.control_id, experiment.treatment_id
    started = experiment.created_at
    verdicts = dict(
        rows_of(space.store, select(verdict.c.policy_version_id, func.count()).where(
            verdict.c.concluded_at > started).group_by(verdict.c.policy_version_id))
    )  # fmt: skip
    assert verdicts == {control: 400, treatment: 400}
    decided = rows_of(
        space.store,
        select(item.c.author_id, decision.c.policy_version_id, decision.c.outcome)
        .join(item, item.c.item_id == decision.c.item_id)
        .where(decision.c.decided_at > started),
    )
    assert decided
    for author, policy, outcome in decided:
        is_treated = bucket(experiment.seed, str(author)) >= 0.6
        assert policy == (treatment if is_treated else control)
        # The careful rule never rejects.
        assert not (is_treated and outcome == "reject")
    assert {outcome for _, policy, outcome in decided if policy == control} == {"approve", "reject"}
    numbers = experiment_report(space, MANAGER, experiment.experiment_id).numbers
    assert numbers.items == 400
    assert numbers.of(Arm.TREATMENT).rejected == 0 < numbers.of(Arm.CONTROL).rejected
    # Nothing is counted twice or lost.
    assert sum(numbers.cells.values()) == 400


def test_in_shadow_the_live_policy_decides_everything(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream
) -> None:
    experiment = start(
        space, catalogue, careful, mode=ExperimentMode.SHADOW, primary=Measure.REJECTED,
        minimal_effect=0.02,
    )  # fmt: skip
    for _ in range(3):
        stream.day(300)
        stream.review()
    deciders = rows_of(
        space.store,
        select(decision.c.policy_version_id).where(decision.c.source == "policy").distinct(),
    )
    assert deciders == [(experiment.control_id,)]
    report = experiment_report(space, MANAGER, experiment.experiment_id)
    numbers = report.numbers
    assert numbers.items == 900
    assert numbers.sample_ratio is not None and not numbers.sample_ratio.is_broken  # noqa: PT018
    # The same items in both: the difference is that of the counts, and the interval leaves out 0.
    rejected = sum(count for cell, count in numbers.cells.items() if cell.startswith("reject|"))
    assert numbers.primary.difference == pytest.approx(-rejected / 900)
    assert report.verdict.kind is SplitKind.BETTER
    assert {each.measure for each in numbers.others} == {
        Measure.MISTAKES, Measure.MISSED,
    }  # fmt: skip
    mistakes = next(each for each in numbers.others if each.measure is Measure.MISTAKES)
    assert mistakes.treatment == 0.0
    assert mistakes.high is not None and mistakes.high < 0  # noqa: PT018
    assert "cannot say what people overturn" in " ".join(report.verdict.sentences)


def test_a_against_a_finds_nothing(space: Workspace, catalogue: Catalogue, stream: Stream) -> None:
    same = treatment_of(space, catalogue, catalogue.policy.rule, name="same")
    experiment = start(space, catalogue, same, minimal_effect=0.05)
    stream = Stream(space, catalogue, stream.classifier, stream.clock, authors=2_500, seed=11)
    for _ in range(6):
        stream.day(900)
        stream.review()
        report = experiment_report(space, MANAGER, experiment.experiment_id)
        assert report.verdict.kind in (SplitKind.NO_EVIDENCE, SplitKind.NO_DIFFERENCE)
        assert not report.numbers.worse_guards
    numbers = report.numbers
    assert numbers.units > 1_500
    assert numbers.sample_ratio is not None and not numbers.sample_ratio.is_suspect  # noqa: PT018
    everything = [numbers.primary, *(each.found for each in numbers.guards), *numbers.others]
    assert len(everything) == len(Measure)
    for each in everything:
        if each.low is not None and each.high is not None:
            assert each.low <= 0 <= each.high
            assert each.low <= each.fixed_low <= each.fixed_high <= each.high  # type: ignore[operator]
    assert "more day" in " ".join(report.verdict.sentences) or numbers.days_left == 0


def test_a_broken_split_blocks_the_verdict_however_clear_it_looks(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream
) -> None:
    experiment = start(space, catalogue, careful, primary=Measure.REJECTED, minimal_effect=0.08)
    for _ in range(3):
        stream.day(500)
    before = experiment_report(space, MANAGER, experiment.experiment_id)
    assert before.verdict.kind is SplitKind.BETTER
    # Treated units are lost, as a crash in their path would lose them.
    with space.store.reading() as parts:
        treated = parts.experiments.exposures(experiment.experiment_id).filter(arm=1)["unit"]
    with space.store.dialect.engine.begin() as connection:  # type: ignore[attr-defined]
        connection.execute(
            delete(exposure).where(
                exposure.c.unit.in_(treated.sort()[: len(treated) // 2].to_list())
            )
        )
    blocked = experiment_report(space, MANAGER, experiment.experiment_id)
    assert blocked.numbers.sample_ratio is not None and blocked.numbers.sample_ratio.p < 0.001  # noqa: PT018
    assert blocked.verdict.kind is SplitKind.BLOCKED
    assert "another program that assigns arms" in " ".join(blocked.verdict.sentences)
    assert "better" not in blocked.verdict.headline
    with pytest.raises(ExperimentError, match="sample ratio is broken"):
        ship_experiment(
            space, catalogue, MANAGER, experiment.experiment_id,
            preview=looked_at(space, catalogue, careful),
        )  # fmt: skip


def test_a_better_treatment_is_found_and_shipped_with_its_evidence(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream,
    classifier: WordClassifier,
) -> None:  # fmt: skip
    experiment = start(
        space, catalogue, careful, hypothesis="Satire is rejected too often.",
        guards=(Guard(measure=Measure.REVIEWED, limit=0.5), Guard(measure=Measure.HANDLING)),
    )  # fmt: skip
    for _ in range(4):
        stream.day(500)
        stream.review()
    report = experiment_report(space, MANAGER, experiment.experiment_id)
    assert report.verdict.kind is SplitKind.BETTER
    found = report.numbers.primary
    # A fifth of what comes in is satire: rejected by the control, left to people by the treatment.
    assert found.control == pytest.approx(0.2, abs=0.06)
    assert found.treatment == 0.0
    assert found.seen > 300
    # The course ends where the report stands, and knew less at first.
    assert report.course[-1].low == found.low
    widths = [
        each.high - each.low
        for each in report.course
        if each.low is not None and each.high is not None
    ]
    assert len(widths) > 3
    assert widths[0] > widths[-1]
    with pytest.raises(PolicyError, match="goes live for a share"):
        publish(
            space, MANAGER, careful.policy_version_id, mode=PolicyMode.LIVE, share=0.5, note=WHY,
            preview=looked_at(space, catalogue, careful), model=catalogue.model,
        )  # fmt: skip
    # The verdict is fine, but few reviews are behind the preview: somebody must say why.
    preview = looked_at(space, catalogue, careful)
    preview = preview.model_copy(update={"reviews": 3})
    for note in ("", "short"):
        with pytest.raises(ExperimentError, match=r"3 human decisions are behind it"):
            ship_experiment(
                space, catalogue, MANAGER, experiment.experiment_id, preview=preview, note=note
            )
    assert known_of(space, experiment.experiment_id).is_running
    live = ship_experiment(
        space, catalogue, MANAGER, experiment.experiment_id, preview=preview, note=WHY
    )
    assert (live.policy_version_id, live.mode) == (careful.policy_version_id, PolicyMode.LIVE)
    after = ensure_catalogue(space, classifier, actor="x")
    assert after.policy.policy_version_id == careful.policy_version_id
    assert "The treatment is better in mistakes." in (after.policy.note or "")
    known = known_of(space, experiment.experiment_id)
    assert (known.state, known.broken) == (ExperimentState.SHIPPED, None)
    kept = kept_evidence(known)
    assert kept is not None
    assert kept.numbers.primary == found
    assert kept.verdict == report.verdict
    assert _events(space, "experiment.") == [
        ("experiment.started", "mia"),
        ("experiment.shipped", "mia"),
    ]
    # What comes in afterwards is decided by the new policy alone and counts for nothing here.
    stream.day(100)
    assert experiment_report(space, MANAGER, experiment.experiment_id).numbers.items == 2000
    with pytest.raises(ExperimentError, match="mia shipped it at"):
        stop_experiment(space, MANAGER, experiment.experiment_id)


def test_a_guard_that_got_worse_is_said_and_keeps_from_shipping_without_a_reason(
    space: Workspace, catalogue: Catalogue, stream: Stream
) -> None:
    """The stricter rule misses less harm, and rejects more than is put up with."""
    strict = treatment_of(
        space, catalogue,
        ThresholdRule(thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.3, reject_above=0.5)}),
        name="strict",
    )  # fmt: skip
    experiment = start(
        space, catalogue, strict, primary=Measure.REVIEWED, minimal_effect=0.03,
        guards=(Guard(measure=Measure.REJECTED, limit=0.02), Guard(measure=Measure.HANDLING)),
    )  # fmt: skip
    stream = Stream(space, catalogue, stream.classifier, stream.clock, authors=1_500)
    for _ in range(4):
        stream.day(700)
        stream.review()
    report = experiment_report(space, MANAGER, experiment.experiment_id)
    assert report.verdict.kind is SplitKind.BETTER
    assert "But a guard got worse: rejected." in report.verdict.headline
    assert [each.guard.measure for each in report.numbers.worse_guards] == [Measure.REJECTED]
    preview = looked_at(space, catalogue, strict)
    for note in ("", "short"):
        with pytest.raises(
            ExperimentError, match=r"Rejected got worse beyond the limit of 2.00 points"
        ):
            ship_experiment(
                space, catalogue, MANAGER, experiment.experiment_id, preview=preview, note=note
            )
    assert known_of(space, experiment.experiment_id).is_running
    ship_experiment(space, catalogue, MANAGER, experiment.experiment_id, preview=preview, note=WHY)
    assert known_of(space, experiment.experiment_id).changes[-1].note == WHY


def test_a_limit_puts_up_with_a_guard_that_is_worse_by_less(
    space: Workspace, catalogue: Catalogue, stream: Stream
) -> None:
    strict = treatment_of(
        space, catalogue,
        ThresholdRule(thresholds={Label.TOXICITY: LabelThresholds(approve_below=0.3, reject_above=0.5)}),
    )  # fmt: skip
    experiment = start(
        space, catalogue, strict, primary=Measure.REVIEWED, minimal_effect=0.03,
        guards=(Guard(measure=Measure.REJECTED, limit=0.5),),
    )  # fmt: skip
    stream = Stream(space, catalogue, stream.classifier, stream.clock, authors=1_500)
    for _ in range(4):
        stream.day(700)
    report = experiment_report(space, MANAGER, experiment.experiment_id)
    assert report.numbers.guards[0].found.low > 0.02  # type: ignore[operator]
    assert not report.numbers.worse_guards
