"""A real endpoint on this machine, and what tests of webhooks do again and again."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import orjson
from standardwebhooks import Webhook as Verifier

from core.domain.decision import DecisionDraft, Outcome
from core.domain.delivery import Delivery, DeliveryState
from core.domain.label import Label
from core.domain.person import operator
from core.usecases.follow_deliveries import list_deliveries
from core.usecases.manage_webhooks import NewSecret, add_webhook
from core.usecases.review_item import UndoRequest, decide, undo
from core.usecases.workspace import Workspace
from data.webhooks.addresses import Addresses, networks_in
from data.webhooks.sender import HttpSender
from tests.builders import a_draft

ANN = operator("ann")
#: Reaches this machine's own addresses, and gives up soon.
SENDER = HttpSender(Addresses(networks_in("127.0.0.0/8")), patience=2)


@dataclass
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found

    def verified(self, secret: str) -> dict[str, Any]:
        """The event, if the library that receivers use takes it."""
        found: dict[str, Any] = Verifier(secret).verify(self.body, self.headers)
        return found


@dataclass
class Reply:
    """What the endpoint answers."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Listener(ThreadingHTTPServer):
    """Answers what it is told to, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.reply: Callable[[Received], Reply] = lambda received: Reply()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?x=1"

    def answers(self, *replies: Reply) -> None:
        """One reply after the other, the last one for ever."""
        left = list(replies)
        self.reply = lambda received: left.pop(0) if len(left) > 1 else left[0]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        received = Received(
            path=self.path, body=self.rfile.read(length),
            headers={name.lower(): value for name, value in self.headers.items()},
        )  # fmt: skip
        self.server.received.append(received)
        reply = self.server.reply(received)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if "content-length" not in reply.headers and reply.status != 204:
            self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *args: Any) -> None:
        """Tests look at what was received."""


@contextmanager
def listening() -> Iterator[Listener]:
    """An endpoint that is there until the end."""
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def told(space: Workspace, listener: Listener, **facts: Any) -> NewSecret:
    """A webhook of acme's to the listener."""
    values: dict[str, Any] = {"name": "shop", "tenant": "acme", "url": listener.url}
    return add_webhook(space, SENDER, ANN, **(values | facts))


def rejected(space: Workspace, item_ids: Sequence[int], **facts: Any) -> list[DecisionDraft]:
    """Ann's rejections of the items, in one transaction."""
    values = {"outcome": Outcome.REJECT, "reasons": (Label.TOXICITY,)} | facts
    drafts = [a_draft(item_id, **values) for item_id in item_ids]
    receipts = decide(space, ANN, drafts, policy_version_id=None)
    assert all(receipt.accepted for receipt in receipts), receipts
    return drafts


def undone(space: Workspace, decision_id: UUID) -> UUID:
    """Ann takes one back; the id of the withdrawal."""
    undo_id = space.ids.uuid()
    receipt = undo(space, ANN, UndoRequest(undo_id=undo_id, decision_id=decision_id))
    assert receipt.accepted, receipt
    return undo_id


def deliveries(space: Workspace) -> list[Delivery]:
    """All of them, the oldest first."""
    rows = list_deliveries(space, ANN, limit=1_000).rows
    return [row.delivery for row in reversed(rows)]


def states(space: Workspace) -> list[DeliveryState]:
    """Where each delivery stands, the oldest first."""
    return [each.state for each in deliveries(space)]
