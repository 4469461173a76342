"""Training both embedded models: the lexical one, and the ensemble that stands on it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
from safetensors.numpy import save_file

from core.domain.label import SCORED_LABELS, Label
from core.engine.backbone import SHA256, backbone_digest, backbone_folder, check_backbone
from core.engine.calibration import Platt, sigmoid
from core.engine.classifiers.ensemble import HEADS_FILE, ensemble_digest, open_features
from core.engine.classifiers.linear import VOCABULARY_FILE, WEIGHTS_FILE, files_digest
from core.engine.encoder.precision import Precision
from core.engine.registry import Registry
from core.engine.weight_folder import MANIFEST_FILE
from data.training.heads import Heads, fit_heads
from data.training.lexical_heads import Vocabulary, tfidf_matrix
from data.training.measure import LabelReport, measure_label, tone_cuts
from data.training.rows import (
    held_out_part,
    licensed_rows,
    sentence_part,
    training_part,
    unseen_rows,
)
from data.training.sentence_part import EncodedRows

VERSION = "1.0.0"
LEXICAL, ENSEMBLE = "lexical-1", "ensemble-1"
#: Hidden layers whose mean the heads read (and the last one's maximum).
_TAPS = (2, 4, 6)
_LEXICAL_C, _SENTENCE_C = 3.0, 1.0
#: A long text's tone is the mean of its windows; of harms the worst window weighs most.
_MEAN_OF_WINDOWS = (Label.SENTIMENT,)

#: The share of each label that calibration assumes: a stream with reported content in it, and
#: not what the training sets hold.
BASE_RATES: dict[Label, float] = {
    Label.TOXICITY: 0.30,
    Label.HATE_SPEECH: 0.30,
    Label.SPAM: 0.10,
    Label.SENTIMENT: 0.30,
    Label.VIOLENCE: 0.05,
    Label.ADULT_CONTENT: 0.05,
}
#: Review pays from (cost of a review) / (cost of harm left up) on (Chow 1970): harm costs two
#: reviews, a threat four. Stated and not fitted, for held-out rows are no platform's stream.
REVIEW_FROM: dict[Label, float] = dict.fromkeys(SCORED_LABELS, 0.50) | {Label.VIOLENCE: 0.25}
Floats = npt.NDArray[np.float64]
Reports = dict[Label, LabelReport]
Progress = Callable[[str, int, int], None]


class TrainingRun(NamedTuple):
    """What training made."""

    rows: pl.DataFrame
    held_out: pl.DataFrame
    scores: npt.NDArray[np.float32]
    """The ensemble's calibrated scores of the held-out rows, shape (n, labels)."""

    unseen: pl.DataFrame
    """Rows of sources nothing was trained on: scores, and the truth as `true_<label>`."""

    lexical: Reports
    ensemble: Reports
    seconds: float

    def scored_held_out(self) -> pl.DataFrame:
        """The held-out rows: scores, and the truth as `true_<label>`."""
        return _scored(self.held_out, self.scores)


def train_models(data: Path, out: Path, *, seed: int = 0, progress: Progress) -> TrainingRun:
    """Writes `lexical-1` and `ensemble-1` into `out`; the held-out metrics of both."""
    started = time.monotonic()
    rows = licensed_rows(data)
    train, held_out = training_part(rows, seed), held_out_part(rows)
    progress("vocabulary", 0, 4)
    vocabulary = Vocabulary(train["text"].to_list())
    featuriser = vocabulary.featuriser()
    progress("lexical heads", 1, 4)
    heads = _halved(
        fit_heads(tfidf_matrix(featuriser, train["text"]), train, c=_LEXICAL_C, seed=seed)
    )
    lexical_logits = tfidf_matrix(featuriser, held_out["text"]) @ heads.weights + heads.bias
    lexical = _measured(lexical_logits, held_out)
    _save_lexical(out / LEXICAL, vocabulary, heads, lexical, rows, seed)
    progress("encoding", 2, 4)
    features = _features()
    seen = EncodedRows(
        features, sentence_part(train, seed), lambda done, all_: progress("encoding", done, all_)
    )
    values, labels = seen.training_set()
    progress("sentence heads", 3, 4)
    sentence = _halved(fit_heads(values, labels, c=_SENTENCE_C, seed=seed))
    encoded = EncodedRows(features, held_out, lambda done, all_: progress("measuring", done, all_))
    mean_columns = [SCORED_LABELS.index(label) for label in _MEAN_OF_WINDOWS]
    logits = (lexical_logits + encoded.logits(sentence, mean_columns)) / 2
    ensemble = _measured(logits, held_out)
    _save_ensemble(out, sentence, ensemble, _cuts(logits, held_out, ensemble), rows, seed)
    model = Registry(out).get(ENSEMBLE)
    progress("other sources", 0, 1)
    others = unseen_rows(data)
    unseen = _scored(others, model.score(others["text"].to_list()))
    scores = Platt(*_platt(ensemble)).scores(logits).astype(np.float32)
    seconds = time.monotonic() - started
    return TrainingRun(rows, held_out, scores, unseen, lexical, ensemble, seconds)


