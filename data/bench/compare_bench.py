"""Benchmark `compare`: two model versions on the same items, and re-scoring beside the engine."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from core.domain.comparison import ComparedSide
from core.domain.item_filter import ItemFilter
from core.domain.label import SCORED_LABELS, Label
from core.domain.model_version import ModelVersion
from core.domain.person import operator
from core.domain.policy import LabelThresholds, ThresholdRule
from core.experiments.paired_bootstrap import ROUNDS, paired_bootstrap
from core.policies.judge import APPROVE, REJECT, REVIEW
from core.usecases.catalogue import Catalogue
from core.usecases.compare_sides import Comparison, compare_sides, side_of
from core.usecases.compared_items import flipping, list_pairs
from core.usecases.compared_labels import LabelComparison, compared_labels
from core.usecases.compared_reviews import ComparedReviews, compared_reviews
from core.usecases.history import Histories
from core.usecases.judge_comparison import Judged, judge_comparison
from core.usecases.preview_policy import Flip
from core.usecases.workspace import Workspace
from data.bench.analytics_bench import filled_store
from data.bench.compare_sql import statements
from data.bench.rescore_speed import rescoring_ratios
from data.bench.result import BenchResult, Measure, in_turn, machine, median_ms

_ROUNDS = 7
_ANALYST = operator("bench")
_WORDS_A_TEXT = 14


def run(rows: int = 1_000_000, texts: int = 2_000) -> BenchResult:
    """Ours against the same questions as plain SQL, in turn on the same store."""
    with tempfile.TemporaryDirectory(prefix="moddesk-bench-") as folder:
        results = _on_history(Path(folder), rows)
        results += rescoring_ratios(Path(folder), texts)
    return BenchResult(bench="compare", machine=machine(), results=tuple(results))


@dataclass
class _Bench:
    """A store with the scores of two model versions."""

    space: Workspace
    catalogue: Catalogue
    histories: Histories
    a: ComparedSide
    b: ComparedSide

    def moved(self, number: int) -> ComparedSide:
        """B with another bound every time: nothing is remembered of it."""
        rule = self.b.rule
        assert isinstance(rule, ThresholdRule)  # noqa: S101  # the default rule is one
        bounds = LabelThresholds(approve_below=0.5 + number * 1e-4, reject_above=0.9)
        thresholds = {**rule.thresholds, Label.TOXICITY: bounds}
        return self.b.model_copy(
            update={"rule": rule.model_copy(update={"thresholds": thresholds})}
        )

    def page(self, b: ComparedSide) -> tuple[Judged, list[LabelComparison]]:
        """What the parts Verdict, Flips and Quality need."""
        judged = judge_comparison(
            self.space, self.histories, self.catalogue, _ANALYST, ItemFilter(), self.a, b
        )
        list_pairs(self.space, _ANALYST, judged.comparison, flipping(judged.comparison, Flip()))
        return judged, compared_labels(judged.comparison, judged.reviews)

    def counted(self, b: ComparedSide) -> tuple[Comparison, ComparedReviews, list[LabelComparison]]:
        """The questions of `compare_sql`: flips, mistakes, labels, without the bootstrap."""
        found = compare_sides(
            self.space, self.histories, self.catalogue, _ANALYST, ItemFilter(), self.a, b
        )
        reviews = compared_reviews(self.space, self.histories, found)
        labels = compared_labels(found, reviews)
        for each in labels:
            for side in (False, True):
                each.brier(b=side)
                each.reliability(b=side)
        return found, reviews, labels


def _on_history(folder: Path, rows: int) -> list[Measure]:
    with filled_store(folder / "bench.duckdb", rows, bodies=_bodies) as (space, catalogue, raw):
        side = side_of(catalogue.model, catalogue.policy)
        other = _second_model(space, catalogue)
        histories = Histories(space.store)
        bench = _Bench(space, catalogue, histories, side, side_of(other, catalogue.policy))
        began = time.perf_counter()
        judged, _ = bench.page(bench.b)
        cold = time.perf_counter() - began
        number = 0

        def following() -> ComparedSide:
            nonlocal number
            number += 1
            return bench.moved(number)

        def by_hand(b: ComparedSide) -> list[Any]:
            return [raw(each) for each in statements(bench.a, b)]

        _same(bench.counted(bench.b), by_hand(bench.b))
        pages, ours, theirs, drawn = in_turn(
            lambda: bench.page(following()),
            lambda: bench.counted(following()),
            lambda: by_hand(following()),
            _bootstrap(judged),
            rounds=_ROUNDS,
        )
    how = (
        f"{judged.comparison.items:,} items of both, {round(rows * 0.02):,} decisions, "
        f"{judged.reviews.count:,} of them with weights, by {judged.reviews.clusters:,} authors"
    )
    ratio = round(median_ms(ours) / median_ms(theirs), 2)
    return [
        Measure(name="rows", value=rows, unit="items", how=how),
        Measure(
            name="compare_seconds", value=round(median_ms(pages) / 1000, 3), unit="s",
            how="verdict with 2,000 replicates and slices, flips, 50 items, labels; rule moved "
            "each time, histories in memory; median",
        ),
        Measure(
            name="compare_cold_seconds", value=round(cold, 3), unit="s",
            how="the first one: both histories, reviews and near-duplicates are read then",
        ),
        Measure(
            name="compare_vs_sql_ratio", value=ratio, unit="ratio",
            how="flip matrix, weighted mistakes, AUROC, Brier and bins by label (ours with "
            f"intervals and lists of no items) over plain DuckDB SQL in {median_ms(theirs):.0f} "
            "ms, in turn",
        ),
        Measure(
            name="bootstrap_seconds", value=round(median_ms(drawn) / 1000, 3), unit="s",
            how=f"{ROUNDS:,} replicates of precision, recall, F1, errors, AUROC and AUPRC of both "
            "over these reviews, clustered by author, stratified",
        ),
    ]  # fmt: skip


def _bootstrap(judged: Judged) -> Callable[[], object]:
    reviews, paired = judged.reviews, judged.comparison.paired
    rows = reviews.evidence.rows
    a, b = (
        each.scores[Label.TOXICITY][rows].astype(np.float64)
        for each in (paired.columns_a, paired.columns_b)
    )
    return lambda: paired_bootstrap(
        reviews.harmful, reviews.a.codes == REJECT, reviews.b.codes == REJECT, a, b,
        weights=reviews.design.weights, cluster=reviews.design.ways[0],
        stratum=reviews.design.stratum, rounds=ROUNDS,
    )  # fmt: skip


def _same(
    ours: tuple[Comparison, ComparedReviews, list[LabelComparison]], answers: list[Any]
) -> None:
    """Both sides must have answered the same, or the ratio means nothing."""
    found, reviews, labels = ours
    matrix = np.zeros((3, 3), dtype=np.int64)
    for a, b, count in answers[0]:
        matrix[a, b] = count
    mistakes = [
        sum(
            row[3]
            for row in answers[1]
            if row[at] != REVIEW and row[at] == (APPROVE if row[2] else REJECT)
        )
        for at in (0, 1)
    ]
    weights = reviews.design.weights
    mine = [float(weights @ side.mistakes) for side in (reviews.a, reviews.b)]
    areas = {(row[0], row[1]): row[2] for row in answers[2]}
    alike = all(
        each.auc is None
        or (
            abs((each.auc.a or 0) - areas[each.label.value, "a"]) < 1e-9
            and abs((each.auc.b or 0) - areas[each.label.value, "b"]) < 1e-9
        )
        for each in labels
    )
    if not (np.array_equal(matrix, found.matrix) and np.allclose(mine, mistakes) and alike):
        raise ValueError("the two sides disagree: the ratio would compare different work")


def _second_model(space: Workspace, catalogue: Catalogue) -> ModelVersion:
    """Another model version whose scores are near those of the first, a little better or worse."""
    model = catalogue.model.model_copy(
        update={"model_version_id": space.ids.next(), "name": "bench-b", "digest": "bb" * 32}
    )
    selection = catalogue.selection(ItemFilter())
    chance = np.random.default_rng(1)
    with space.store.reading() as parts:
        frames = list(parts.previews.history(selection, catalogue.model.model_version_id, None))
    with space.store.writing() as parts:
        parts.models.add(model)
    for frame in frames:
        moved = frame.with_columns(
            **{
                label.value: pl.Series(
                    np.clip(
                        frame[label.value].to_numpy() + chance.normal(0, 0.03, frame.height), 0, 1
                    ).astype(np.float32)
                )
                for label in SCORED_LABELS
            }
        )
        with space.store.writing() as parts:
            parts.scores.add_scores(
                moved.select(
                    "item_id",
                    *(label.value for label in SCORED_LABELS),
                    content_hash=pl.lit(b"\0" * 32),
                    model_version_id=pl.lit(model.model_version_id, dtype=pl.Int64),
                    scored_at=pl.lit(space.clock.now()),
                )
            )
    space.store.after_bulk_load()
    return model


def _bodies(start: int, count: int) -> list[str]:
    """Texts that are not alike, of words that nobody uses."""
    syllables = [first + second for first, second in product("bdfglmnprst", "aeiou")]
    words = [first + second for first, second in product(syllables, syllables)]
    drawn = np.random.default_rng(start).integers(0, len(words), (count, _WORDS_A_TEXT))
    return [" ".join(words[number] for number in row) for row in drawn.tolist()]
