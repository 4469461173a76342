"""The model card, written from the run that made the weights."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from core.domain.label import SCORED_LABELS, Label
from core.engine.weight_folder import read_manifest
from core.metrics.ranking import auroc
from core.metrics.subgroups import SubgroupBias, bias_score, mentions, subgroup_bias
from data.training.measure import LabelReport
from data.training.rows import FILES
from data.training.train_models import ENSEMBLE, LEXICAL, TrainingRun

#: Words that name a group; the rule is the Jigsaw repository's: whole words, any case.
IDENTITIES: dict[str, tuple[str, ...]] = {
    "women": ("woman", "women", "female", "girl", "girls"),
    "men": ("man", "men", "male", "guy", "guys"),
    "Muslims": ("muslim", "muslims", "islam", "islamic"),
    "Jews": ("jew", "jews", "jewish"),
    "Christians": ("christian", "christians"),
    "gay people": ("gay", "lesbian", "homosexual", "queer"),
    "trans people": ("trans", "transgender"),
    "Black people": ("black", "blacks"),
    "white people": ("white", "whites"),
    "Asians": ("asian", "asians", "chinese"),
    "immigrants": ("immigrant", "immigrants", "refugee", "refugees", "foreigner", "foreigners"),
    "disabled people": ("disabled", "deaf", "blind"),
}
_LEAST = 10

_LIMITS = """\
- English only. On other languages the scores mean little; items say their language.
- Irony, context and what a text refers to are beyond it: it reads one text at a time.
- Negated hate, quoted hate and reclaimed slurs are where it still errs most; the rates on wordings
  that were never seen stand above.
- Spam was learnt from text messages and our own templates, violence and adult content from few
  positives: their figures have wide intervals.
- Long posts are read in windows of 128 tokens; the middle between the worst window and their mean
  counts, so that one bad sentence in a very long post may drown.
- A short threat drowns among harmless sentences long before that: “I will kill you tomorrow.” gets
  .98 for violence alone, .48 with one harmless sentence after it and .08 between two. Whoever must
  not miss threats sets a low threshold or adds a keyword list.
