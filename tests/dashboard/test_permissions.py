"""The one table of permissions, walked: page by role and use case by role."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.domain.audit_event import AuditFilter
from core.domain.comparison import ComparedSide
from core.domain.decision import Outcome
from core.domain.disagreement_review import DisagreementPlan
from core.domain.experiment import ExperimentMode, ExperimentPlan
from core.domain.golden_item import GoldenAnswer
from core.domain.item_filter import ItemFilter
from core.domain.label import Label
from core.domain.period import Period
from core.domain.person import Person
from core.domain.policy import PolicyMode
from core.domain.review_queue import ReviewQueue
from core.domain.review_sample import SamplePlan
from core.domain.role import PERMISSIONS, Permission, Role
from core.errors import (
    ComparisonError,
    ExperimentError,
    ForbiddenError,
    NotFoundError,
    PolicyError,
    RegulationError,
    TrialError,
)
from core.experiments.translation import Keep
from core.store.items import Order
from core.store.job_handle import NoJob
from core.store.tasks import SkipRequest
from core.usecases.choose_trial_items import choose_trial_items
from core.usecases.claim_tasks import WorkRequest, next_tasks
from core.usecases.compare_sides import compare_sides, scored_models, side_of
from core.usecases.compare_verdicts import compare_verdicts
from core.usecases.compared_items import list_pairs
from core.usecases.decide_in_bulk import BulkDecision, decide_in_bulk
from core.usecases.disagreement_verdict import list_reviews
from core.usecases.draw_sample import draw_sample, plan_sample
from core.usecases.drift_alarms import drift_alarms
from core.usecases.drift_decisions import decision_drift
from core.usecases.drift_report import DriftReport
from core.usecases.drift_versions import compare_version_scores
from core.usecases.explain_trial import whole_text
from core.usecases.export_records import ExportKind
from core.usecases.golden_items import find_item, mark_golden, read_goldens, retire_golden
from core.usecases.judge_comparison import judge_candidates, judge_comparison
from core.usecases.keep_trial import keep_trial
from core.usecases.list_items import count_items, describe_items, first_cursor, list_items
from core.usecases.manage_people import (
    add_person,
    change_person,
    end_sessions,
    list_people,
    set_password,
)
from core.usecases.manage_policies import publish, retire, roll_back, save_draft, seen
from core.usecases.manage_queues import forecast, list_queues, save_queue
from core.usecases.measure_quality import ReviewerQuality, differing_texts, measure_quality
from core.usecases.outside_models import OutsideModel
from core.usecases.overview import overview
from core.usecases.plan_experiment import past_traffic
from core.usecases.preview_policy import Preview, preview_policy
from core.usecases.read_audit import read_audit
from core.usecases.read_experiment import (
    experiment_report,
    experiments_on,
    list_experiments,
)
from core.usecases.rescore_items import rescoring_size
from core.usecases.review_disagreements import (
    begin_review,
    blind_queue,
    draw_more,
    plan_review,
    stop_review,
)
from core.usecases.review_item import UndoRequest, decide, skip, undo, undo_batch
from core.usecases.run_experiment import ship_experiment, start_experiment, stop_experiment
from core.usecases.score_distribution import score_distribution
from core.usecases.score_quality import harm_estimate, label_quality
from core.usecases.send_to_queue import queues_to_fill, send_to_queue
from core.usecases.sign_in import SessionRules
from core.usecases.translate_policy import Translation, adopt, translate
from core.usecases.trial_run import TrialModel, TrialPlan
from core.usecases.trial_sample import SampleKind
from core.usecases.try_rescoring import new_trial
from core.usecases.watch_drift import drift_by_day, watch_drift
from dashboard import state
from dashboard.identity.gate import Gate
from dashboard.pages import PAGES
from data.bench.private_postgres import RunningPostgres
from data.bootstrap import Workbench, open_workbench, read_settings
from data.score_imports import ScoreFile, import_score_file
from tests.builders import a_draft
from tests.dashboard.api_use_cases import API
from tests.dashboard.drop_in_use_cases import DROP_IN
from tests.dashboard.regulation_use_cases import REGULATION
from tests.dashboard.report_use_cases import REPORTS
from tests.dashboard.webhook_use_cases import WEBHOOKS
from tests.drifting_items import an_empty_report

APP = str(Path(state.__file__).parent / "app.py")


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workbench]:
    folder = tmp_path_factory.mktemp("permissions")
    if request.param == "duckdb":
        with _filled(folder, f"duckdb:///{folder}/s.duckdb") as workbench:
            yield workbench
        return
    server: RunningPostgres = request.getfixturevalue("postgres_server")
    url = server.new_database("permissions", template="template_moddesk")
    with _filled(folder, url) as workbench:
        yield workbench
    server.drop_database("permissions")


@contextlib.contextmanager
def _filled(folder: Path, url: str) -> Iterator[Workbench]:
    """Two tenants' items, all waiting."""
    path = folder / "items.parquet"
    pl.DataFrame(
        {"id": [str(n) for n in range(8)], "text": [f"you idiot number {n}" for n in range(8)],
         "tenant": ["acme"] * 4 + ["zoo"] * 4, "author": ["ben"] * 8}
    ).with_columns(language=pl.lit("en")).write_parquet(path)  # fmt: skip
    settings = read_settings(database_url=url, files_dir=folder, model="lexical-1",
                             random_share=1.0, pool_size=6)  # fmt: skip
    with open_workbench(settings) as workbench:
        workbench.import_file(path, mapping=[], job=NoJob())
        workbench.score(NoJob())
        yield workbench


