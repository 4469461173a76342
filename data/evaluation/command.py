"""`moddesk evaluate`: a model against any labelled file."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from core.domain.policy import ThresholdRule
from core.policies.builtin import default_rule
from core.usecases.evaluate_model import Estimate, EvaluationReport, Share, evaluate_model
from data.bootstrap import registry_of
from data.command_options import settings_for
from data.evaluation.labelled_file import read_labelled
from data.exports.record_writer import file_digest
from data.progress import TerminalJob

_FIGURES = ("auroc", "auprc", "macro_f1", "f1", "precision", "recall", "ece")


def evaluate(
    file: Annotated[Path, typer.Argument(help="A labelled Parquet, CSV or JSONL file.")],
    model: Annotated[str | None, typer.Option(help="Default: MODDESK_MODEL.")] = None,
    label_map: Annotated[
        list[str] | None,
        typer.Option(help="label=column, a JSON object or @file.json; repeatable."),
    ] = None,
    text_column: Annotated[str, typer.Option(help="The column of texts.")] = "text",
    group_column: Annotated[
        str | None, typer.Option(help="Rows that belong together, for the intervals.")
    ] = None,
    by: Annotated[list[str] | None, typer.Option(help="Also per value of this column.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="column=value: only these rows.")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds of the bootstrap.", min=20)] = 400,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure a model on labelled rows: ranking, calibration and the policy's outcomes."""
    settings = settings_for(None)
    registry = registry_of(settings)
    classifier = registry.get(model or settings.model)
    chosen = dict(pair.split("=", 1) for pair in where or [] if "=" in pair)
    rows, empty = read_labelled(
        file, text_column=text_column, label_map=label_map or [], keep=by or [], where=chosen,
        group_column=group_column,
    )  # fmt: skip
    rule = default_rule(dict(classifier.thresholds))
    with TerminalJob() as job:
        job.progress("scoring", 0, rows.height)
        scores = classifier.score(rows["text"].to_list())
        job.progress("scoring", rows.height, rows.height)
        scored = rows.with_columns(
            **{label.value: scores[:, place] for place, label in enumerate(classifier.labels)}
        )
        report = evaluate_model(
            scored,
            rule=rule,
            labels=classifier.labels,
            slices=by or [],
            tone_cuts=getattr(classifier, "sentiment_cuts", (1 / 3, 2 / 3)),
            rounds=rounds,
            seed=seed,
            progress=lambda done, total: job.progress("measuring", done, total),
        )
    facts = {
        "model": classifier.name,
        "version": classifier.version,
        "digest": classifier.digest,
        "notice": registry.notice,
        "file": file.name,
        "file_sha256": file_digest(file),
        "rows_without_text": empty,
        "where": chosen,
    }
    if as_json:
        typer.echo(json.dumps({**facts, **_dumped(report, rule)}, indent=2))
    else:
        _print(facts, report)


def _dumped(report: EvaluationReport, rule: ThresholdRule) -> dict[str, Any]:
    return {"rule": rule.model_dump(mode="json"), **report.model_dump(mode="json")}


def _print(facts: dict[str, Any], report: EvaluationReport) -> None:
    console = Console()
    table = Table(title=f"{facts['model']} {facts['version']} on {facts['file']}")
    for name in ("label", "n", "positives", "threshold", *_FIGURES):
        table.add_column(name, justify="left" if name == "label" else "right")
    for label, result in report.overall.labels.items():
        figures = (_shown(getattr(result, name)) for name in _FIGURES)
        table.add_row(
            label.value, f"{result.count:,}", f"{result.positives:,}", f"{result.threshold:.3f}",
            *figures,
        )  # fmt: skip
    console.print(table)
    overall = report.overall
    typer.echo(f"any harm  AUROC {_shown(overall.any_harm_auroc)}  AUPRC "
               f"{_shown(overall.any_harm_auprc)}")  # fmt: skip
    for words, verdicts in (
        ("all rows", overall.verdicts),
        ("harmless", overall.verdicts_on_harmless),
        ("harmful", overall.verdicts_on_harmful),
    ):
        typer.echo(
            f"{words:9} approve {_percent(verdicts.approved)}  review "
            f"{_percent(verdicts.reviewed)}  reject {_percent(verdicts.rejected)}"
        )
    for column, values in report.slices.items():
        for value, part in values.items():
            areas = ", ".join(
                f"{label.value} {_shown(result.auroc)}" for label, result in part.labels.items()
            )
            typer.echo(f"{column}={value} (n={part.count:,}) AUROC: {areas}")
    if report.skipped_slices:
        typer.echo(f"Too few rows to say anything: {', '.join(report.skipped_slices)}.")


def _shown(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    if estimate.interval is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.interval.low:.2f}–{estimate.interval.high:.2f}]"


def _percent(share: Share) -> str:
    if share.share is None:
        return "–"
    return f"{share.share:.1%} [{share.interval.low:.1%}–{share.interval.high:.1%}]"
