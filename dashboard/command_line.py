"""The `moddesk` command: the commands of data, and those that serve pages."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

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
    name: Annotated[
        str,
        typer.Argument(
            help="import, store, review, engine, claims, sessions, analytics, compare, export, api."
        ),
    ],
    rows: Annotated[int, typer.Option(help="Rows of the large side.")] = 1_000_000,
    seconds: Annotated[
        float | None, typer.Option(help="How long `sessions` (else 300) and `api` (else 60) run.")
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser", help="Also in a browser (`analytics`).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure, with ratios taken in one run."""
    result = _bench(name, rows, seconds, in_browser=browser)
    if as_json:
        typer.echo(result.model_dump_json(indent=2))
        return
    for measure in result.results:
        typer.echo(f"{measure.name:28} {measure.value:>12,.2f} {measure.unit:8} {measure.how}")


#: Each benchmark's module: imported when it is asked for, for they import what they measure.
_BENCHES = {
    "import": "data.bench.import_bench",
    "store": "data.bench.store_bench",
    "review": "dashboard.bench.review_bench",
    "engine": "data.bench.engine_bench",
    "claims": "data.bench.claims_bench",
    "sessions": "dashboard.bench.sessions_bench",
    "analytics": "data.bench.analytics_bench",
    "compare": "data.bench.compare_bench",
    "export": "data.bench.export_bench",
    "api": "dashboard.bench.api_bench",
}


def _bench(name: str, rows: int, seconds: float | None, *, in_browser: bool) -> BenchResult:
    if name not in _BENCHES:
        raise WorkbenchError(f"There is no benchmark {name!r}: {', '.join(_BENCHES)}.")
    module: Any = import_module(_BENCHES[name])
    sizes: dict[str, tuple[float, ...]] = {
        "import": (rows,),
        "store": (rows,),
        "analytics": (rows,),
        "compare": (rows,),
        "export": (rows,),
    }
    if seconds is not None:
        sizes |= {"sessions": (seconds,), "api": (seconds,)}
    result: BenchResult = module.run(*sizes.get(name, ()))
    if name == "analytics" and in_browser:
        from dashboard.bench import analytics_browser  # noqa: PLC0415  # needs a browser

        painted = analytics_browser.measures(rows)
        return result.model_copy(update={"results": (*result.results, *painted)})
    return result


def main() -> None:
    """Runs the command line."""
    run(app)