def _person(role: Role, tenants: tuple[str, ...] | None = None) -> Person:
    return Person(name=f"a-{role.value}", role=role, tenants=tenants)


UseCase = Callable[[Workbench, Person, Path], object]


def _use_cases() -> dict[str, tuple[Permission, UseCase]]:
    """Every use case that acts for somebody, with what the table asks of them."""
    may, nobody = Permission, "nobody-at-all"
    bulk = BulkDecision(outcome=Outcome.APPROVE)
    return {
        "overview": (may.SEE_OVERVIEW, lambda w, p, d: overview(w.space, p, period=SessionRules().idle)),
        "list": (may.SEE_OVERVIEW, lambda w, p, d: list_items(
            w.space, w.catalogue, ItemFilter(), person=p, order=Order.NEWEST,
            cursor=first_cursor(w.space))),
        "claim": (may.REVIEW, lambda w, p, d: next_tasks(w.space, p, WorkRequest(queue="review", hold=1))),
        "claim escalations": (may.REVIEW_ESCALATIONS, lambda w, p, d: next_tasks(
            w.space, p, WorkRequest(queue="escalation", hold=1))),
        "decide": (may.REVIEW, lambda w, p, d: decide(
            w.space, p, [a_draft(1, task_id=1, fence=9)], policy_version_id=None)),
        "skip": (may.REVIEW, lambda w, p, d: skip(
            w.space, p, [SkipRequest(skip_id=uuid4(), task_id=1, fence=1, reason="later")])),
        "undo": (may.REVIEW, lambda w, p, d: undo(
            w.space, p, UndoRequest(undo_id=uuid4(), decision_id=uuid4()))),
        "undo batch": (may.REVIEW, lambda w, p, d: undo_batch(w.space, p, uuid4())),
        "decide in bulk": (may.DECIDE_IN_BULK, lambda w, p, d: decide_in_bulk(
            w.space, p, [], bulk, policy_version_id=None)),
        "list queues": (may.MANAGE_QUEUES, lambda w, p, d: list_queues(w.space, p)),
        "save a queue": (may.MANAGE_QUEUES, lambda w, p, d: save_queue(
            w.space, w.catalogue, p, ReviewQueue(name="q", title="Q", filter=ItemFilter(language="de")),
            move=True)),
        "forecast": (may.MANAGE_QUEUES, lambda w, p, d: forecast(w.space, w.catalogue, p, ItemFilter())),
        "read the audit log": (may.READ_AUDIT, lambda w, p, d: read_audit(w.space, p, AuditFilter())),
        "export the audit log": (may.READ_AUDIT, lambda w, p, d: w.export_audit(
            d / "a.csv", AuditFilter(), p, NoJob())),
        "export": (may.EXPORT, lambda w, p, d: w.export(
            d / "x.csv", kind=ExportKind.ITEMS, wanted=ItemFilter(), person=p, job=NoJob())),
        "import": (may.IMPORT, lambda w, p, d: w.import_file(
            _csv(d), mapping=[], job=NoJob(), person=p)),
        "import decisions": (may.IMPORT, lambda w, p, d: w.import_file(
            _labels(d), mapping=[], job=NoJob(), person=p)),
        "import scores": (may.IMPORT, lambda w, p, d: import_score_file(
            w, ScoreFile(path=_scores(d), name="s.csv", columns={}, targets={}),
            OutsideModel(name="outside", version="1"), job=NoJob(), person=p)),
        "undo import": (may.IMPORT, lambda w, p, d: w.undo_import(1, p)),
        "rescore": (may.RESCORE, lambda w, p, d: w.rescore("lexical-1", ItemFilter(), NoJob(), p)),
        "size of a rescoring": (may.RESCORE, lambda w, p, d: rescoring_size(
            w.space, w.catalogue, "", ItemFilter(), person=p)),
        "choose items to try": (may.RESCORE, lambda w, p, d: choose_trial_items(
            w.space, w.histories, w.catalogue, p, ItemFilter(), kind=SampleKind.RANDOM, count=1)),
        "try a rescoring": (may.RESCORE, lambda w, p, d: new_trial(w.space, p, _trial_plan(w))),
        "read a tried text": (may.RESCORE, lambda w, p, d: whole_text(
            w.space, new_trial(w.space, w.operator, _trial_plan(w)), 0, person=p)),
        "keep a trial": (may.RESCORE, lambda w, p, d: keep_trial(
            w.space, w.registry, new_trial(w.space, w.operator, _trial_plan(w)), 0, person=p)),
        "add person": (may.MANAGE_PEOPLE, lambda w, p, d: add_person(
            w.space, p, w.passwords, name=f"n{uuid4().hex}", role=Role.ANALYST, tenants=None,
            password=None)),
        "change person": (may.MANAGE_PEOPLE, lambda w, p, d: change_person(
            w.space, p, nobody, role=Role.ADMIN, tenants=None, is_active=True)),
        "end sessions": (may.MANAGE_PEOPLE, lambda w, p, d: end_sessions(w.space, p, nobody)),
        "set a password": (may.MANAGE_PEOPLE, lambda w, p, d: set_password(
            w.space, p, w.passwords, name=nobody, password="x" * 20)),
        "score distribution": (may.SEE_SCORES, lambda w, p, d: score_distribution(
            w.space, w.catalogue, p, ItemFilter(), Label.TOXICITY)),
        "quality of a label": (may.SEE_SCORES, lambda w, p, d: label_quality(
            w.histories, w.catalogue, p, ItemFilter(), Label.TOXICITY)),
        "how much harm": (may.SEE_SCORES, lambda w, p, d: harm_estimate(
            w.histories, w.catalogue, p, ItemFilter())),
        "preview a policy": (may.SEE_SCORES, lambda w, p, d: _previewed(w, p)),
        "experiments on a policy": (may.SEE_SCORES, lambda w, p, d: experiments_on(w.space, p, 1)),
        "list experiments": (may.SEE_SCORES, lambda w, p, d: list_experiments(w.space, p)),
        "report of an experiment": (may.SEE_SCORES, lambda w, p, d: experiment_report(w.space, p, 1)),
        "past traffic": (may.SEE_SCORES, lambda w, p, d: past_traffic(w.space, w.catalogue, p)),
        "start an experiment": (may.MANAGE_POLICIES, lambda w, p, d: start_experiment(
            w.space, w.catalogue, p, ExperimentPlan(
                name="walked", treatment_id=1, mode=ExperimentMode.SHADOW, minimal_effect=0.1))),
        "stop an experiment": (may.MANAGE_POLICIES, lambda w, p, d: stop_experiment(w.space, p, 1)),
        "ship an experiment": (may.MANAGE_POLICIES, lambda w, p, d: ship_experiment(
            w.space, w.catalogue, p, 1, preview=seen(
                _previewed(w, w.operator), ItemFilter(), w.catalogue.policy, w.space.clock.now()))),
        "compare verdicts": (may.SEE_SCORES, lambda w, p, d: compare_verdicts(
            w.space, w.catalogue, p, ItemFilter(), w.catalogue.policy, w.catalogue.policy)),
        "watch drift": (may.SEE_SCORES, lambda w, p, d: watch_drift(
            w.space, w.catalogue, p, ItemFilter())),
        "drift by day": (may.SEE_SCORES, lambda w, p, d: drift_by_day(
            w.space, w.catalogue, p, _report(w), Label.TOXICITY)),
        "drift of decisions": (may.SEE_SCORES, lambda w, p, d: decision_drift(
            w.histories, w.catalogue, p, _report(w), Label.TOXICITY)),
        "drift alarms": (may.SEE_SCORES, lambda w, p, d: drift_alarms(w.space, w.catalogue, p)),
        "quality of reviewers": (may.SEE_QUALITY, lambda w, p, d: _measured(w, p)),
        "where two people differ": (may.SEE_QUALITY, lambda w, p, d: differing_texts(
            w.space, p, _measured(w, w.operator).between("ann", "bob"))),
        "golden items": (may.SEE_QUALITY, lambda w, p, d: read_goldens(
            w.space, w.catalogue, p, _measured(w, w.operator).scope)),
        "find an item to settle": (may.SEE_QUALITY, lambda w, p, d: find_item(
            w.space, p, "x", None)),
        "settle a right answer": (may.REVIEW_ESCALATIONS, lambda w, p, d: mark_golden(
            w.space, w.catalogue, p, 1, GoldenAnswer(outcome=Outcome.APPROVE))),
        "retire a golden item": (may.REVIEW_ESCALATIONS, lambda w, p, d: retire_golden(
            w.space, p, 1)),
        "drift of versions": (may.SEE_SCORES, lambda w, p, d: compare_version_scores(
            w.space, w.catalogue, p, ItemFilter(), (w.catalogue.model, w.catalogue.model))),
        "compare two sides": (may.SEE_SCORES, lambda w, p, d: compare_sides(
            w.space, w.histories, w.catalogue, p, ItemFilter(), *_sides(w))),
        "judge a comparison": (may.SEE_SCORES, lambda w, p, d: judge_comparison(
            w.space, w.histories, w.catalogue, p, ItemFilter(), *_sides(w))),
        "judge candidates": (may.SEE_SCORES, lambda w, p, d: judge_candidates(
            w.space, w.histories, w.catalogue, p, ItemFilter(), _sides(w)[0], _sides(w)[1:])),
        "list compared items": (may.SEE_SCORES, lambda w, p, d: list_pairs(
            w.space, p, compare_sides(
                w.space, w.histories, w.catalogue, w.operator, ItemFilter(), *_sides(w)),
            np.arange(1))),
        "models with scores": (may.SEE_SCORES, lambda w, p, d: scored_models(
            w.space, w.catalogue, p)),
        "plan a sample": (may.SEE_SCORES, lambda w, p, d: _plan(w, p)),
        "draw a sample": (may.MANAGE_QUEUES, lambda w, p, d: draw_sample(
            w.space, w.histories, w.catalogue, p, _plan(w, w.operator), title="s")),
        "plan a blind review": (may.SEE_SCORES, lambda w, p, d: _blind_plan(w, p)),
        "begin a blind review": (may.MANAGE_QUEUES, lambda w, p, d: begin_review(
            w.space, w.histories, w.catalogue, p, _blind_plan(w, w.operator), title="t",
            queue="review")),
        "blind reviews": (may.SEE_SCORES, lambda w, p, d: list_reviews(w.space, p, *_sides(w))),
        "draw more blindly": (may.MANAGE_QUEUES, lambda w, p, d: draw_more(
            w.space, w.histories, w.catalogue, p, 1, count=1)),
        "stop a blind review": (may.MANAGE_QUEUES, lambda w, p, d: stop_review(w.space, p, 1)),
        "make a blind queue": (may.MANAGE_QUEUES, lambda w, p, d: blind_queue(
            w.space, w.catalogue, p)),
        "send to a queue": (may.MANAGE_QUEUES, lambda w, p, d: send_to_queue(
            w.space, p, [], "review", why="test")),
        "queues to fill": (may.MANAGE_QUEUES, lambda w, p, d: queues_to_fill(w.space, p)),
        "save a draft": (may.MANAGE_POLICIES, lambda w, p, d: save_draft(
            w.space, p, name="walked", rule=w.catalogue.policy.rule, model=w.catalogue.model)),
        "translate a policy": (may.SEE_SCORES, lambda w, p, d: _translated(w, p)),
        "adopt a translation": (may.MANAGE_POLICIES, lambda w, p, d: adopt(
            w.space, p, _translated(w, w.operator), name="walked")),
        "publish": (may.MANAGE_POLICIES, lambda w, p, d: publish(
            w.space, p, 1, mode=PolicyMode.SHADOW, model=w.catalogue.model, preview=seen(
                _previewed(w, w.operator), ItemFilter(), w.catalogue.policy, w.space.clock.now()))),
        "retire": (may.MANAGE_POLICIES, lambda w, p, d: retire(w.space, p, 1, note="")),
        "roll back": (may.MANAGE_POLICIES, lambda w, p, d: roll_back(
            w.space, p, w.catalogue.policy)),
        **API,
        **DROP_IN,
        **REGULATION,
        **REPORTS,
        **WEBHOOKS,
        "export a table": (may.EXPORT, lambda w, p, d: w.table_csv(p, "t", pl.DataFrame({"a": [1]}))),
        "list people": (may.MANAGE_PEOPLE, lambda w, p, d: list_people(w.space, p, SessionRules())),
    }  # fmt: skip


