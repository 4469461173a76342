"""What every store keeps of experiments."""

from datetime import timedelta
from threading import Thread

import polars as pl
import pytest
from pydantic import ValidationError

from core.domain.experiment import (
    Experiment,
    ExperimentChange,
    ExperimentMode,
    ExperimentPlan,
    ExperimentState,
    Guard,
    Measure,
    SplitUnit,
)
from core.domain.policy import Place
from core.store.store import Store
from tests.builders import NOON


def _experiment(key: int, **facts: object) -> Experiment:
    values: dict[str, object] = {
        "experiment_id": key, "name": f"No. {key}", "seed": f"s-{key}", "control_id": 1,
        "treatment_id": 2, "model_version_id": 3, "mode": ExperimentMode.ENFORCED,
        "minimal_effect": 0.01, "actor": "mia", "created_at": NOON,
    }  # fmt: skip
    return Experiment.model_validate(values | facts)


def _units(**arms: int) -> pl.DataFrame:
    return pl.DataFrame({"unit": list(arms), "arm": list(arms.values())})


def _change(key: int, state: ExperimentState, **facts: object) -> ExperimentChange:
    return ExperimentChange(experiment_id=key, state=state, actor="mia", changed_at=NOON, **facts)  # type: ignore[arg-type]  # by name


def test_experiments_and_their_lives_are_kept_as_they_were(store: Store) -> None:
    first = _experiment(
        1, hypothesis="fewer 💥", unit=SplitUnit.THREAD, participation=40, treatment_share=25,
        guards=(Guard(measure=Measure.HANDLING, limit=2.5),), scope=Place(tenant="zoo", language="de"),
        tenants=("zoo",), primary=Measure.WAITING, is_lower_better=False,
    )  # fmt: skip
    with store.writing() as parts:
        for each in (first, _experiment(2)):
            parts.experiments.add(each)
            parts.experiments.change(_change(each.experiment_id, ExperimentState.RUNNING))
        parts.experiments.change(_change(1, ExperimentState.STOPPED, evidence="{}", note="why"))
    with store.reading() as parts:
        assert parts.experiments.all() == [_experiment(2), first]
        assert parts.experiments.running() == [_experiment(2)]
        changes = parts.experiments.changes()
    assert [(each.experiment_id, each.state.value) for each in changes] == [
        (1, "running"), (2, "running"), (1, "stopped"),
    ]  # fmt: skip
    assert (changes[-1].evidence, changes[-1].note) == ("{}", "why")


def test_a_unit_is_exposed_once_and_stays_in_its_arm(store: Store) -> None:
    later = NOON + timedelta(hours=1)
    with store.writing() as parts:
        assert parts.experiments.expose(1, _units(ann=0, ben=1), NOON) == 2
        assert parts.experiments.expose(2, _units(ann=1), NOON) == 1
    with store.writing() as parts:
        twice = pl.concat([_units(ann=1, cleo=1), _units(cleo=1)])
        assert parts.experiments.expose(1, twice, later) == 1
        assert parts.experiments.expose(1, _units().cast({"unit": pl.String}), later) == 0
    with store.reading() as parts:
        assert parts.experiments.exposures(1).rows() == [
            ("ann", 0, NOON), ("ben", 1, NOON), ("cleo", 1, later),
        ]  # fmt: skip
        assert parts.experiments.counts([1, 2, 3]) == {(1, 0): 1, (1, 1): 2, (2, 1): 1}


def test_processes_that_expose_the_same_units_at_once_write_each_once(store: Store) -> None:
    failed: list[BaseException] = []

    def expose() -> None:
        try:
            with store.writing() as parts:
                parts.serialise("exposures:1")
                parts.experiments.expose(1, _units(**{f"u{n}": n % 2 for n in range(300)}), NOON)
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=expose) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failed
    with store.reading() as parts:
        assert parts.experiments.counts([1]) == {(1, 0): 150, (1, 1): 150}


def test_shares_are_met_exactly_by_a_hash_of_ten_thousand_steps() -> None:
    for participation in (1, 33, 100):
        for treatment in (1, 37, 50, 99):
            plan = _experiment(1, participation=participation, treatment_share=treatment)
            assert all(
                round(10_000 * share) == pytest.approx(10_000 * share) for share in plan.shares
            )
            assert sum(plan.shares) == pytest.approx(participation / 100)


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"participation": 0}, "participation"),
        ({"treatment_share": 100}, "treatment_share"),
        ({"minimal_effect": 0}, "minimal_effect"),
        ({"minimal_effect": 1.0}, "below 1"),
        ({"mode": ExperimentMode.SHADOW, "primary": Measure.HANDLING}, "cannot differ in shadow"),
        ({"name": ""}, "name"),
        ({"hypothesis": "a\x00b"}, "NUL"),
        ({"guards": (Guard.model_construct(measure=Measure.HANDLING, limit=-1),)}, "limit"),
    ],
)
def test_a_plan_that_cannot_work_is_refused(facts: dict[str, object], problem: str) -> None:
    values: dict[str, object] = {
        "name": "x", "treatment_id": 2, "mode": ExperimentMode.ENFORCED, "minimal_effect": 0.01,
    }  # fmt: skip
    if "guards" in facts:
        facts = {"guards": ({"measure": "handling", "limit": -1},)}
    with pytest.raises(ValidationError, match=problem):
        ExperimentPlan.model_validate(values | facts)


@pytest.mark.parametrize(
    ("one", "two", "overlaps"),
    [
        ({}, {}, True),
        ({"scope": Place(tenant="zoo")}, {"scope": Place(tenant="acme")}, False),
        ({"scope": Place(tenant="zoo")}, {"scope": Place(language="de")}, True),
        ({"scope": Place(language="en")}, {"scope": Place(language="de")}, False),
        ({"tenants": ("zoo",)}, {"tenants": ("acme", "north")}, False),
        ({"tenants": ("zoo",)}, {"scope": Place(tenant="acme")}, False),
        ({"tenants": ("zoo", "acme")}, {"scope": Place(tenant="acme")}, True),
    ],
)
def test_experiments_overlap_where_an_item_could_be_in_both(
    one: dict[str, object], two: dict[str, object], overlaps: bool
) -> None:
    assert _experiment(1, **one).overlaps(_experiment(2, **two)) is overlaps
    assert _experiment(2, **two).overlaps(_experiment(1, **one)) is overlaps
