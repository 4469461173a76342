"""The commands for the Digital Services Act: statements of reasons and the transparency report."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from core.errors import RegulationError
from data.bootstrap import open_workbench
from data.command_options import StoreOption, parse_filter, settings_for
from data.progress import TerminalJob

dsa = typer.Typer(help="Exports for the Digital Services Act.", no_args_is_help=True)

_SHOWN = 200

FromOption = Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")]
ToOption = Annotated[str | None, typer.Option("--to", help="Last day, included.")]
OutOption = Annotated[Path, typer.Option(help="FILE.zip, or a new folder.")]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", help="filter=value, for instance tenant=acme; repeatable."),
]
PartialOption = Annotated[
    bool, typer.Option("--partial", help="Write what is ready although something is held back.")
]


def _day(text: str | None, option: str) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise RegulationError(f"{option} {text or ''}: write a day as YYYY-MM-DD.") from error


def _days(year: int | None, first: str | None, last: str | None) -> tuple[date, date]:
    if year is not None:
        if first is not None or last is not None or not 2020 <= year <= 2037:
            raise RegulationError("Name a --year from 2020 on, or --from and --to.")
        return date(year, 1, 1), date(year, 12, 31)
    start, end = _day(first, "--from"), _day(last, "--to")
    if end < start:
        raise RegulationError(f"--to {end} is before --from {start}.")
    return start, end


@dsa.command()
def statements(
    out: OutOption,
    first: FromOption = None,
    last: ToOption = None,
    where: WhereOption = None,
    partial: PartialOption = False,
    store: StoreOption = None,
) -> None:
    """Write the statements of reasons of a period, in batches of 1 to 100."""
    from core.usecases.export_statements import (  # noqa: PLC0415  # see `report`
        StatementRequest,
    )
    from core.usecases.transparency_report import days  # noqa: PLC0415
    from data.regulation import write_statements  # noqa: PLC0415

    period = days(*_days(None, first, last))
    request = StatementRequest(period=period, filter=parse_filter(where or []), is_partial=partial)
    with open_workbench(settings_for(store)) as workbench, TerminalJob() as job:
        manifest = write_statements(workbench, out, request, workbench.operator, job)
    typer.echo(f"{manifest.statement_count:,} statements in {out}")
    for group in manifest.held_groups:
        typer.echo(f"  held back: {group.sentence}", err=True)


@dsa.command()
def report(
    out: OutOption,
    year: Annotated[int | None, typer.Option(help="A calendar year.")] = None,
    first: FromOption = None,
    last: ToOption = None,
    published: Annotated[
        str | None, typer.Option(help="Day of publication, YYYY-MM-DD; default: left blank.")
    ] = None,
    where: WhereOption = None,
    partial: PartialOption = False,
    store: StoreOption = None,
) -> None:
    """Write the quantitative parts of the transparency report, as far as the data go."""
    # Loads scipy: every other command would wait for it.
    from core.usecases.transparency_report import ReportRequest  # noqa: PLC0415
    from data.regulation import write_report  # noqa: PLC0415

    start, end = _days(year, first, last)
    request = ReportRequest(
        start=start,
        end=end,
        filter=parse_filter(where or []),
        published_on=_day(published, "--published") if published else None,
        is_partial=partial,
    )
    with open_workbench(settings_for(store)) as workbench, TerminalJob() as job:
        manifest = write_report(workbench, out, request, workbench.operator, job)
    typer.echo(f"{manifest.measure_count:,} measures in {out}")
    for group in manifest.held_groups:
        typer.echo(f"  not counted: {group.sentence}", err=True)
    for note in (*manifest.not_filled, *manifest.to_fill_in):
        typer.echo(f"  {note}", err=True)


@dsa.command()
def check(
    folder: Annotated[Path, typer.Argument(help="A folder with the parts 1_….csv to 11_….csv.")],
) -> None:
    """Check the files of a transparency report against the counting rules; 1 if one is broken."""
    from data.regulation import check_folder  # noqa: PLC0415  # see `report`

    verdict = check_folder(folder)
    for file in verdict.unreadable:
        typer.echo(f"{file.file}: {file.problem}")
    for fault in verdict.faults[:_SHOWN]:
        typer.echo(fault.sentence)
    if len(verdict.faults) > _SHOWN:
        typer.echo(f"… and {len(verdict.faults) - _SHOWN:,} more")
    for note in verdict.notes:
        typer.echo(f"Note: {note}")
    typer.echo(verdict.sentence)
    if not verdict.is_accepted:
        raise typer.Exit(1)
