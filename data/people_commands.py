"""Commands about people: who may sign in, and as what."""

import sys
from typing import Annotated

import typer

from core.domain.role import Role
from core.usecases.manage_people import add_person, change_person, list_people, set_password
from data.bootstrap import open_workbench
from data.command_options import StoreOption, settings_for

people = typer.Typer(help="Who may sign in, and as what.", no_args_is_help=True)
_Tenants = Annotated[
    list[str] | None, typer.Option("--tenant", help="A tenant they see; repeatable. None: all.")
]


def _new_password() -> str:
    """Asked for twice on a terminal; one line of the input otherwise."""
    if sys.stdin.isatty():
        answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return answer
    return sys.stdin.readline().rstrip("\n")


@people.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The name they sign in with.")],
    role: Annotated[Role, typer.Option(help="What they are here for.")] = Role.REVIEWER,
    tenants: _Tenants = None,
    sso: Annotated[
        bool, typer.Option("--sso", help="No password: they sign in elsewhere.")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Give somebody an account; the password is asked for or read from the input."""
    with open_workbench(settings_for(store)) as workbench:
        account = add_person(
            workbench.space, workbench.operator, workbench.passwords,
            name=name, role=role, tenants=tenants, password=None if sso else _new_password(),
        )  # fmt: skip
    typer.echo(f"{account.name} can sign in as {account.role.words}.")


@people.command("change")
def change(
    name: Annotated[str, typer.Argument(help="Whose account.")],
    role: Annotated[Role, typer.Option(help="What they are here for.")],
    tenants: _Tenants = None,
    active: Annotated[bool, typer.Option(help="Whether they may sign in.")] = True,
    store: StoreOption = None,
) -> None:
    """Change what somebody may do."""
    with open_workbench(settings_for(store)) as workbench:
        changed = change_person(
            workbench.space, workbench.operator, name,
            role=role, tenants=tenants, is_active=active,
        )  # fmt: skip
    typer.echo(f"{changed.name}: {changed.role.words}{'' if active else ', closed'}.")


@people.command("password")
def password(
    name: Annotated[str, typer.Argument(help="Whose password.")], store: StoreOption = None
) -> None:
    """Set somebody's password and sign them out everywhere."""
    with open_workbench(settings_for(store)) as workbench:
        set_password(
            workbench.space, workbench.operator, workbench.passwords,
            name=name, password=_new_password(),
        )  # fmt: skip
    typer.echo(f"{name} has a new password.")


@people.command("list")
def show(store: StoreOption = None) -> None:
    """Show the accounts."""
    with open_workbench(settings_for(store)) as workbench:
        rules = workbench.settings.session_rules
        for account, sessions in list_people(workbench.space, workbench.operator, rules):
            tenants = "all tenants" if account.tenants is None else ", ".join(account.tenants)
            state = "" if account.is_active else "  closed"
            typer.echo(
                f"{account.name:30} {account.role.words:16} {tenants}  "
                f"{len(sessions)} sessions{state}"
            )
