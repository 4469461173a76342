"""The use cases of webhooks for the table of permissions."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from core.domain.person import Person
from core.domain.role import Permission
from core.usecases.follow_deliveries import (
    dead_letters,
    list_deliveries,
    read_delivery,
    resend,
    resend_dead,
)
from core.usecases.manage_webhooks import (
    add_webhook,
    list_webhooks,
    pause_webhook,
    remove_webhook,
    resume_webhook,
    rotate_secret,
    send_test,
)
from data.bootstrap import Workbench
from tests.listening import SENDER

_MAY, _NOBODY = Permission.MANAGE_WEBHOOKS, "nobody-at-all"

WEBHOOKS: dict[str, tuple[Permission, Callable[[Workbench, Person, Path], object]]] = {
    "add a webhook": (
        _MAY,
        lambda w, p, d: add_webhook(
            w.space, SENDER, p, name=f"w-{uuid4().hex}", tenant="acme", url="http://127.0.0.1/"),
    ),
    "rotate a webhook's secret": (_MAY, lambda w, p, d: rotate_secret(w.space, p, _NOBODY)),
    "pause a webhook": (_MAY, lambda w, p, d: pause_webhook(w.space, p, _NOBODY)),
    "resume a webhook": (_MAY, lambda w, p, d: resume_webhook(w.space, p, _NOBODY)),
    "remove a webhook": (_MAY, lambda w, p, d: remove_webhook(w.space, p, _NOBODY)),
    "list webhooks": (_MAY, lambda w, p, d: list_webhooks(w.space, p)),
    "try a webhook": (_MAY, lambda w, p, d: send_test(w.space, SENDER, p, _NOBODY)),
    "list deliveries": (_MAY, lambda w, p, d: list_deliveries(w.space, p)),
    "read a delivery": (_MAY, lambda w, p, d: read_delivery(w.space, p, 1)),
    "count dead letters": (_MAY, lambda w, p, d: dead_letters(w.space, p)),
    "send a delivery again": (_MAY, lambda w, p, d: resend(w.space, p, 1)),
    "send dead deliveries again": (_MAY, lambda w, p, d: resend_dead(w.space, p, _NOBODY)),
}  # fmt: skip