def _previewed(w: Workbench, person: Person) -> Preview:
    live = w.catalogue.policy
    return preview_policy(
        w.space, w.histories, w.catalogue, person, ItemFilter(), before=live, rule=live.rule
    )


def _translated(w: Workbench, person: Person) -> Translation:
    """The live policy from the model in use to itself."""
    model = w.catalogue.model
    return translate(
        w.space, w.histories, w.catalogue, person, ItemFilter(),
        side_of(model, w.catalogue.policy), model, Keep.VOLUME,
    )  # fmt: skip


def _measured(w: Workbench, person: Person) -> ReviewerQuality:
    now = w.space.clock.now()
    return measure_quality(
        w.space, w.catalogue, person, Period(start=now - timedelta(days=1), end=now)
    )


def _report(w: Workbench) -> DriftReport:
    return an_empty_report(w.catalogue, w.space.clock.now())


def _trial_plan(w: Workbench) -> TrialPlan:
    used = w.classifier
    model = TrialModel(name=used.name, version=used.version, digest=used.digest)
    live = w.catalogue.policy
    return TrialPlan(
        models=(model,), policy=live, before_model=model, before_policy=live, source=("x",),
        title="t",
    )  # fmt: skip


def _plan(w: Workbench, person: Person) -> SamplePlan:
    return plan_sample(w.space, w.histories, w.catalogue, person, ItemFilter(), count=1)


