"""Training the lexical classifier: vocabulary, logistic heads, calibration, thresholds."""

import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
from safetensors.numpy import save_file

from core.domain.label import SCORED_LABELS, Label
from core.engine.classifiers.linear import (
    MANIFEST_FILE,
    VOCABULARY_FILE,
    WEIGHTS_FILE,
    LinearClassifier,
    files_digest,
)
from core.engine.features import Featuriser
from core.engine.text import normalise
from core.engine.tokens import grams_of, tokens_of
from core.errors import WorkbenchError
from data.training.measure import LabelReport, measure_label
from data.training.rows import held_out_part, licensed_rows, training_part

VERSION = "1.0.0"
_WORDS, _GRAMS = 45_000, 55_000
_LEAST_DOCUMENTS = 4

#: The share of each label that calibration assumes: what a moderated platform sees, not what the
#: training sets hold.
BASE_RATES: dict[Label, float] = {
    Label.TOXICITY: 0.12,
    Label.HATE_SPEECH: 0.05,
    Label.SPAM: 0.10,
    Label.SENTIMENT: 0.30,
    Label.VIOLENCE: 0.03,
    Label.ADULT_CONTENT: 0.03,
}


def train_lexical(data_dir: Path, out_dir: Path, *, seed: int = 0) -> dict[Label, LabelReport]:
    """Writes weights, vocabulary and manifest into `out_dir`; the held-out metrics per label."""
    started = time.monotonic()
    rows = licensed_rows(data_dir)
    train, held_out = training_part(rows, seed), held_out_part(rows)
    words, grams, idf = _vocabulary(train["text"].to_list())
    featuriser = Featuriser(
        {word: place for place, word in enumerate(words)},
        {gram: place + len(words) for place, gram in enumerate(grams)},
        idf,
    )
    train_x, held_out_x = _matrix(featuriser, train["text"]), _matrix(featuriser, held_out["text"])
    heads = [_head(train_x, train[label.value], seed) for label in SCORED_LABELS]
    weights = np.stack([weight for weight, _ in heads], axis=1).astype(np.float16)
    bias = np.array([bias for _, bias in heads], dtype=np.float32)
    logits = held_out_x @ weights.astype(np.float64) + bias
    reports: dict[Label, LabelReport] = {}
    slope, shift = np.ones(len(SCORED_LABELS)), np.zeros(len(SCORED_LABELS))
    for column, label in enumerate(SCORED_LABELS):
        known = held_out[label.value].is_not_null().to_numpy()
        truth = held_out[label.value].fill_null(0).to_numpy()[known]
        report = measure_label(logits[known, column], truth, BASE_RATES[label])
        slope[column], shift[column] = report.slope, report.shift
        reports[label] = report
    out_dir.mkdir(parents=True, exist_ok=True)
    save_file(
        {
            "weights": weights,
            "bias": bias,
            "idf": idf.astype(np.float32),
            "slope": slope.astype(np.float32),
            "shift": shift.astype(np.float32),
        },
        out_dir / WEIGHTS_FILE,
    )
    (out_dir / VOCABULARY_FILE).write_bytes(orjson.dumps({"words": words, "grams": grams}))
    _write_manifest(out_dir, reports, rows, seed)
    LinearClassifier(out_dir)
    for report in reports.values():
        report.seconds = time.monotonic() - started
    return reports


def _vocabulary(texts: Sequence[str]) -> tuple[list[str], list[str], npt.NDArray[np.float64]]:
    """The most frequent words, pairs and n-grams by document, and their smoothed idf."""
    words: Counter[str] = Counter()
    grams: Counter[str] = Counter()
    for text in texts:
        tokens = [token.text for token in tokens_of(normalise(text).text)]
        pairs = (f"{left} {right}" for left, right in pairwise(tokens))
        words.update({*tokens, *pairs})
        grams.update({gram for token in set(tokens) for gram in grams_of(token)})
    kept_words = _most_frequent(words, _WORDS)
    kept_grams = _most_frequent(grams, _GRAMS)
    frequencies = np.array(
        [words[word] for word in kept_words] + [grams[gram] for gram in kept_grams]
    )
    idf = np.log((1 + len(texts)) / (1 + frequencies)) + 1
    return kept_words, kept_grams, idf.astype(np.float32).astype(np.float64)


def _most_frequent(counts: Counter[str], most: int) -> list[str]:
    frequent = [(count, name) for name, count in counts.items() if count >= _LEAST_DOCUMENTS]
    frequent.sort(key=lambda pair: (-pair[0], pair[1]))
    return sorted(name for _, name in frequent[:most])


def _matrix(featuriser: Featuriser, texts: pl.Series) -> Any:
    from scipy.sparse import csr_array  # noqa: PLC0415  # training only

    vectors = [featuriser.vector(text) for text in texts]
    ends = np.cumsum([0, *(vector.ids.size for vector in vectors)], dtype=np.int32)
    return csr_array(
        (
            np.concatenate([vector.values for vector in vectors]),
            np.concatenate([vector.ids for vector in vectors]),
            ends,
        ),
        shape=(len(vectors), featuriser.size),
    )


def _head(features: Any, labels: pl.Series, seed: int) -> tuple[npt.NDArray[np.float64], float]:
    """Weights and bias of one label's logistic head, on the rows that know the label."""
    try:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # extra `train`
    except ImportError as error:
        raise WorkbenchError(
            "Training needs scikit-learn: pip install 'moddesk[train]'."
        ) from error
    known = labels.is_not_null().to_numpy()
    model = LogisticRegression(
        C=3.0, class_weight="balanced", solver="liblinear", max_iter=200, random_state=seed
    )
    model.fit(features[np.flatnonzero(known)], labels.drop_nulls().to_numpy())
    return model.coef_[0], float(model.intercept_[0])


def _write_manifest(
    out_dir: Path, reports: dict[Label, LabelReport], rows: pl.DataFrame, seed: int
) -> None:
    manifest = {
        "name": out_dir.name,
        "version": VERSION,
        "labels": [label.value for label in SCORED_LABELS],
        "digest": files_digest(out_dir),
        "seed": seed,
        "base_rates": {label.value: rate for label, rate in BASE_RATES.items()},
        "thresholds": {
            label.value: report.thresholds.model_dump(mode="json")
            for label, report in reports.items()
            if label is not Label.SENTIMENT
        },
        "sources": sorted(
            f"{source} ({licence})"
            for source, licence in rows.select("source", "licence").unique().rows()
        ),
    }
    (out_dir / MANIFEST_FILE).write_bytes(
        orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n"
    )
