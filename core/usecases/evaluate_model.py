"""A model against labelled rows: ranking, calibration and what the policy would have done."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from core.domain.label import SCORED_LABELS, Label
from core.domain.policy import ThresholdRule
from core.domain.record import Record
from core.domain.verdict import VerdictKind
from core.metrics.bootstrap import bootstrap
from core.metrics.calibration import expected_calibration_error
from core.metrics.classification import confusion, macro_recall
from core.metrics.intervals import Interval, wilson
from core.metrics.ranking import Ranked
from core.policies.evaluate_frame import evaluate_frame

#: A slice with fewer rows says nothing.
LEAST_SLICE = 30
#: Without a bound of its own a label counts as flagged from here.
_HALF = 0.5
_TONE = "tone"
Floats = npt.NDArray[np.float64]


class Estimate(Record):
    """A figure with its bootstrap interval (95 %); None where the rows do not allow it."""

    value: float | None
    interval: Interval | None = None


class LabelResult(Record):
    """One label on the rows that know it."""

    count: int
    positives: int
    threshold: float
    """A score from here on counts as flagged: the policy's review bound."""

    auroc: Estimate
    auprc: Estimate
    macro_f1: Estimate
    f1: Estimate
    precision: Estimate
    recall: Estimate
    ece: Estimate
    macro_recall_of_tones: Estimate | None = None
    """Sentiment only, on rows labelled negative, neutral, positive."""


class Share(Record):
    """A share of rows with Wilson's interval."""

    share: float | None
    count: int
    interval: Interval


class Verdicts(Record):
    """What the policy would have done with a set of rows."""

    approved: Share
    reviewed: Share
    rejected: Share


class SliceResult(Record):
    """Everything about one set of rows."""

    count: int
    labels: dict[Label, LabelResult]
    verdicts: Verdicts
    verdicts_on_harmless: Verdicts
    """Rows on which every known harm is absent."""

    verdicts_on_harmful: Verdicts
    any_harm_auroc: Estimate
    any_harm_auprc: Estimate


class EvaluationReport(Record):
    """The whole file and its slices."""

    overall: SliceResult
    slices: dict[str, dict[str, SliceResult]]
    """By column, by value; slices of fewer than 30 rows are left out."""

    skipped_slices: tuple[str, ...]
    rounds: int
    seed: int


