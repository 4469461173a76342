"""How experiments begin, break and end, on both databases."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from core.domain.experiment import (
    ExperimentMode,
    Measure,
    SplitUnit,
)
from core.domain.identifiers import IdSequence
from core.domain.person import Person
from core.domain.policy import Place, PolicyMode, PolicyVersion
from core.domain.role import Role
from core.errors import ExperimentError, ForbiddenError, NotFoundError
from core.experiments.split_numbers import SplitKind
from core.usecases.catalogue import Catalogue, ensure_catalogue, in_force
from core.usecases.manage_policies import publish, retire, roll_back, save_draft
from core.usecases.plan_experiment import past_traffic
from core.usecases.read_experiment import (
    experiment_report,
    kept_evidence,
    list_experiments,
    moments,
)
from core.usecases.run_experiment import start_experiment, stop_experiment
from core.usecases.workspace import ReviewRules, Workspace
from data.sql.store import SqlStore
from data.sql.tables import decision, item
from tests.builders import NOON, FixedClock, WordClassifier
from tests.split_stream import (
    CAREFUL,
    MANAGER,
    Stream,
    a_plan,
    known_of,
    looked_at,
    rows_of,
    start,
    tick,
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


def _retire(space: Workspace, catalogue: Catalogue, treatment: PolicyVersion) -> None:
    retire(space, MANAGER, treatment.policy_version_id, note="")


def _publish(space: Workspace, catalogue: Catalogue, treatment: PolicyVersion) -> None:
    publish(
        space, MANAGER, treatment.policy_version_id, mode=PolicyMode.LIVE, note=WHY,
        preview=looked_at(space, catalogue, treatment), model=catalogue.model,
    )  # fmt: skip


def _publish_third(space: Workspace, catalogue: Catalogue, treatment: PolicyVersion) -> None:
    _publish(space, catalogue, treatment_of(space, catalogue, CAREFUL, name="third"))


@pytest.mark.parametrize(
    ("change", "said", "decides_next"),
    [
        (_retire, "Its treatment careful v1 was retired by mia meanwhile.", "default v1"),
        (
            _publish,
            "Its control default v1 was retired by mia meanwhile: Replaced by careful v1.",
            "careful v1",
        ),
        (
            _publish_third,
            "Its control default v1 was retired by mia meanwhile: Replaced by third v1.",
            "third v1",
        ),
    ],
)
def test_an_experiment_whose_policy_changed_meanwhile_says_so_and_falls_back(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream,
    change: Callable[..., None], said: str, decides_next: str,
) -> None:  # fmt: skip
    experiment = start(space, catalogue, careful)
    stream.day(200)
    change(space, catalogue, careful)
    broken_at = space.clock.now()
    tick(space)
    stream.day(100)
    known = known_of(space, experiment.experiment_id)
    assert known.is_running
    assert known.broken is not None
    assert known.broken.sentence == said
    report = experiment_report(space, MANAGER, experiment.experiment_id)
    assert report.numbers.items == 200
    assert report.numbers.until == broken_at
    assert f"{said} The evidence up to then is kept" in " ".join(report.verdict.sentences)
    actors = rows_of(
        space.store, select(decision.c.actor).where(decision.c.decided_at > broken_at).distinct()
    )
    assert actors == [(f"policy:{decides_next}",)]
    # It is over for good, even if the policy comes back.
    if change is _publish:
        with space.store.reading() as parts:
            now = in_force(parts, catalogue.model)
        assert now is not None
        roll_back(space, MANAGER, now.policy)
        tick(space)
        stream.day(50)
        assert experiment_report(space, MANAGER, experiment.experiment_id).numbers.items == 200
    stop_experiment(space, MANAGER, experiment.experiment_id, note="Started anew.")
    known = known_of(space, experiment.experiment_id)
    kept = kept_evidence(known)
    assert kept is not None
    assert kept.numbers.broken == said
    assert kept.numbers.items == 200


def test_a_stopped_experiment_leaves_everything_to_the_live_policy(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream
) -> None:
    experiment = start(space, catalogue, careful)
    stream.day(100)
    report = stop_experiment(space, MANAGER, experiment.experiment_id, note="Enough seen.")
    stopped = space.clock.now()
    tick(space)
    stream.day(100)
    policies = rows_of(
        space.store,
        select(decision.c.policy_version_id).where(decision.c.decided_at > stopped).distinct(),
    )
    assert policies == [(experiment.control_id,)]
    known = known_of(space, experiment.experiment_id)
    assert kept_evidence(known) == report
    assert known.changes[-1].note == "Enough seen."
    assert known.units == tuple(each.units for each in report.numbers.arms)


def test_items_without_an_author_are_their_own_unit_and_are_counted(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream
) -> None:
    experiment = start(space, catalogue, careful, unit=SplitUnit.THREAD)
    stream.day(120, thread_id=["t1"] * 40 + ["t2"] * 40 + [None] * 40)
    numbers = experiment_report(space, MANAGER, experiment.experiment_id).numbers
    assert (numbers.items, numbers.units, numbers.without_unit) == (120, 42, 40)


def test_only_items_of_the_scope_take_part(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream
) -> None:
    experiment = start(
        space, catalogue, careful, scope=Place(tenant="zoo", language="de"), treatment_share=99
    )
    stream.day(90, tenant_id=["zoo", "acme", "zoo"] * 30, language=["de", "de", "en"] * 30)
    assert experiment_report(space, MANAGER, experiment.experiment_id).numbers.items == 30
    others = rows_of(
        space.store,
        select(decision.c.policy_version_id).join(item, item.c.item_id == decision.c.item_id)
        .where((item.c.tenant_id != "zoo") | (item.c.language != "de")).distinct(),
    )  # fmt: skip
    assert others == [(experiment.control_id,)]


def test_who_does_not_see_an_experiments_items_does_not_learn_its_name(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion
) -> None:
    start(space, catalogue, careful, name="first")
    of_zoo = MANAGER.model_copy(update={"tenants": ("zoo",)})
    plan = a_plan(treatment_of(space, catalogue, CAREFUL, name="other"), scope=Place(tenant="zoo"))
    with pytest.raises(ExperimentError, match=r"^An experiment that you do not see decides"):
        start_experiment(space, catalogue, of_zoo, plan)


def test_two_experiments_decide_side_by_side_only_on_different_items(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream
) -> None:
    other = treatment_of(space, catalogue, CAREFUL, name="other")
    first = start(space, catalogue, careful, name="first", scope=Place(tenant="zoo"))
    with pytest.raises(ExperimentError, match="“first” decides on the same items already"):
        start(space, catalogue, other)
    with pytest.raises(ExperimentError, match="“first” tries the same version already"):
        start(space, catalogue, careful, mode=ExperimentMode.SHADOW)
    second = start(space, catalogue, other, scope=Place(tenant="acme"))
    third = start(
        space, catalogue, treatment_of(space, catalogue, CAREFUL, name="seen"),
        mode=ExperimentMode.SHADOW,
    )  # fmt: skip
    stream.day(80, tenant_id=["zoo", "acme"] * 40)
    sizes = [
        experiment_report(space, MANAGER, each.experiment_id).numbers.items
        for each in (first, second, third)
    ]
    assert sizes == [40, 40, 80]


def test_what_cannot_be_tried_is_refused_with_the_reason(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, classifier: WordClassifier
) -> None:
    class Other(WordClassifier):
        name, digest = "words-2", "ef" * 32

    elsewhere = save_draft(
        space, MANAGER, name="elsewhere", rule=CAREFUL,
        model=ensure_catalogue(space, Other(), actor="mia").model,
    )  # fmt: skip
    gone = treatment_of(space, catalogue, CAREFUL, name="gone")
    retire(space, MANAGER, gone.policy_version_id, note="")
    for version, problem in (
        (catalogue.policy, "decides everything already"),
        (elsewhere, "reads another model version"),
        (gone, "is retired. A draft or a version in shadow can be tried"),
        (careful.model_copy(update={"policy_version_id": 5}), "no such policy version"),
    ):
        with pytest.raises(ExperimentError, match=problem):
            start(space, catalogue, version)
    with pytest.raises(ExperimentError, match="a name"):
        start(space, catalogue, careful, name="  ")
    with space.store.writing() as parts:
        parts.policies.set_mode(gone, PolicyMode.LIVE, "mia", share=0.3)
    with pytest.raises(ExperimentError, match="gone v1 is live for 30% of new items"):
        start(space, catalogue, careful)
    assert list_experiments(space, MANAGER) == []


def test_people_start_and_see_experiments_on_their_own_tenants_only(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream
) -> None:
    ours = Person(name="ours", role=Role.POLICY_MANAGER, tenants=("zoo",))
    both = Person(name="both", role=Role.ANALYST, tenants=("zoo", "acme"))
    theirs = Person(name="theirs", role=Role.ANALYST, tenants=("acme",))
    with pytest.raises(ForbiddenError, match="acme"):
        start_experiment(space, catalogue, ours, a_plan(careful, scope=Place(tenant="acme")))
    mine = start_experiment(space, catalogue, ours, a_plan(careful))
    tick(space)
    stream.day(60, tenant_id=["zoo", "acme"] * 30)
    assert experiment_report(space, ours, mine.experiment_id).numbers.items == 30
    shown = {each.name: [e.experiment.experiment_id for e in list_experiments(space, each)]
             for each in (MANAGER, ours, both, theirs)}  # fmt: skip
    assert shown == {
        "mia": [mine.experiment_id], "ours": [mine.experiment_id], "both": [mine.experiment_id],
        "theirs": [],
    }  # fmt: skip
    with pytest.raises(NotFoundError):
        experiment_report(space, theirs, mine.experiment_id)
    with pytest.raises(NotFoundError):
        stop_experiment(
            space, theirs.model_copy(update={"role": Role.POLICY_MANAGER}), mine.experiment_id
        )


def test_nothing_has_come_in_yet_is_a_state_of_its_own(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion
) -> None:
    experiment = start(space, catalogue, careful)
    report = experiment_report(space, MANAGER, experiment.experiment_id)
    assert report.verdict.kind is SplitKind.NOTHING
    assert report.numbers.sample_ratio is None
    stop_experiment(space, MANAGER, experiment.experiment_id)


def test_past_traffic_says_how_long_it_would_take(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream
) -> None:
    nothing = past_traffic(space, catalogue, MANAGER)
    assert (nothing.items, nothing.days_needed(a_plan(careful))) == (0, None)
    for _ in range(4):
        stream.day(300)
        stream.review()
    past = past_traffic(space, catalogue, MANAGER)
    assert (past.items, round(past.days)) == (1200, 4)
    needed = past.days_needed(a_plan(careful))
    assert needed is not None
    # Half the effect takes four times as long, and a tenth of the units ten times.
    finer = past.days_needed(a_plan(careful, minimal_effect=0.025))
    fewer = past.days_needed(a_plan(careful, participation=10))
    assert finer == pytest.approx(4 * needed, rel=0.2)
    assert fewer == pytest.approx(10 * needed, rel=0.2)
    assert past.days_needed(a_plan(careful, mode=ExperimentMode.SHADOW)) is None
    zoo = past_traffic(space, catalogue, MANAGER, scope=Place(tenant="zoo"))
    assert zoo.items == 0
    by_thread = past_traffic(space, catalogue, MANAGER, unit=SplitUnit.THREAD)
    assert by_thread.without_unit == by_thread.units == 1200


def test_moments_are_few_and_end_now() -> None:
    for length in (timedelta(0), timedelta(hours=5), timedelta(days=3), timedelta(days=900)):
        found = moments(NOON, NOON + length)
        assert found[-1] == NOON + length
        assert len(found) <= 41
        assert list(found) == sorted(set(found))
    assert len(moments(NOON, NOON + timedelta(days=20))) == 20


def test_the_report_is_kept_exactly(
    space: Workspace, catalogue: Catalogue, careful: PolicyVersion, stream: Stream
) -> None:
    """Also where there is no interval yet, which JSON has no number for."""
    experiment = start(space, catalogue, careful, primary=Measure.HANDLING, minimal_effect=2)
    stream.day(60)
    report = experiment_report(space, MANAGER, experiment.experiment_id)
    assert report.numbers.primary.low is None
    assert type(report).model_validate_json(report.model_dump_json()) == report
    assert np.isfinite([each.information for each in report.numbers.others]).all()
