"""The command that builds reports."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from core.domain.report import ReportDefinition, Rolling, Section, whole_days
from core.errors import WorkbenchError
from data.bootstrap import Workbench, open_workbench
from data.command_options import StoreOption, settings_for
from data.progress import TerminalJob

_DAY = ["%Y-%m-%d"]
#: Exit codes beside 0 (written) and 1 (could not be, and why): for whoever runs this by a timer.
EXIT_EMPTY = 3


def report(
    out: Annotated[Path, typer.Option(help="FILE.zip to write.")],
    first: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="First day, UTC.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="Last day, UTC, included.")
    ] = None,
    period: Annotated[
        Rolling | None, typer.Option(help="The last whole period instead of two days.")
    ] = None,
    saved: Annotated[str | None, typer.Option(help="Build a saved report by its name.")] = None,
    tenant: Annotated[list[str] | None, typer.Option(help="Only this one; repeatable.")] = None,
    queue: Annotated[list[str] | None, typer.Option(help="Only this one; repeatable.")] = None,
    section: Annotated[
        list[Section] | None, typer.Option(help="Only this one; repeatable.")
    ] = None,
    name: Annotated[str, typer.Option(help="The report's title.")] = "Moderation report",
    compare: Annotated[bool, typer.Option(help="With the period before beside it.")] = True,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, help="The day that a rolling period counts from; today."),
    ] = None,
    store: StoreOption = None,
) -> None:
    """Build a report: HTML, PDF and every table with a manifest, in one zip.

    Exit codes: 0 written; 1 not written, the message says why; 2 wrong options; 3 written, but the
    period is empty.
    """
    from data.reports.building import write_report  # noqa: PLC0415  # loads scipy and Typst

    moment = as_of.replace(tzinfo=UTC) if as_of else None
    with open_workbench(settings_for(store)) as workbench:
        if saved is None:
            definition = _defined(
                first, last, period, tenants=tenant or [], queues=queue or [],
                sections=section or list(Section), name=name, compares=compare,
            )  # fmt: skip
        else:
            _refuse_both(first, last, period)
            definition = _saved(workbench, saved)
        with TerminalJob() as job:
            run, made = write_report(
                workbench, definition, out, workbench.operator, job, as_of=moment
            )
    typer.echo(f"{definition.name}, {_days(made.period.start, made.period.end)}: {out}")
    typer.echo(f"SHA-256 {run.sha256}")
    if made.is_empty:
        typer.echo("The period is empty: nothing arrived and nothing was decided.", err=True)
        raise typer.Exit(EXIT_EMPTY)


def _defined(
    first: datetime | None, last: datetime | None, rolling: Rolling | None, *,
    tenants: list[str], queues: list[str], sections: list[Section], name: str, compares: bool,
) -> ReportDefinition:  # fmt: skip
    if rolling is None and (first is None or last is None):
        raise typer.BadParameter("Give --from and --to, or --period, or --saved.")
    if rolling is not None and (first or last):
        raise typer.BadParameter("Give either --period or --from and --to.")
    span = None
    if first is not None and last is not None:
        if last < first:
            raise typer.BadParameter("--to must not be before --from.")
        span = whole_days(first.date(), last.date())
    try:
        return ReportDefinition(
            name=name, rolling=rolling, start=span.start if span else None,
            end=span.end if span else None, tenants=tuple(tenants), queues=tuple(queues),
            sections=tuple(sections), compares=compares,
        )  # fmt: skip
    except ValueError as error:
        raise WorkbenchError(f"This report cannot be built: {error}") from error


def _refuse_both(
    first: datetime | None, last: datetime | None, rolling: Rolling | None
) -> None:  # fmt: skip
    if first or last or rolling:
        raise typer.BadParameter("A saved report has its period: leave --from, --to and --period.")


def _saved(workbench: Workbench, name: str) -> ReportDefinition:
    from core.usecases.keep_reports import saved_report  # noqa: PLC0415  # loads scipy

    return saved_report(workbench.space, workbench.operator, name).definition


def _days(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%d} to {end:%Y-%m-%d} (without that day)"