- Misinformation gets no score: text alone does not show it.
- Scores are probabilities only at the stated base rates; elsewhere recalibrate.
- Training data carry their annotators' biases, among them towards dialects; look at the rates by
  language and community before letting a threshold reject by itself."""


def write_card(card: Path, out: Path, data: Path, run: TrainingRun) -> None:
    """Writes the card as Markdown."""
    lines = [*_head(out), *_results(run), *_unseen(run), *_templates(run), *_bias(run)]
    lines += [*_data(data, run), "", "## Limits", "", _LIMITS, ""]
    card.write_text("\n".join(lines), encoding="utf-8")


def _head(out: Path) -> Iterator[str]:
    manifest = read_manifest(out / ENSEMBLE)
    backbone = manifest["backbone"]
    yield f"# Model card: {manifest['name']} {manifest['version']}"
    yield ""
    yield (
        "Per label the mean of two logits: word (1–2) and within-word character (3–5) TF-IDF "
        f"(`{LEXICAL}`, which also runs alone where torch is missing), and a logistic head on the "
        f"frozen {backbone['name']} (the means of layers {', '.join(map(str, backbone['taps']))} "
        "and the maximum of the last). Then Platt calibration per label on held-out rows at a "
        "stated base rate. Weights are safetensors and JSON."
    )
    yield ""
    for name in (ENSEMBLE, LEXICAL):
        yield f"- `{name}` digest `{read_manifest(out / name)['digest']}`"
    yield f"- backbone SHA-256 `{backbone['sha256']}` (Apache-2.0)"
    yield f"- seed {manifest['seed']}; retrain with `moddesk train --data FOLDER --out FOLDER`"
    yield ""


def _results(run: TrainingRun) -> Iterator[str]:
    yield "## Held-out results"
    yield ""
    yield (
        "Rows that nothing was trained on; groups (posts, pairs, templates) are never split. One "
        "half of them fitted the calibration, the other measured its error (ECE). Review bound: "
        "the "
        "cost of a review over that of harm left up (Chow 1970), two reviews for a harm and four "
        "for a threat. Reject by "
        "itself: only where precision at the base rate is at least 95 % on 40 or more positives."
    )
    for name, reports in ((ENSEMBLE, run.ensemble), (LEXICAL, run.lexical)):
        yield ""
        yield f"### {name}"
        yield ""
        yield (
            "| label | n | positives | base rate | AUROC | AUPRC | macro-F1 at the review bound "
            "| ECE | review from | reject above | share reviewed | recall |"
        )
        yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
        for label, report in reports.items():
            yield _row(label, report)
    yield ""


def _row(label: Label, report: LabelReport) -> str:
    reject = report.thresholds.reject_above
    low, high = report.auroc_interval
    cells = [
        label.value, f"{report.count:,}", f"{report.positives:,}", f"{report.base_rate:.2f}",
        f"{report.auroc:.3f} [{low:.3f}–{high:.3f}]", f"{report.auprc:.3f}", f"{report.f1:.3f}",
        f"{report.ece:.3f}", f"{report.thresholds.approve_below:.3f}",
        "never" if reject is None else f"{reject:.3f}", f"{report.review_share:.1%}",
        f"{report.review_recall:.1%}",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _unseen(run: TrainingRun) -> Iterator[str]:
    yield "## Sources that no row was trained on"
    yield ""
    yield "| source | label | n | positives | AUROC |"
    yield "|---|---|---|---|---|"
    for (source,), rows in sorted(run.unseen.group_by("source"), key=lambda pair: str(pair[0])):
        for label in SCORED_LABELS:
            known = rows.filter(pl.col(f"true_{label.value}").is_not_null())
            truth = known[f"true_{label.value}"].to_numpy()
            area = auroc(truth, known[label.value].to_numpy())
            if area is not None and truth.sum() >= _LEAST:
                yield (
                    f"| {source} | {label.value} | {truth.size:,} | {int(truth.sum()):,} "
                    f"| {area:.3f} |"
                )
    yield ""


def _templates(run: TrainingRun) -> Iterator[str]:
    yield "## Our own contrast sentences, wordings never seen"
    yield ""
    yield "Share that the default policy sends to review or rejects, and by the hate bound alone."
    yield ""
    yield "| functionality | n | flagged | flagged as hate |"
    yield "|---|---|---|---|"
    rows = run.scored_held_out().filter(pl.col("source").str.starts_with("templates:"))
    bounds = {
        label: report.thresholds.approve_below
        for label, report in run.ensemble.items()
        if label is not Label.SENTIMENT
    }
    flagged = rows.with_columns(
        flagged=pl.any_horizontal(pl.col(label.value) >= at for label, at in bounds.items()),
        hateful=pl.col(Label.HATE_SPEECH.value) >= bounds[Label.HATE_SPEECH],
    )
    shares = flagged.group_by("source").agg(
        pl.len(), pl.col("flagged").mean(), pl.col("hateful").mean()
    )
    for source, count, harm, hate in shares.sort("source").rows():
        yield f"| {source.partition(':')[2]} | {count} | {harm:.0%} | {hate:.0%} |"
    yield ""


def _bias(run: TrainingRun) -> Iterator[str]:
    rows = run.scored_held_out()
    yield "## Identity terms"
    yield ""
    yield (
        "AUCs of Borkan et al. 2019 on held-out rows that name a group: subgroup (within it), BPSN "
        "(low: false alarms on the group), BNSP (low: harm to the group missed); error rates at "
        "the review bound with 95 % Wilson intervals."
    )
    for label in (Label.TOXICITY, Label.HATE_SPEECH):
        known = rows.filter(pl.col(f"true_{label.value}").is_not_null())
        truth = known[f"true_{label.value}"].to_numpy()
        scores = known[label.value].cast(pl.Float64).to_numpy()
        texts = known["text"].to_list()
        found = {
            name: subgroup_bias(
                truth, scores, mentions(texts, terms),
                run.ensemble[label].thresholds.approve_below,
            )
            for name, terms in IDENTITIES.items()
        }  # fmt: skip
        kept = {
            name: bias
            for name, bias in found.items()
            if bias.positives >= _LEAST and bias.count - bias.positives >= _LEAST
        }
        overall = auroc(truth, scores) or float("nan")
        score = bias_score(overall, list(kept.values()))
        yield ""
        yield f"### {label.value}: overall AUROC {overall:.3f}, bias-adjusted {score:.3f}"
        yield ""
        yield "| group | n | positives | subgroup | BPSN | BNSP | false alarms | missed |"
        yield "|---|---|---|---|---|---|---|---|"
        for name, bias in kept.items():
            yield _bias_row(name, bias)
    yield ""


def _bias_row(name: str, bias: SubgroupBias) -> str:
    areas = (bias.subgroup_auc, bias.bpsn_auc, bias.bnsp_auc)
    alarms, missed = bias.false_positive_interval, bias.false_negative_interval
    cells = [
        name, f"{bias.count:,}", f"{bias.positives:,}",
        *("–" if area is None else f"{area:.3f}" for area in areas),
        f"{bias.false_positive_rate or 0:.0%} [{alarms.low:.0%}–{alarms.high:.0%}]",
        f"{bias.false_negative_rate or 0:.0%} [{missed.low:.0%}–{missed.high:.0%}]",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _data(data: Path, run: TrainingRun) -> Iterator[str]:
    yield "## Data"
    yield ""
    yield "| source | licence | rows |"
    yield "|---|---|---|"
    family = pl.col("source").str.split(":").list.first()
    counts = run.rows.group_by(family, "licence").agg(pl.len()).sort("source", "licence")
    for source, licence, count in counts.rows():
        yield f"| {source} | {licence} | {count:,} |"
    yield ""
    for name in FILES:
        digest = hashlib.sha256((data / name).read_bytes()).hexdigest()
        yield f"`{name}` SHA-256 `{digest}`  "
