"""The model card, written from the run that made the weights."""

import hashlib
from pathlib import Path

import orjson
import polars as pl

from core.domain.label import Label
from core.engine.classifiers.linear import MANIFEST_FILE
from data.training.measure import LabelReport
from data.training.rows import licensed_rows

_LIMITS = """\
- English only. On other languages the scores mean little; items say their language.
- Words and letter groups only: irony, context and reclaimed words are beyond it. It reads who is
  named and which words stand near, not what is meant.
- Spam is measured on text messages only (few held-out positives), violence and adult content on
  few positives: their figures have wide intervals.
- Misinformation gets no score: text alone does not show it.
- Scores are probabilities only at the stated base rates; elsewhere recalibrate.
- Training data carry their annotators' biases, among them towards dialects; look at the rates by
  language and community before letting a threshold reject by itself."""


def write_card(card: Path, model: Path, data: Path, reports: dict[Label, LabelReport]) -> None:
    """Writes the card as Markdown."""
    manifest = orjson.loads((model / MANIFEST_FILE).read_bytes())
    rows = licensed_rows(data)
    lines = [
        f"# Model card: {manifest['name']} {manifest['version']}",
        "",
        "Word (1–2) and within-word character (3–5) TF-IDF, one logistic head a label, Platt "
        "calibration per label on held-out rows at a stated base rate. Numpy only; weights are "
        "safetensors and JSON.",
        "",
        f"Digest of the weights: `{manifest['digest']}`. Seed {manifest['seed']}.",
        "",
        "## Held-out results",
        "",
        "Rows that nothing was trained on; half of them fitted the calibration, the other half "
        "measured its error. Thresholds: review from the score at which a review costs less than "
        "a mistake (0.30, Chow's rule), lower where recall would stay under 60 %; reject by "
        "itself only where precision at the base rate is at least 95 % on 40 or more positives.",
        "",
        "| label | n | positives | base rate | AUROC | AUPRC | macro-F1 | ECE | review from "
        "| reject above | share reviewed | recall |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
        *(_row(label, report) for label, report in reports.items()),
        "",
        "## Data",
        "",
        "| source | licence | rows |",
        "|---|---|---|",
        *(
            f"| {source} | {licence} | {count:,} |"
            for source, licence, count in rows.group_by("source", "licence")
            .agg(pl.len())
            .sort("source", "licence")
            .rows()
        ),
        "",
        *(
            f"`{path.name}` SHA-256 `{hashlib.sha256(path.read_bytes()).hexdigest()}`  "
            for path in (data / "train.parquet", data / "openai_moderation_half.parquet")
        ),
        "",
        "## Limits",
        "",
        _LIMITS,
        "",
    ]
    card.write_text("\n".join(lines), encoding="utf-8")


def _row(label: Label, report: LabelReport) -> str:
    reject = report.thresholds.reject_above
    cells = [
        label.value, f"{report.count:,}", f"{report.positives:,}", f"{report.base_rate:.2f}",
        f"{report.auroc:.3f}", f"{report.auprc:.3f}", f"{report.f1:.3f}", f"{report.ece:.3f}",
        f"{report.thresholds.approve_below:.3f}", "never" if reject is None else f"{reject:.3f}",
        f"{report.review_share:.1%}", f"{report.review_recall:.1%}",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"
