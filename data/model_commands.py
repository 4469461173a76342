"""The commands around models: score a file or the store, list, verify and train models."""

from pathlib import Path
from typing import Annotated

import typer

from core.clock import SystemClock
from core.domain.label import SCORED_LABELS, Label
from core.engine.checkpoints.activation import Activation
from core.errors import WorkbenchError
from data.bootstrap import open_workbench, registry_of
from data.command_options import StoreOption, parse_filter, settings_for
from data.progress import TerminalJob

models = typer.Typer(help="The models that score items.", no_args_is_help=True)
ModelOption = Annotated[
    str | None, typer.Option("--model", help="A model's name; default: MODDESK_MODEL.")
]


def score(
    file: Annotated[
        Path | None, typer.Argument(help="A Parquet, CSV or JSONL file; without it, the store.")
    ] = None,
    model: ModelOption = None,
    id_column: Annotated[str, typer.Option(help="The file's column of ids.")] = "id",
    text_column: Annotated[str, typer.Option(help="The file's column of texts.")] = "text",
    out: Annotated[
        Path | None, typer.Option(help="Where the file's scores go: .parquet, .csv or .jsonl.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", help="Of the store: filter=value; repeatable."),
    ] = None,
    store: StoreOption = None,
) -> None:
    """Score a file, or items of the store, with a model; no decision changes."""
    if file is None:
        _score_store(model, where or [], store)
    elif where:
        raise WorkbenchError("--where chooses items of the store; a file is scored as a whole.")
    elif out is None:
        raise WorkbenchError("Name the file for the scores: --out SCORES.parquet.")
    else:
        _score_file(file, model, id_column, text_column, out)


def _score_file(file: Path, model: str | None, id_column: str, text_column: str, out: Path) -> None:
    from data.score_file import score_file  # noqa: PLC0415  # only this command needs it

    settings = settings_for(None)
    registry = registry_of(settings)
    classifier = registry.get(model or settings.model)
    if registry.notice:
        typer.echo(registry.notice, err=True)
    with TerminalJob() as job:
        done = score_file(
            file,
            out,
            classifier,
            id_column=id_column,
            text_column=text_column,
            progress=lambda done, total: job.progress("scoring", done, total),
        )
    empty = f" {done.empty_count:,} rows have no text and no scores." if done.empty_count else ""
    typer.echo(
        f"{classifier.name} {classifier.version} scored {done.scored_count:,} rows into {out}."
        f"{empty}"
    )


def _score_store(model: str | None, where: list[str], store: Path | None) -> None:
    wanted = parse_filter(where)
    with open_workbench(settings_for(store)) as workbench, TerminalJob() as job:
        summary = workbench.rescore(model or workbench.settings.model, wanted, job)
    typer.echo(summary.sentence)


@models.command("list")
def list_models(store: StoreOption = None) -> None:
    """Show the models that can be used, and where the store used them."""
    settings = settings_for(store)
    with open_workbench(settings) as workbench:
        for row in workbench.models(workbench.operator):
            mark = "*" if row.is_in_use else " "
            labels = ", ".join(label.value for label in row.labels)
            typer.echo(
                f"{mark} {row.display_name:28} {row.kind:10} {row.digest[:12]}  "
                f"{row.item_count:>9,} items  {labels}"
            )
            if row.policies:
                typer.echo(f"    read by {', '.join(row.policies)}")


@models.command()
def add(
    source: Annotated[
        str, typer.Argument(help="A checkpoint's folder, or its name on the Hugging Face hub.")
    ],
    name: Annotated[str | None, typer.Option(help="What it is called here.")] = None,
    label_map: Annotated[
        list[str] | None,
        typer.Option(help="Its label=ours (or =none), for instance LABEL_0=toxicity; repeatable."),
    ] = None,
    activation: Annotated[
        Activation | None, typer.Option(help="Whether its labels exclude each other.")
    ] = None,
) -> None:
    """Vet a sequence classification checkpoint and register it."""
    settings = settings_for(None)
    registration = registry_of(settings).add(
        source,
        name=name,
        label_map=parse_label_map(label_map or []),
        activation=activation,
        allow_hub=settings.allow_hub,
        added_at=SystemClock().now(),
        added_by=settings.actor,
    )
    ours = ", ".join(label.value for label in registration.labels)
    typer.echo(
        f"Added {registration.name} ({registration.version}): {ours}; "
        f"{registration.activation.value}, digest {registration.digest[:12]}."
    )
    if registration.largest_difference is None or not registration.fused:
        typer.echo("It runs as the plain Hugging Face model, one text at a time.")
    else:
        typer.echo(
            "Our forward pass differs from the plain model by at most "
            f"{registration.largest_difference:.1e}."
        )


def parse_label_map(pairs: list[str]) -> dict[str, Label | None]:
    """Checkpoint label to ours, from name=label pairs, also several in one, by commas."""
    found: dict[str, Label | None] = {}
    known = [label.value for label in SCORED_LABELS]
    for pair in (each for pairs_ in pairs for each in pairs_.split(",")):
        name, equals, ours = (part.strip() for part in pair.rpartition("="))
        if not equals or not name or ours not in (*known, "none"):
            raise WorkbenchError(
                f"--label-map {pair}: write name=label with one of: {', '.join(known)}, none."
            )
        found[name] = None if ours == "none" else Label(ours)
    return found


@models.command()
def verify(
    name: Annotated[str | None, typer.Argument(help="One model; default: every one.")] = None,
) -> None:
    """Load models and compare their files with the recorded digests."""
    registry = registry_of(settings_for(None))
    failed = False
    for each in [name] if name else registry.names():
        try:
            classifier = registry.get(each)
            classifier.score(["A short text."])
        except WorkbenchError as error:
            failed = True
            typer.echo(f"BAD  {each}: {error}")
        else:
            typer.echo(f"ok   {each}: {classifier.digest}")
    if failed:
        raise typer.Exit(1)


def train(
    data: Annotated[Path, typer.Option(help="Folder with train.parquet and its companions.")],
    out: Annotated[Path, typer.Option(help="Folder that gets lexical-1 and ensemble-1.")],
    card: Annotated[Path | None, typer.Option(help="Write the model card to this file.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
) -> None:
    """Train the embedded models on labelled rows that may be used for shipped weights."""
    from data.training.model_card import write_card  # noqa: PLC0415  # needs scikit-learn
    from data.training.train_models import train_models  # noqa: PLC0415  # needs scikit-learn

    with TerminalJob() as job:
        run = train_models(data, out, seed=seed, progress=job.progress)
    for name, reports in (("lexical-1", run.lexical), ("ensemble-1", run.ensemble)):
        typer.echo(name)
        for label, report in reports.items():
            typer.echo(
                f"  {label.value:14} n={report.count:5} positives={report.positives:5} "
                f"AUROC={report.auroc:.3f} AUPRC={report.auprc:.3f} ECE={report.ece:.3f} "
                f"review from {report.thresholds.approve_below}, "
                f"reject above {report.thresholds.reject_above}"
            )
    typer.echo(f"{run.seconds:.0f} seconds")
    if card is not None:
        write_card(card, out, data, run)
        typer.echo(f"Model card: {card}")
