"""The command that imports an outside model's scores."""

from pathlib import Path
from typing import Annotated

import typer

from core.domain.score_mapping import parse_targets
from core.usecases.list_imports import refused_rows
from core.usecases.outside_models import OutsideModel
from data.bootstrap import Workbench, open_workbench
from data.command_options import StoreOption, settings_for
from data.progress import TerminalJob
from data.score_imports import ScoreFile, import_score_file, look_at_scores

_SHOWN = 10


def import_scores(
    file: Annotated[Path, typer.Argument(help="A CSV, JSONL or Parquet file.")],
    model: Annotated[str, typer.Option(help="What the outside model is called: perspective.")],
    version: Annotated[str, typer.Option(help="Which version of it, for instance 2024-11.")],
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="outside=ours, for instance THREAT=violence; =extra keeps a label under its own "
            "name, =none leaves it out; repeatable.",
        ),
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="Tenant of rows that name none.")] = None,
    id_column: Annotated[str | None, typer.Option(help="The column of items' ids.")] = None,
    tenant_column: Annotated[str | None, typer.Option(help="The column of tenants.")] = None,
    label_column: Annotated[
        str | None, typer.Option(help="With one row per item and label: the labels.")
    ] = None,
    score_column: Annotated[
        str | None, typer.Option(help="With one row per item and label: the scores.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a text file.")] = None,
    rejected: Annotated[
        Path | None, typer.Option(help="Write the refused rows to this CSV file.")
    ] = None,
    store: StoreOption = None,
) -> None:
    """Add scores that an outside model gave to items of the store; no decision changes."""
    roles = {
        "external_id": id_column, "tenant_id": tenant_column, "label": label_column,
        "score": score_column,
    }  # fmt: skip
    columns = {role: name for role, name in roles.items() if name is not None}
    targets = parse_targets(mapping or [])
    look = look_at_scores(file, encoding, columns)
    typer.echo(f"{file.name}: {look.columns.layout.words}.")
    for name, target in look.mapping(targets).labels.items():
        typer.echo(f"  {name} → {target.value}")
    wanted = ScoreFile(
        path=file, name=file.name, encoding=encoding, columns=columns, targets=targets
    )
    outside = OutsideModel(name=model, version=version)
    with open_workbench(settings_for(store)) as workbench:
        with TerminalJob() as job:
            run = import_score_file(workbench, wanted, outside, job=job, tenant=tenant)
        typer.echo(f"Import {run.import_id}: {run.sentence}")
        if run.rejected_count:
            _report_rejected(workbench, run.import_id, run.rejected_count, rejected)


def _report_rejected(workbench: Workbench, import_id: int, count: int, target: Path | None) -> None:
    rows = refused_rows(workbench.space, workbench.operator, import_id, limit=_SHOWN)
    for row in rows.iter_rows(named=True):
        shown = f" ({row['excerpt']!r})" if row["excerpt"] else ""
        typer.echo(f"  row {row['row']}, {row['field']}: {row['problem']}{shown}", err=True)
    if count > rows.height:
        typer.echo(f"  … and {count - rows.height:,} more", err=True)
    if target is not None:
        target.write_bytes(workbench.rejected_csv(import_id))
        typer.echo(f"All problems: {target}", err=True)
