"""Commands about keys of the HTTP API."""

from datetime import timedelta
from typing import Annotated

import typer

from core.domain.api_key import DEFAULT_PER_MINUTE, Scope
from core.usecases.manage_api_keys import create_api_key, list_api_keys, revoke_api_key
from data.bootstrap import open_workbench
from data.command_options import StoreOption, settings_for

keys = typer.Typer(help="Keys of the HTTP API.", no_args_is_help=True)


@keys.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The name that the history will show, as key:NAME.")],
    scopes: Annotated[list[Scope], typer.Option("--scope", help="What it is for; repeatable.")],
    tenant: Annotated[
        str | None, typer.Option(help="The one tenant that it sees; default: MODDESK_TENANT.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3_650, help="After so many days it expires.")
    ] = None,
    per_minute: Annotated[
        int, typer.Option(help="Requests that it may send in a minute.")
    ] = DEFAULT_PER_MINUTE,
    store: StoreOption = None,
) -> None:
    """Make a key; it is printed once and cannot be read again."""
    settings = settings_for(store)
    with open_workbench(settings) as workbench:
        space = workbench.space
        made = create_api_key(
            space, workbench.operator, name=name, tenant=tenant or settings.tenant, scopes=scopes,
            per_minute=per_minute,
            expires_at=space.clock.now() + timedelta(days=days) if days else None,
        )  # fmt: skip
    typer.echo(made.secret)
    typer.echo(
        f"{made.key.name} sees {made.key.tenant_id}. Keep the key now: only a digest of it is "
        "stored.", err=True,
    )  # fmt: skip


@keys.command("list")
def show(store: StoreOption = None) -> None:
    """List the keys with their scopes and last use."""
    with open_workbench(settings_for(store)) as workbench:
        now = workbench.space.clock.now()
        for key in list_api_keys(workbench.space, workbench.operator):
            used = f"{key.used_at:%Y-%m-%d %H:%M} UTC" if key.used_at else "never used"
            typer.echo(
                f"{key.name:24} {key.state(now):8} {key.tenant_id:16} "
                f"{' '.join(key.scopes):26} {used}"
            )


@keys.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="Which key.")], store: StoreOption = None
) -> None:
    """End a key for good."""
    with open_workbench(settings_for(store)) as workbench:
        key = revoke_api_key(workbench.space, workbench.operator, name)
    typer.echo(f"{key.name} opens nothing any more.")
