"""The commands that need no dashboard: import, export, rescan, demo data, doctor, audit."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from core.domain.labeler import NO_LABELER
from core.errors import WorkbenchError
from core.usecases.export_records import ExportFormat, ExportKind
from core.usecases.verify_audit import verify_audit
from data.bootstrap import Workbench, open_workbench
from data.command_options import StoreOption, parse_filter, settings_for
from data.dsa_commands import dsa
from data.evaluation.command import evaluate
from data.key_commands import keys
from data.migrations.migrate import newest_version
from data.model_commands import models, score, train
from data.people_commands import people
from data.progress import TerminalJob
from data.report_commands import report
from data.score_import_commands import import_scores
from data.telemetry import configure_logs
from data.webhook_commands import webhooks

app = typer.Typer(
    name="moddesk",
    help="Moderation analytics and review workbench.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
policies = typer.Typer(help="The policies that conclude from scores.", no_args_is_help=True)
audit = typer.Typer(help="The chained log of every change.", no_args_is_help=True)
app.add_typer(models, name="models")
app.add_typer(policies, name="policies")
app.add_typer(audit, name="audit")
app.add_typer(people, name="people")
app.add_typer(keys, name="keys")
app.add_typer(webhooks, name="webhooks")
app.add_typer(dsa, name="dsa")

app.command("import-scores")(import_scores)
app.command()(report)
app.command()(score)
app.command()(train)
app.command()(evaluate)


@contextmanager
def opened(store: Path | None) -> Iterator[Workbench]:
    """The workbench of a command."""
    with open_workbench(settings_for(store)) as workbench:
        yield workbench


@app.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            help="A CSV, JSONL or Parquet file, or one of Label Studio, Argilla, the AT Protocol "
            "or Coop: found out by what is in it."
        ),
    ],
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="field=column, for instance body=text; repeatable."),
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="Tenant of rows that name none.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a text file.")] = None,
    rejected: Annotated[
        Path | None, typer.Option(help="Write the refused rows to this CSV file.")
    ] = None,
    score: Annotated[bool, typer.Option(help="Score the new items right away.")] = True,
    store: StoreOption = None,
) -> None:
    """Import items, with past decisions when the file has them."""
    with opened(store) as workbench:
        with TerminalJob() as job:
            run = workbench.import_file(
                file, mapping=mapping or [], tenant=tenant, encoding=encoding, job=job
            )
            summary = workbench.score(job) if score else None
        typer.echo(f"Import {run.import_id}: {run.sentence}")
        if run.rejected_count:
            _report_rejected(workbench, run.import_id, rejected)
    if summary is not None and summary.scored_count:
        typer.echo(summary.sentence)


def _report_rejected(workbench: Workbench, import_id: int, target: Path | None) -> None:
    with workbench.space.store.reading() as parts:
        rows = parts.imports.rejected(import_id, 10)
        total = parts.imports.get(import_id)
    for row in rows.iter_rows(named=True):
        shown = f" ({row['excerpt']!r})" if row["excerpt"] else ""
        typer.echo(f"  row {row['row']}, {row['field']}: {row['problem']}{shown}", err=True)
    if total is not None and total.rejected_count > rows.height:
        typer.echo(f"  … and {total.rejected_count - rows.height:,} more", err=True)
    if target is not None:
        target.write_bytes(workbench.rejected_csv(import_id))
        typer.echo(f"All problems: {target}", err=True)


@app.command("undo-import")
def undo_import(
    import_id: Annotated[int, typer.Argument(help="The id that the import printed.")],
    store: StoreOption = None,
) -> None:
    """Take an import back as a whole, while nobody decided on its items."""
    with opened(store) as workbench:
        removed = workbench.undo_import(import_id)
    typer.echo(f"Taken back: {removed:,} items and every past decision it brought.")


@app.command()
def export(
    kind: Annotated[ExportKind, typer.Argument(help="What to export.")],
    out: Annotated[Path, typer.Option(help="The file: its ending names the format.")],
    where: Annotated[
        list[str] | None,
        typer.Option("--where", help="filter=value, for instance tenant=acme; repeatable."),
    ] = None,
    written_as: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="For other tools; csv and parquet need no naming."),
    ] = None,
    labeler: Annotated[
        str, typer.Option(help="The DID that AT Protocol labels are from.")
    ] = NO_LABELER,
    store: StoreOption = None,
) -> None:
    """Write items, scores or decisions to a file, with a manifest beside it."""
    wanted = parse_filter(where or [])
    with opened(store) as workbench, TerminalJob() as job:
        manifest = workbench.export(
            out, kind=kind, wanted=wanted, person=workbench.operator, job=job,
            written_as=written_as, labeler=labeler,
        )  # fmt: skip
    typer.echo(
        f"{manifest.row_count:,} {manifest.things} in {out} (SHA-256 {manifest.sha256[:12]}…)"
    )


@app.command()
def rescan(store: StoreOption = None) -> None:
    """Score every item that the model in use has not scored yet."""
    with opened(store) as workbench, TerminalJob() as job:
        summary = workbench.score(job)
    typer.echo(summary.sentence)


@app.command()
def migrate(store: StoreOption = None) -> None:
    """Bring the store to this version's schema; opening it does the same."""
    with opened(store) as workbench:
        typer.echo(f"{workbench.settings.store_name} has schema {newest_version()}.")


@policies.command("list")
def list_policies(store: StoreOption = None) -> None:
    """Show the policy versions of the store and their rules."""
    with opened(store) as workbench:
        for policy in workbench.catalogue.policies:
            typer.echo(f"{policy.display_name}  {policy.mode.value}")
            typer.echo(json.dumps(policy.rule.model_dump(mode="json"), indent=2))


@audit.command("verify")
def verify(store: StoreOption = None) -> None:
    """Walk the audit chain and name the first broken link."""
    with opened(store) as workbench:
        result = verify_audit(workbench.space)
    typer.echo(result.sentence)
    if result.broken_at is not None:
        raise typer.Exit(1)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    store: StoreOption = None,
) -> None:
    """Say what works here, and what to do about the rest."""
    from data.doctor import diagnose  # noqa: PLC0415  # looks at many things

    findings = diagnose(settings_for(store))
    if as_json:
        typer.echo(json.dumps([finding.model_dump() for finding in findings], indent=2))
    else:
        for finding in findings:
            mark = "ok  " if finding.ok else "MISS"
            typer.echo(f"{mark} {finding.name}: {finding.found}")
            if finding.advice:
                typer.echo(f"     {finding.advice}")
    if not all(finding.ok or finding.optional for finding in findings):
        raise typer.Exit(1)


def fill_demo(store: Path, source: Path | None, seed: int) -> None:
    """Fills the store with demonstration data unless it has items already."""
    from data.demo.fill import (  # noqa: PLC0415  # only the demonstration needs it
        fill_with_corpus,
        fill_with_real_texts,
        is_empty,
    )

    with opened(store) as workbench:
        if not is_empty(workbench):
            typer.echo(f"{store} has items already; it is shown as it is.")
            return
        with TerminalJob() as job:
            summary = (
                fill_with_corpus(workbench, seed, job)
                if source is None
                else fill_with_real_texts(workbench, source, job)
            )
    typer.echo(summary.sentence)


def run(command: typer.Typer) -> None:
    """Runs the command line; an error made on purpose is one sentence, not a traceback."""
    # A command says what it did itself; only the server tells everything.
    configure_logs("text", only_warnings=True)
    try:
        command()
    except WorkbenchError as error:
        typer.echo(f"moddesk: {error}", err=True)
        sys.exit(1)