def _sides(w: Workbench) -> tuple[ComparedSide, ComparedSide]:
    side = side_of(w.catalogue.model, w.catalogue.policy)
    return side, side


def _blind_plan(w: Workbench, person: Person) -> DisagreementPlan:
    return plan_review(w.space, w.histories, w.catalogue, person, ItemFilter(), *_sides(w), count=1)


def _csv(folder: Path) -> Path:
    path = folder / "one.csv"
    path.write_text(f"id,text\n{uuid4().hex},hello there\n")
    return path


def _labels(folder: Path) -> Path:
    path = folder / "labels.jsonl"
    path.write_text('{"src":"did:a:b","uri":"e0","val":"spam","cts":"2026-05-01T10:00:00Z"}\n')
    return path


def _scores(folder: Path) -> Path:
    path = folder / "s.csv"
    path.write_text("id,TOXICITY\n1,0.5\n")
    return path


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", _use_cases())
def test_a_use_case_is_open_to_exactly_the_roles_of_the_table(
    filled: Workbench, tmp_path: Path, role: Role, name: str
) -> None:
    permission, call = _use_cases()[name]
    if permission in PERMISSIONS[role]:
        # What it is about may not exist here; what matters is that one might.
        with contextlib.suppress(
            ComparisonError,
            ExperimentError,
            NotFoundError,
            PolicyError,
            RegulationError,
            TrialError,
        ):
            call(filled, _person(role), tmp_path)
    else:
        with pytest.raises(ForbiddenError, match=permission.words):
            call(filled, _person(role), tmp_path)