def evaluate_model(
    rows: pl.DataFrame,
    *,
    rule: ThresholdRule,
    labels: Sequence[Label],
    slices: Sequence[str] = (),
    tone_cuts: tuple[float, float] = (1 / 3, 2 / 3),
    rounds: int = 400,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> EvaluationReport:
    """Measures scores against truth.

    `rows`: per label a score column `<label>` in [0, 1] and a nullable truth column
    `true_<label>` (0/1; null = unknown, left out), optionally `true_tone` (-1, 0, 1), `group`
    (rows that are no independent evidence) and the slice columns.
    """
    measure = _Measure(rule, list(labels), tone_cuts, rounds, seed)
    found: dict[str, dict[str, SliceResult]] = {}
    skipped: list[str] = []
    parts = [
        (column, str(value), part)
        for column in slices
        for (value,), part in sorted(rows.group_by(column), key=lambda pair: str(pair[0]))
    ]
    progress(0, len(parts) + 1)
    overall = measure.slice(rows)
    for number, (column, value, part) in enumerate(parts, start=1):
        progress(number, len(parts) + 1)
        if part.height < LEAST_SLICE:
            skipped.append(f"{column}={value} ({part.height} rows)")
        else:
            found.setdefault(column, {})[value] = measure.slice(part)
    progress(len(parts) + 1, len(parts) + 1)
    return EvaluationReport(
        overall=overall, slices=found, skipped_slices=tuple(skipped), rounds=rounds, seed=seed
    )


class _Measure:
    def __init__(
        self,
        rule: ThresholdRule,
        labels: list[Label],
        tone_cuts: tuple[float, float],
        rounds: int,
        seed: int,
    ) -> None:
        self._rule = rule
        self._labels = labels
        self._tone_cuts = tone_cuts
        self._rounds = rounds
        self._seed = seed

    def slice(self, rows: pl.DataFrame) -> SliceResult:
        """Everything about these rows."""
        missing = [label.value for label in SCORED_LABELS if label.value not in rows.columns]
        scored = rows.with_columns(**{name: pl.lit(None, dtype=pl.Float32) for name in missing})
        verdicts = evaluate_frame(scored, self._rule)["verdict"]
        harm = self._any_harm(rows)
        known = harm.is_not_null()
        strongest = rows.select(pl.max_horizontal(self._harms())).to_series()
        truth, scores = harm.filter(known).to_numpy(), strongest.filter(known).to_numpy()
        groups = _groups(rows, known)
        ranked = Ranked(truth, scores)
        return SliceResult(
            count=rows.height,
            labels={
                label: self._label(rows, label)
                for label in self._labels
                if f"true_{label.value}" in rows.columns
                and rows[f"true_{label.value}"].is_not_null().any()
            },
            verdicts=_verdicts(verdicts),
            verdicts_on_harmless=_verdicts(verdicts.filter((harm == 0).fill_null(value=False))),
            verdicts_on_harmful=_verdicts(verdicts.filter((harm == 1).fill_null(value=False))),
            any_harm_auroc=self._estimate(ranked.auroc, ranked.count, groups),
            any_harm_auprc=self._estimate(ranked.average_precision, ranked.count, groups),
        )

    def _harms(self) -> list[str]:
        return [label.value for label in self._labels if label is not Label.SENTIMENT]

    def _any_harm(self, rows: pl.DataFrame) -> pl.Series:
        """1 where any known harm is present, 0 where all known are absent, null without any."""
        columns = [f"true_{name}" for name in self._harms() if f"true_{name}" in rows.columns]
        if not columns:
            return pl.Series([None] * rows.height, dtype=pl.Int8)
        return rows.select(pl.max_horizontal(columns)).to_series()

    def _estimate(
        self,
        metric: Callable[[Floats], float | None],
        count: int,
        groups: npt.NDArray[np.generic] | None,
    ) -> Estimate:
        value = metric(np.ones(count)) if count else None
        if value is None:
            return Estimate(value=None)
        interval = bootstrap(metric, count, groups=groups, rounds=self._rounds, seed=self._seed)
        return Estimate(value=value, interval=interval)

    def _label(self, rows: pl.DataFrame, label: Label) -> LabelResult:
        known = rows[f"true_{label.value}"].is_not_null()
        truth = rows[f"true_{label.value}"].filter(known).to_numpy()
        scores = rows[label.value].filter(known).cast(pl.Float64).to_numpy()
        bounds = self._rule.thresholds.get(label)
        threshold = bounds.approve_below if bounds else _HALF
        flagged = scores >= threshold
        groups, count = _groups(rows, known), int(truth.size)
        ranked = Ranked(truth, scores)

        def of(metric: Callable[[Floats], float | None]) -> Estimate:
            return self._estimate(metric, count, groups)

        return LabelResult(
            count=count,
            positives=int(truth.sum()),
            threshold=threshold,
            auroc=of(ranked.auroc),
            auprc=of(ranked.average_precision),
            macro_f1=of(lambda weights: confusion(truth, flagged, weights).macro_f1),
            f1=of(lambda weights: confusion(truth, flagged, weights).f_beta()),
            precision=of(lambda weights: confusion(truth, flagged, weights).precision),
            recall=of(lambda weights: confusion(truth, flagged, weights).recall),
            ece=of(lambda weights: expected_calibration_error(truth, scores, weights)),
            macro_recall_of_tones=self._tones(rows) if label is Label.SENTIMENT else None,
        )

    def _tones(self, rows: pl.DataFrame) -> Estimate | None:
        if f"true_{_TONE}" not in rows.columns:
            return None
        known = rows[f"true_{_TONE}"].is_not_null()
        truth = rows[f"true_{_TONE}"].filter(known).to_numpy()
        scores = rows[Label.SENTIMENT.value].filter(known).to_numpy()
        positive_below, negative_from = self._tone_cuts
        found = np.where(scores >= negative_from, -1, np.where(scores < positive_below, 1, 0))
        places = np.arange(truth.size)

        def metric(weights: Floats) -> float | None:
            drawn = np.repeat(places, weights.astype(int))
            return macro_recall(truth[drawn], found[drawn])

        return self._estimate(metric, int(truth.size), _groups(rows, known))


def _groups(rows: pl.DataFrame, known: pl.Series) -> npt.NDArray[np.generic] | None:
    return rows["group"].filter(known).to_numpy() if "group" in rows.columns else None


def _verdicts(verdicts: pl.Series) -> Verdicts:
    def share(kind: VerdictKind) -> Share:
        count = int((verdicts == kind.value).sum())
        return Share(
            share=count / verdicts.len() if verdicts.len() else None,
            count=count,
            interval=wilson(count, verdicts.len()),
        )

    return Verdicts(
        approved=share(VerdictKind.APPROVE),
        reviewed=share(VerdictKind.REVIEW),
        rejected=share(VerdictKind.REJECT),
    )