def _scored(rows: pl.DataFrame, scores: npt.NDArray[np.float32]) -> pl.DataFrame:
    names = [label.value for label in SCORED_LABELS]
    renamed = rows.rename({name: f"true_{name}" for name in names})
    return renamed.with_columns(
        **{name: np.ascontiguousarray(scores[:, place]) for place, name in enumerate(names)}
    )


def _platt(reports: Reports) -> tuple[Floats, Floats]:
    return (
        np.array([report.slope for report in reports.values()]),
        np.array([report.shift for report in reports.values()]),
    )


def _features() -> Any:
    folder = backbone_folder()
    check_backbone(folder, backbone_digest(folder))
    return open_features(folder, _TAPS, Precision.FP32)


def _halved(heads: Heads) -> Heads:
    """The heads as they are stored: float16 weights and float32 biases."""
    return Heads(
        heads.weights.astype(np.float16).astype(np.float64),
        heads.bias.astype(np.float32).astype(np.float64),
    )


def _measured(logits: Floats, held_out: pl.DataFrame) -> Reports:
    reports: Reports = {}
    for column, label in enumerate(SCORED_LABELS):
        known = held_out[label.value].is_not_null().to_numpy()
        truth = held_out[label.value].fill_null(0).to_numpy()[known]
        rows = held_out.filter(known)
        reports[label] = measure_label(
            logits[known, column], truth, BASE_RATES[label],
            review_from=REVIEW_FROM[label], groups=rows["group"].to_list(),
        )  # fmt: skip
    return reports


def _cuts(logits: Floats, held_out: pl.DataFrame, reports: Reports) -> tuple[float, float]:
    known = held_out["tone"].is_not_null().to_numpy()
    column = SCORED_LABELS.index(Label.SENTIMENT)
    report = reports[Label.SENTIMENT]
    scores = sigmoid(report.slope * logits[known, column] + report.shift)
    return tone_cuts(scores, held_out["tone"].drop_nulls().to_numpy())


def _tensors(heads: Heads, reports: Reports) -> dict[str, npt.NDArray[np.generic]]:
    slope, shift = _platt(reports)
    return {
        "weights": np.ascontiguousarray(heads.weights.astype(np.float16)),
        "bias": heads.bias.astype(np.float32),
        "slope": slope.astype(np.float32),
        "shift": shift.astype(np.float32),
    }


def _save_lexical(
    folder: Path,
    vocabulary: Vocabulary,
    heads: Heads,
    reports: Reports,
    rows: pl.DataFrame,
    seed: int,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    idf = vocabulary.idf.astype(np.float32)
    save_file(_tensors(heads, reports) | {"idf": idf}, folder / WEIGHTS_FILE)
    words = {"words": vocabulary.words, "grams": vocabulary.grams}
    (folder / VOCABULARY_FILE).write_bytes(orjson.dumps(words))
    facts = {"kind": "lexical", "digest": files_digest(folder)}
    _write_manifest(folder, facts, reports, rows, seed)


def _save_ensemble(
    out: Path,
    heads: Heads,
    reports: Reports,
    cuts: tuple[float, float],
    rows: pl.DataFrame,
    seed: int,
) -> None:
    folder = out / ENSEMBLE
    folder.mkdir(parents=True, exist_ok=True)
    save_file(_tensors(heads, reports), folder / HEADS_FILE)
    facts: dict[str, Any] = {
        "kind": "ensemble",
        "lexical": {"name": LEXICAL, "digest": files_digest(out / LEXICAL)},
        "backbone": {"name": "all-MiniLM-L6-v2", "sha256": SHA256, "taps": _TAPS},
        "mean_of_windows": [label.value for label in _MEAN_OF_WINDOWS],
        "sentiment_cuts": cuts,
    }
    facts["digest"] = ensemble_digest(folder, facts)
    _write_manifest(folder, facts, reports, rows, seed)


def _write_manifest(
    folder: Path, facts: dict[str, Any], reports: Reports, rows: pl.DataFrame, seed: int
) -> None:
    manifest = facts | {
        "name": folder.name,
        "version": VERSION,
        "labels": [label.value for label in SCORED_LABELS],
        "seed": seed,
        "base_rates": {label.value: report.base_rate for label, report in reports.items()},
        "thresholds": {
            label.value: report.thresholds.model_dump(mode="json")
            for label, report in reports.items()
            if label is not Label.SENTIMENT
        },
        "held_out": {
            label.value: {
                "count": report.count,
                "positives": report.positives,
                "base_rate": report.base_rate,
                "auroc": round(report.auroc, 4),
                "auprc": round(report.auprc, 4),
                "ece": round(report.ece, 4),
            }
            for label, report in reports.items()
        },
        "sources": sorted(
            f"{source} ({licence})"
            for source, licence in rows.select("source", "licence").unique().rows()
        ),
    }
    (folder / MANIFEST_FILE).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")