def test_every_permission_guards_something() -> None:
    used = {permission for permission, _ in _use_cases().values()}
    assert used | {entry.permission for entry in PAGES} == set(Permission)


@pytest.mark.parametrize("filled", ["duckdb"], indirect=True)
@pytest.mark.parametrize("role", Role)
def test_a_page_is_open_to_exactly_the_roles_of_the_table(filled: Workbench, role: Role) -> None:
    state.publish(filled, Gate(filled, open_to=_person(role)))
    for entry in PAGES:
        app = AppTest.from_file(APP, default_timeout=60).run()
        if entry.permission in PERMISSIONS[role]:
            app.switch_page(f"views/{entry.view}.py").run()
            assert not app.exception
            assert entry.title in [each.value for each in app.header]
        else:
            with pytest.raises(ValueError, match="Could not find a navigation page"):
                app.switch_page(f"views/{entry.view}.py")
    state.publish(None)


def test_people_see_and_touch_their_tenants_only(tmp_path: Path, database_url: str) -> None:
    with _filled(tmp_path, database_url) as workbench:
        _check_tenants(workbench, tmp_path)


def _check_tenants(filled: Workbench, tmp_path: Path) -> None:
    ours, everybody = Person(name="ours", role=Role.ADMIN, tenants=("acme",)), _person(Role.ADMIN)
    space, catalogue = filled.space, filled.catalogue

    def listed(person: Person, order: Order) -> pl.DataFrame:
        waiting = ItemFilter(queue="review") if order is Order.PRIORITY else ItemFilter()
        return list_items(space, catalogue, waiting, person=person, order=order,
                          cursor=first_cursor(space)).rows  # fmt: skip

    foreign = listed(everybody, Order.NEWEST).filter(tenant_id="zoo")["item_id"].to_list()
    assert len(foreign) == 4
    for order in Order:
        assert set(listed(ours, order)["tenant_id"]) <= {"acme"}
    assert describe_items(space, catalogue, foreign, person=ours).is_empty()
    assert count_items(space, catalogue, ItemFilter(tenant="zoo"), person=ours) == 0
    assert set(overview(space, ours, period=SessionRules().idle).waiting["tenant_id"]) == {"acme"}
    with space.store.reading() as parts:
        assert parts.items.facets(ours.tenants)["tenant"] == ["acme"]
        assert parts.tasks.waiting_count("review", None, None, ours.tenants) == 4
    claims = next_tasks(space, ours, WorkRequest(queue="review", hold=40))
    assert not {claim.item_id for claim in claims} & set(foreign)
    bulk = BulkDecision(outcome=Outcome.APPROVE)
    done = decide_in_bulk(space, ours, foreign, bulk, policy_version_id=None)
    assert (done.decided_count, len(done.refused)) == (0, 4)
    with pytest.raises(NotFoundError):
        decide(space, ours, [a_draft(foreign[0])], policy_version_id=None)
    with space.store.reading() as parts:
        (task,) = parts.tasks.open_tasks_of([foreign[0]])
    forged = a_draft(claims[0].item_id, task_id=task.task_id, fence=task.fence)
    swapped = a_draft(foreign[0], task_id=claims[0].task_id, fence=claims[0].fence)
    receipts = decide(space, ours, [forged, swapped], policy_version_id=None)
    assert [receipt.accepted for receipt in receipts] == [False, False]
    with space.store.reading() as parts:
        chains = [parts.decisions.chain(each) for each in foreign]
    assert not any(entry.source == "human" for chain in chains for entry in chain)
    manifest = filled.export(tmp_path / "x.parquet", kind=ExportKind.ITEMS, wanted=ItemFilter(),
                             person=ours, job=NoJob())  # fmt: skip
    assert manifest.row_count == 4
    path = tmp_path / "foreign.csv"
    path.write_text("id,text,tenant\nq1,hello,zoo\n")
    with pytest.raises(ForbiddenError, match="zoo"):
        filled.import_file(path, mapping=[], job=NoJob(), person=ours)
