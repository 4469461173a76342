"""Benchmark `analytics`: what a threshold change would do to a large history."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from core.clock import SystemClock
from core.domain.identifiers import IdSequence
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.person import operator
from core.domain.policy import LabelThresholds, ThresholdRule
from core.engine.registry import Registry
from core.usecases.catalogue import Catalogue
from core.usecases.history import Histories
from core.usecases.preview_policy import FLIPS_LISTED, Preview, list_flips, preview_policy
from core.usecases.workspace import Workspace
from data.bench.big_store import Bodies, fill
from data.bench.result import BenchResult, Measure, in_turn, machine, median_ms
from data.dialects.duckdb import DuckDb
from data.open_store import ready_store

_ROUNDS = 7
_REVIEWED = 0.02
_ANALYST = operator("bench")


def run(rows: int = 1_000_000) -> BenchResult:
    """Ours, the same questions as plain SQL, and pandas, in turn on the same store."""
    with _filled(rows) as (space, catalogue, raw):
        rule = changed(catalogue)

        histories = Histories(space.store)
        number = 0

        def ours() -> Preview:
            nonlocal number
            number += 1  # Another threshold every time: nothing is remembered of it.
            return full_preview(space, histories, catalogue, changed(catalogue, number))

        began = time.perf_counter()
        full_preview(space, histories, catalogue, rule)
        first = time.perf_counter() - began

        def by_hand() -> list[Any]:
            return [raw(statement) for statement in statements(catalogue, rule)]

        preview = full_preview(space, histories, catalogue, rule)
        _same(preview, by_hand())
        times = in_turn(ours, by_hand, rounds=_ROUNDS)
        frames = _frames(raw, catalogue)
        in_memory = in_turn(ours, lambda: _pandas(frames, catalogue, rule), rounds=3)
        from_store = in_turn(
            ours, lambda: _pandas(_frames(raw, catalogue), catalogue, rule), rounds=2
        )
    how = f"{rows:,} items x {len(SCORED_LABELS)} labels, {preview.evidence.reviews:,} reviews"
    return BenchResult(
        bench="analytics",
        machine=machine(),
        results=(
            Measure(name="rows", value=rows, unit="items", how=how),
            Measure(
                name="preview_seconds", value=round(median_ms(times[0]) / 1000, 3), unit="s",
                how=f"counts, {FLIPS_LISTED} of {preview.flips:,} flips, precision and recall, by "
                "language; median",
            ),
            Measure(
                name="first_preview_seconds", value=round(first, 3), unit="s",
                how="the first one of a history, which is read from the store then",
            ),
            Measure(
                name="preview_vs_sql_ratio", value=_ratio(*times), unit="ratio",
                how="over the same questions as plain DuckDB SQL, in turn",
            ),
            Measure(
                name="speedup_vs_pandas", value=_ratio(*reversed(from_store)), unit="ratio",
                how="pandas on the store's rows: fetched, joined and evaluated, over ours",
            ),
            Measure(
                name="speedup_vs_pandas_in_memory", value=_ratio(*reversed(in_memory)),
                unit="ratio", how="the same with the rows held in memory beforehand",
            ),
            Measure(
                name="rows_to_browser", value=_rows_out(preview), unit="rows",
                how="counted cells and listed flips together",
            ),
        ),
    )  # fmt: skip


def changed(catalogue: Catalogue, number: int = 0) -> ThresholdRule:
    """The live rule with the bounds of toxicity moved, a little more for each number."""
    live = catalogue.policy.rule
    if not isinstance(live, ThresholdRule):
        raise TypeError("the bench moves thresholds")
    moved = LabelThresholds(approve_below=0.55 + number * 1e-4, reject_above=0.9)
    return ThresholdRule(thresholds={**live.thresholds, Label.TOXICITY: moved})


def full_preview(
    space: Workspace, histories: Histories, catalogue: Catalogue, rule: ThresholdRule
) -> Preview:
    """All that the policy lab asks for after a threshold was moved."""
    found = preview_policy(
        space, histories, catalogue, _ANALYST, ItemFilter(), before=catalogue.policy, rule=rule
    )
    list_flips(space, _ANALYST, found, rule)
    found.by("language")
    return found


def _rows_out(preview: Preview) -> int:
    return preview.by("language").height + 9 + min(preview.flips, FLIPS_LISTED)


def _ratio(first: list[float], second: list[float]) -> float:
    return round(median_ms(first) / median_ms(second), 2)


def _verdict(rule: ThresholdRule) -> str:
    rejects = " OR ".join(
        f"{label.value}::DOUBLE > {bounds.reject_above}"
        for label, bounds in rule.thresholds.items()
        if bounds.reject_above is not None
    )
    flags = " OR ".join(
        f"{label.value}::DOUBLE >= {bounds.approve_below}"
        for label, bounds in rule.thresholds.items()
    )
    missing = " OR ".join(f"{label.value} IS NULL" for label in rule.thresholds)
    return f"CASE WHEN {rejects or 'false'} THEN 2 WHEN {flags} OR {missing} THEN 1 ELSE 0 END"


def statements(catalogue: Catalogue, rule: ThresholdRule) -> list[str]:
    """The same questions as one would type them."""
    live = catalogue.policy.rule
    assert isinstance(live, ThresholdRule)  # noqa: S101  # `changed` checked
    before, after = _verdict(live), _verdict(rule)
    model = catalogue.model.model_version_id
    source = f"FROM item JOIN score USING (item_id) WHERE model_version_id = {model}"
    cited = ", ".join(
        f"count(*) FILTER ({label.value}::DOUBLE >= {bounds.approve_below})"
        for each in (live, rule)
        for label, bounds in each.thresholds.items()
    )
    gaps = ", ".join(
        f"abs({label.value}::DOUBLE - {bound})"
        for label, bounds in rule.thresholds.items()
        for bound in (bounds.approve_below, bounds.reject_above)
        if bound is not None
    )
    people = (
        "SELECT item_id, outcome FROM decision JOIN (SELECT max(decision_seq) decision_seq FROM "
        "decision WHERE source IN ('human', 'appeal', 'import') GROUP BY item_id) "
        "USING (decision_seq) WHERE outcome IN ('approve', 'reject')"
    )
    design = (
        "SELECT item_id, queue, stratum, inclusion_probability p FROM review_task JOIN "
        "(SELECT min(task_id) task_id FROM review_task GROUP BY item_id) USING (task_id)"
    )
    return [
        f"SELECT language, tenant_id, {before} b, {after} a, count(*), {cited} {source} "
        "GROUP BY ALL",
        f"SELECT item.item_id, {before} b, {after} a, least({gaps}) d, item.body {source} "
        f"AND b <> a ORDER BY d DESC, item.item_id LIMIT {FLIPS_LISTED}",
        f"SELECT queue, stratum, p, language, tenant_id, {before} b, {after} a, "  # noqa: S608
        f"people.outcome, count(*) FROM item JOIN score USING (item_id) JOIN ({people}) people "
        f"USING (item_id) LEFT JOIN ({design}) design USING (item_id) "
        f"WHERE model_version_id = {model} GROUP BY ALL",
        f"SELECT queue, stratum, p, count(*) FROM item JOIN ({design}) design USING (item_id) "  # noqa: S608
        "GROUP BY ALL",
        "SELECT count(*), min(created_at), max(created_at) FROM item",
        "SELECT count(handling_seconds), avg(handling_seconds) FROM decision "
        "WHERE source = 'human'",
    ]


def _same(preview: Preview, answers: list[Any]) -> None:
    """Both sides must have answered the same, or the ratio means nothing."""
    counts = sum(row[4] for row in answers[0])
    flips = sum(row[4] for row in answers[0] if row[2] != row[3])
    reviews = sum(row[8] for row in answers[2])
    if (counts, flips, reviews) != (
        preview.after.items, preview.flips, preview.evidence.reviews + preview.evidence.left_out,
    ):  # fmt: skip
        raise AssertionError("the two sides disagree")


def _frames(
    raw: Callable[..., Any], catalogue: Catalogue
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    model = catalogue.model.model_version_id
    columns = ", ".join(label.value for label in SCORED_LABELS)
    return (
        raw(
            f"SELECT item_id, language, tenant_id, body, {columns} FROM item "  # noqa: S608
            f"JOIN score USING (item_id) WHERE model_version_id = {model}",
            frame=True,
        ),
        raw(
            "SELECT item_id, decision_seq, source, outcome FROM decision",
            frame=True,
        ),
        raw(
            "SELECT item_id, task_id, queue, stratum, inclusion_probability FROM review_task",
            frame=True,
        ),
    )


def _pandas(
    frames: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    catalogue: Catalogue,
    rule: ThresholdRule,
) -> None:
    """The preview as an analyst would write it in a notebook."""
    scores, decisions, tasks = frames
    live = catalogue.policy.rule
    assert isinstance(live, ThresholdRule)  # noqa: S101  # `changed` checked
    judged = scores.assign(before=_judged(scores, live), after=_judged(scores, rule))
    for side, each in (("before", live), ("after", rule)):
        for label, bounds in each.thresholds.items():
            judged[f"{side}_{label.value}"] = judged[label.value] >= bounds.approve_below
    cited = [name for name in judged.columns if name.startswith(("before_", "after_"))]
    groups = judged.groupby(["language", "tenant_id", "before", "after"])
    groups[cited].sum()
    groups.size()
    bounds_of = rule.thresholds.items()
    gaps = pd.concat(
        [
            (judged[label.value] - bound).abs()
            for label, bounds in bounds_of
            for bound in (bounds.approve_below, bounds.reject_above)
            if bound is not None
        ],
        axis=1,
    ).min(axis=1)
    flips = judged.assign(distance=gaps)[judged["before"] != judged["after"]]
    flips.nlargest(FLIPS_LISTED, "distance")
    people = decisions[decisions["source"].isin(["human", "appeal", "import"])]
    newest = people.sort_values("decision_seq").groupby("item_id").last().reset_index()
    newest = newest[newest["outcome"].isin(["approve", "reject"])]
    first = tasks.sort_values("task_id").groupby("item_id").first().reset_index()
    reviewed = newest.merge(judged, on="item_id").merge(first, on="item_id", how="left")
    keys = ["queue", "stratum", "inclusion_probability", "language", "tenant_id"]
    reviewed.groupby([*keys, "before", "after", "outcome"], dropna=False).size()
    first.groupby(keys[:3]).size()


def _judged(scores: pd.DataFrame, rule: ThresholdRule) -> "pd.Series[int]":
    verdict = pd.Series(0, index=scores.index)
    for label, bounds in rule.thresholds.items():
        verdict = verdict.where(~(scores[label.value] >= bounds.approve_below), verdict.clip(1))
        if bounds.reject_above is not None:
            verdict = verdict.where(~(scores[label.value] > bounds.reject_above), 2)
    return verdict


@contextmanager
def _filled(rows: int) -> Iterator[tuple[Workspace, Catalogue, Callable[..., Any]]]:
    with (
        tempfile.TemporaryDirectory(prefix="moddesk-bench-") as folder,
        filled_store(Path(folder) / "bench.duckdb", rows) as found,
    ):
        yield found


@contextmanager
def filled_store(
    path: Path, rows: int, bodies: Bodies | None = None
) -> Iterator[tuple[Workspace, Catalogue, Callable[..., Any]]]:
    """A large store, and a way to ask its database plain SQL."""
    clock = SystemClock()
    ids = IdSequence(clock)
    dialect = DuckDb(str(path))
    store = ready_store(dialect, str(path), clock, ids)
    space = Workspace(store=store, clock=clock, ids=ids)

    def raw(statement: str, *, frame: bool = False) -> Any:
        connection = dialect.connect(writing=False)
        try:
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101  # an open connection has one
            answer = driver.raw.sql(statement)
            return answer.df() if frame else answer.fetchall()
        finally:
            connection.close()

    try:
        classifier = Registry().get("lexical-1")
        yield space, fill(space, classifier, rows, reviewed=_REVIEWED, bodies=bodies), raw
    finally:
        store.close()
