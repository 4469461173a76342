"""Evaluation: unknown labels are masked, the policy's rule is the one of enforcement."""

import polars as pl
import pytest

from core.domain.label import Label
from core.domain.policy import LabelThresholds, ThresholdRule
from core.usecases.evaluate_model import EvaluationReport, evaluate_model

LABELS = (Label.TOXICITY, Label.SPAM, Label.SENTIMENT)
RULE = ThresholdRule(
    thresholds={
        Label.TOXICITY: LabelThresholds(approve_below=0.3, reject_above=0.8),
        Label.SPAM: LabelThresholds(approve_below=0.5),
    }
)


def _rows(**columns: object) -> pl.DataFrame:
    base = {
        "toxicity": [0.9, 0.7, 0.4, 0.2, 0.1, 0.05],
        "spam": [0.0, 0.0, 0.0, 0.0, 0.9, 0.0],
        "sentiment": [0.9, 0.8, 0.5, 0.4, 0.1, 0.2],
        "true_toxicity": [1, 1, 0, 0, None, 0],
        "true_spam": [None, 0, 0, None, 1, 0],
    }
    frame = pl.DataFrame(base | columns)
    return frame.with_columns(pl.col(pl.Float64).cast(pl.Float32))


def _report(rows: pl.DataFrame, **options: object) -> EvaluationReport:
    return evaluate_model(
        rows, rule=RULE, labels=LABELS, rounds=40, **options  # type: ignore[arg-type]
    )  # fmt: skip


def test_unknown_labels_are_left_out() -> None:
    found = _report(_rows()).overall.labels
    toxicity, spam = found[Label.TOXICITY], found[Label.SPAM]
    assert (toxicity.count, toxicity.positives) == (5, 2)
    assert (spam.count, spam.positives) == (4, 1)
    assert Label.HATE_SPEECH not in found
    assert toxicity.auroc.value == 1.0
    assert toxicity.precision.value == pytest.approx(2 / 3)
    assert toxicity.recall.value == 1.0
    assert toxicity.threshold == 0.3


def test_the_policys_outcomes_are_counted_apart_for_harmless_and_harmful() -> None:
    overall = _report(_rows()).overall
    assert (overall.verdicts.rejected.count, overall.verdicts.reviewed.count) == (1, 3)
    harmless = overall.verdicts_on_harmless
    assert (harmless.approved.count, harmless.reviewed.count) == (2, 1)
    assert overall.verdicts_on_harmful.approved.count == 0
    assert overall.any_harm_auroc.value is not None


def test_tones_are_three_classes_with_two_cuts() -> None:
    rows = _rows(true_sentiment=[1, 1, 0, 0, 0, 0], true_tone=[-1, -1, 0, 0, 1, 0])
    found = _report(rows, tone_cuts=(0.15, 0.6)).overall.labels[Label.SENTIMENT]
    assert found.macro_recall_of_tones is not None
    assert found.macro_recall_of_tones.value == 1.0


def test_slices_are_measured_and_small_ones_named() -> None:
    rows = pl.concat([_rows(language=["en"] * 6)] * 6 + [_rows(language=["de"] * 6)])
    report = _report(rows, slices=["language"])
    assert set(report.slices["language"]) == {"en"}
    assert report.skipped_slices == ("language=de (6 rows)",)
    assert report.slices["language"]["en"].count == 36


def test_an_interval_holds_the_figure_and_a_seed_repeats_it() -> None:
    rows = pl.concat([_rows(), _rows(toxicity=[0.1, 0.7, 0.4, 0.8, 0.1, 0.05])] * 5)
    first, again = _report(rows), _report(rows)
    assert first == again
    area = first.overall.labels[Label.TOXICITY].auroc
    assert area.value is not None
    assert area.interval is not None
    assert area.interval.low <= area.value <= area.interval.high


def test_without_any_rows_nothing_is_claimed() -> None:
    overall = _report(_rows().head(0)).overall
    assert overall.labels == {}
    assert overall.any_harm_auprc.value is None
    assert overall.verdicts.approved.share is None
