"""The `moddesk` command: the commands of data, and those that serve pages."""

from pathlib import Path
from typing import Annotated

import typer

from core.domain.person import operator
from core.errors import WorkbenchError
from data.bench.result import BenchResult
from data.command_line import app, fill_demo, run
from data.command_options import StoreOption, settings_for


@app.command()
def serve(
    store: StoreOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Open the workbench in the browser."""
    _serve(store, host, port)


def _serve(
    store: Path | None, host: str | None, port: int | None, *, is_demo: bool = False
) -> None:
    from dashboard.server import serve as serve_pages  # noqa: PLC0415  # loads Streamlit

    settings = settings_for(store)
    changes = {name: value for name, value in (("host", host), ("port", port)) if value}
    settings = settings.model_copy(update=changes)
    typer.echo(f"ModDesk on http://{settings.host}:{settings.port} (Ctrl+C stops it)")
    demonstration = operator("demo") if is_demo else None
    if demonstration is not None:
        typer.echo("You are signed in as the demonstration's admin; only this machine may connect.")
    serve_pages(settings, demonstration)


@app.command()
def demo(
    store: Annotated[Path, typer.Option(help="Store file for the demonstration.")] = Path(
        "var/demo.duckdb"
    ),
    source: Annotated[
        Path | None, typer.Option("--from", help="Show these real texts instead of ours.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the generated texts.")] = 1,
    serve_pages: Annotated[bool, typer.Option("--serve", help="Then open the workbench.")] = False,
) -> None:
    """Fill a store with demonstration data, once."""
    fill_demo(store, source, seed)
    if serve_pages:
        _serve(store, None, None, is_demo=True)


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="import, store, review, engine, claims or sessions.")],
    rows: Annotated[int, typer.Option(help="Rows of the large side.")] = 1_000_000,
    seconds: Annotated[float, typer.Option(help="How long `sessions` runs.")] = 300.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure, with ratios taken in one run."""
    result = _bench(name, rows, seconds)
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
        return
    for measure in result.results:
        typer.echo(f"{measure.name:28} {measure.value:>12,.2f} {measure.unit:8} {measure.how}")


def _bench(name: str, rows: int, seconds: float) -> BenchResult:  # one line each
    match name:
        case "import":
            from data.bench import import_bench  # noqa: PLC0415  # one benchmark, one import

            return import_bench.run(rows)
        case "store":
            from data.bench import store_bench  # noqa: PLC0415  # as above

            return store_bench.run(rows)
        case "review":
            from dashboard.bench import review_bench  # noqa: PLC0415  # as above

            return review_bench.run()
        case "engine":
            from data.bench import engine_bench  # noqa: PLC0415  # as above

            return engine_bench.run()
        case "claims":
            from data.bench import claims_bench  # noqa: PLC0415  # as above

            return claims_bench.run()
        case "sessions":
            from dashboard.bench import sessions_bench  # noqa: PLC0415  # as above

            return sessions_bench.run(seconds)
        case _:
            raise WorkbenchError(
                f"There is no benchmark {name!r}: import, store, review, engine, claims, sessions."
            )


def main() -> None:
    """Runs the command line."""
    run(app)
