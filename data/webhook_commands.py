"""Commands about webhooks."""

from typing import Annotated

import typer

from core.domain.decision import Outcome, Source
from core.domain.delivery import DeliveryState
from core.domain.webhook import TOLD_OUTCOMES, TOLD_SOURCES
from core.errors import WebhookError
from core.usecases.deliver_webhooks import deliver_due
from core.usecases.follow_deliveries import list_deliveries, resend_dead
from core.usecases.manage_webhooks import (
    NewSecret,
    add_webhook,
    list_webhooks,
    pause_webhook,
    remove_webhook,
    resume_webhook,
    rotate_secret,
    send_test,
)
from data.bootstrap import open_workbench
from data.command_options import StoreOption, settings_for
from data.webhooks.sender import sender_for

webhooks = typer.Typer(help="Webhooks: who is told what was decided.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Which webhook.")]


@webhooks.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What is behind the address.")],
    url: Annotated[str, typer.Argument(help="Where decisions are sent: https://…")],
    tenant: Annotated[
        str | None, typer.Option(help="Whose decisions it is told; default: MODDESK_TENANT.")
    ] = None,
    outcomes: Annotated[
        list[Outcome] | None, typer.Option("--outcome", help="Only these; repeatable.")
    ] = None,
    sources: Annotated[
        list[Source] | None,
        typer.Option("--source", help="Only decisions by: human, policy; repeatable."),
    ] = None,
    store: StoreOption = None,
) -> None:
    """Add a webhook; its secret is printed once and cannot be read again."""
    settings = settings_for(store)
    with open_workbench(settings) as workbench:
        made = add_webhook(
            workbench.space, sender_for(settings), workbench.operator, name=name, url=url,
            tenant=tenant or settings.tenant, outcomes=outcomes or TOLD_OUTCOMES,
            sources=sources or TOLD_SOURCES,
        )  # fmt: skip
    _print_secret(made)


@webhooks.command("rotate")
def rotate(name: Name, store: StoreOption = None) -> None:
    """Make a new secret; the one before signs as well for 24 hours."""
    with open_workbench(settings_for(store)) as workbench:
        made = rotate_secret(workbench.space, workbench.operator, name)
    _print_secret(made)


def _print_secret(made: NewSecret) -> None:
    typer.echo(made.secret.get_secret_value())
    typer.echo(
        f"{made.webhook.name} is told decisions of {made.webhook.tenant_id}. Keep the secret now: "
        "it is not shown again.", err=True,
    )  # fmt: skip


@webhooks.command("list")
def show(store: StoreOption = None) -> None:
    """List the webhooks with how far their deliveries are."""
    with open_workbench(settings_for(store)) as workbench:
        for row in list_webhooks(workbench.space, workbench.operator):
            counts, hook = row.counts, row.webhook
            reason = f" ({hook.reason})" if hook.reason else ""
            typer.echo(
                f"{hook.name:24} {hook.tenant_id:16} {counts.waiting_count:>8,} waiting "
                f"{counts.delivered_count:>8,} delivered {counts.dead_count:>6,} dead  "
                f"{hook.state}{reason}  {hook.url}"
            )


@webhooks.command("pause")
def pause(name: Name, store: StoreOption = None) -> None:
    """Send nothing until it is resumed; what happens meanwhile waits."""
    with open_workbench(settings_for(store)) as workbench:
        pause_webhook(workbench.space, workbench.operator, name)
    typer.echo(f"{name} is paused.")


@webhooks.command("resume")
def resume(name: Name, store: StoreOption = None) -> None:
    """Send again, beginning with what waited."""
    with open_workbench(settings_for(store)) as workbench:
        resume_webhook(workbench.space, workbench.operator, name)
    typer.echo(f"{name} sends again.")


@webhooks.command("remove")
def remove(name: Name, store: StoreOption = None) -> None:
    """End a webhook for good; what waits is not sent."""
    with open_workbench(settings_for(store)) as workbench:
        waiting = remove_webhook(workbench.space, workbench.operator, name)
    typer.echo(f"{name} is removed; {waiting:,} waiting deliveries are not sent.")


@webhooks.command("test")
def try_out(name: Name, store: StoreOption = None) -> None:
    """Send a test event and say what came back; fails unless the endpoint took it."""
    settings = settings_for(store)
    with open_workbench(settings) as workbench:
        answer = send_test(workbench.space, sender_for(settings), workbench.operator, name)
    if not answer.is_success:
        status = f"It answered {answer.status_code}. " if answer.status_code is not None else ""
        raise WebhookError(f"{name} did not take it. {status}{answer.error or ''}".rstrip())
    typer.echo(f"{name} took it: {answer.status_code} after {answer.milliseconds:,} ms.")


@webhooks.command("log")
def log(
    name: Annotated[str | None, typer.Argument(help="Which webhook; default: all.")] = None,
    state: Annotated[
        DeliveryState | None, typer.Option(help="Only deliveries that stand there.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 50,
    store: StoreOption = None,
) -> None:
    """List deliveries, the newest first, with the last answer."""
    with open_workbench(settings_for(store)) as workbench:
        page = list_deliveries(
            workbench.space, workbench.operator, name=name, state=state, limit=limit
        )
    for row in page.rows:
        last = row.attempts[-1] if row.attempts else None
        said = f"{last.status_code or ''} {last.error or ''}".strip() if last else ""
        what = row.event.data if row.event is not None else None
        typer.echo(
            f"{row.delivery.decision_id} {row.webhook_name:16} {row.delivery.state:10} "
            f"{row.delivery.attempt_count:>3} attempts  "
            f"{f'{what.content.external_id!r} {what.outcome}' if what else 'gone'}  {said}"
        )


@webhooks.command("resend")
def send_again(name: Name, store: StoreOption = None) -> None:
    """Have every dead delivery sent again."""
    with open_workbench(settings_for(store)) as workbench:
        count = resend_dead(workbench.space, workbench.operator, name)
    typer.echo(f"{count:,} are sent again, by the workbench that is served or by `deliver`.")


@webhooks.command("deliver")
def deliver(store: StoreOption = None) -> None:
    """Send now what is due, for stores that nobody serves."""
    settings = settings_for(store)
    with open_workbench(settings) as workbench:
        done = deliver_due(workbench.space, sender_for(settings))
    typer.echo(
        f"{done.delivered_count:,} delivered, {done.failed_count:,} attempts failed, "
        f"{done.dead_count:,} dead."
    )
