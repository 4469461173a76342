"""Trials in the background: in turn, seen by their own person only, few of them kept."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.domain.person import Person
from core.domain.policy import PolicyVersion
from core.domain.role import Role
from core.errors import ModelError, TrialError
from core.usecases.catalogue import Catalogue
from core.usecases.trial_run import TrialPlan, TrialRun, TrialState
from data.trials import MOST_KEPT, MOST_RUNNING, TrialRunner
from tests.builders import WordClassifier
from tests.core.usecases.trial_world import ANN, model_of

BEN = Person(name="ben", role=Role.ADMIN)


@pytest.fixture
def runner() -> Iterator[TrialRunner]:
    opened = TrialRunner()
    yield opened
    opened.close()


@pytest.fixture
def policy(catalogue: Catalogue) -> PolicyVersion:
    return catalogue.policy


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database will do: trials store nothing."""
    return f"duckdb:///{tmp_path}/store.duckdb"


def _run(policy: PolicyVersion, person: Person = ANN, texts: int = 3) -> TrialRun:
    model = model_of(WordClassifier())
    plan = TrialPlan(
        models=(model,), policy=policy, before_model=model, before_policy=policy,
        source=("x",) * texts, title="test",
    )  # fmt: skip
    return TrialRun(person, plan, SystemClock())


def _steps(run: TrialRun, log: list[str], name: str, count: int = 3) -> Iterator[None]:
    for _ in range(count):
        log.append(name)
        yield
    run.end(TrialState.DONE)


def test_two_runs_take_turns(runner: TrialRunner, policy: PolicyVersion) -> None:
    log: list[str] = []
    gate = threading.Event()
    first, second = _run(policy), _run(policy, BEN)

    def held() -> Iterator[None]:
        gate.wait(10)
        yield from _steps(first, log, "first")

    runner.start(first, held())
    runner.start(second, _steps(second, log, "second"))
    gate.set()
    runner.wait(first)
    runner.wait(second)
    assert log == ["first", "second"] * 3


def test_a_run_is_seen_by_who_started_it_and_as_long_as_their_rights_are_the_same(
    runner: TrialRunner, policy: PolicyVersion
) -> None:
    run = _run(policy)
    runner.start(run, _steps(run, [], "x"))
    assert runner.get(run.run_id, ANN) is run
    assert runner.get(run.run_id, BEN) is None
    assert runner.of(BEN) == []
    narrowed = ANN.model_copy(update={"tenants": ("acme",)})
    assert runner.get(run.run_id, narrowed) is None
    assert runner.get(None, ANN) is None


def test_the_run_that_nobody_looks_at_goes_first(
    runner: TrialRunner, policy: PolicyVersion
) -> None:
    runs = [_run(policy) for _ in range(MOST_KEPT + 1)]
    for run in runs[:MOST_KEPT]:
        runner.start(run, _steps(run, [], "x"))
        runner.wait(run)
    assert runner.get(runs[0].run_id, ANN) is runs[0]
    runner.start(runs[-1], _steps(runs[-1], [], "x"))
    assert runner.get(runs[0].run_id, ANN) is runs[0]
    assert runner.get(runs[1].run_id, ANN) is None
    assert len(runner.of(ANN)) == MOST_KEPT


def test_too_many_at_once_are_refused(runner: TrialRunner, policy: PolicyVersion) -> None:
    gate = threading.Event()
    runs = [_run(policy) for _ in range(MOST_RUNNING)]

    def held(run: TrialRun) -> Iterator[None]:
        gate.wait(10)
        yield from _steps(run, [], "x")

    for run in runs:
        runner.start(run, held(run))
    more = _run(policy)
    with pytest.raises(TrialError, match="are running already"):
        runner.start(more, _steps(more, [], "x"))
    gate.set()
    for run in runs:
        runner.wait(run)


def test_cancelling_stops_after_the_batch_and_keeps_what_came(
    runner: TrialRunner, policy: PolicyVersion
) -> None:
    run = _run(policy)
    log: list[str] = []

    def steps() -> Iterator[None]:
        log.append("batch")
        run.cancel()
        yield
        log.append("never")
        yield

    runner.start(run, steps())
    runner.wait(run)
    assert run.progress.state is TrialState.CANCELLED
    assert log == ["batch"]
    assert runner.get(run.run_id, ANN) is run


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModelError("The weights are broken."), "The weights are broken."),
        (KeyError("secret"), "log"),
    ],
)
def test_an_error_in_the_middle_is_said(
    runner: TrialRunner, policy: PolicyVersion, error: Exception, said: str
) -> None:
    run = _run(policy)

    def steps() -> Iterator[None]:
        yield
        raise error

    runner.start(run, steps())
    runner.wait(run)
    assert run.progress.state is TrialState.FAILED
    assert said in (run.progress.message or "")
    assert "secret" not in (run.progress.message or "")


def test_what_is_thrown_away_is_gone_and_stops(runner: TrialRunner, policy: PolicyVersion) -> None:
    run = _run(policy)
    runner.start(run, _steps(run, [], "x", count=10_000))
    runner.throw_away(run)
    assert runner.get(run.run_id, ANN) is None
    runner.wait(run)
    assert run.progress.state is TrialState.CANCELLED


def test_closing_stops_what_runs(policy: PolicyVersion) -> None:
    runner, run = TrialRunner(), _run(policy)
    runner.start(run, _steps(run, [], "x", count=1_000_000))
    runner.close()
    assert run.progress.state is TrialState.CANCELLED
