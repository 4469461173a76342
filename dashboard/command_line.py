"""The `moddesk` command: the commands of data, and those that serve pages."""

from pathlib import Path
from typing import Annotated

import typer

from data.command_line import StoreOption, app, run, settings_for


@app.command()
def serve(
    store: StoreOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Open the workbench in the browser."""
    _serve(store, host, port)


def _serve(store: Path | None, host: str | None, port: int | None) -> None:
    from dashboard.server import serve as serve_pages  # noqa: PLC0415  # loads Streamlit

    settings = settings_for(store)
    changes = {name: value for name, value in (("host", host), ("port", port)) if value}
    settings = settings.model_copy(update=changes)
    typer.echo(f"ModDesk on http://{settings.host}:{settings.port} (Ctrl+C stops it)")
    serve_pages(settings)


def main() -> None:
    """Runs the command line."""
    run(app)
