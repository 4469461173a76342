"""Signed POST requests after the Standard Webhooks specification (standardwebhooks.com)."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

import certifi
import httpcore
from standardwebhooks import Webhook as Signer

from core.domain.delivery import EXCERPT_CHARACTERS, Answer
from core.domain.webhook import Webhook
from core.errors import WebhookError
from data.settings import Settings
from data.webhooks.addresses import Addresses, networks_in
from data.webhooks.guarded_network import Deadline, GuardedNetwork

#: How long one request may take from the look-up of the name to the last byte, in seconds.
PATIENCE = 10.0
#: How much of an answer is read at most.
READ_BYTES = 64 * 1024
_AGENT = b"ModDesk-Webhooks/1"
_REDIRECT = (
    "It answered with a redirect, which is not followed: give the webhook the final address."
)


def sender_for(settings: Settings) -> "HttpSender":
    """The sender that keeps to the networks of the settings."""
    return HttpSender(Addresses(networks_in(settings.webhook_networks)))


class HttpSender:
    """Reaches endpoints over the network; `tls` and `patience` are for tests."""

    def __init__(
        self,
        addresses: Addresses,
        *,
        tls: ssl.SSLContext | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._addresses = addresses
        self._given_tls = tls
        self._patience = patience

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Certificates that the system trusts, and Mozilla's where it brings none."""
        if self._given_tls is not None:
            return self._given_tls
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
        return context

    def check(self, url: str) -> None:
        """Raises WebhookError, which says what to do, when the address must not be reached."""
        parts = urlsplit(url)
        is_plain = parts.scheme == "http"
        self._addresses.of(parts.hostname or "", _port(parts), is_plain=is_plain)

    @contextmanager
    def connected(self, webhook: Webhook) -> Iterator["HttpConnection"]:
        """A way to the endpoint; the connection is opened when something is sent."""
        parts = urlsplit(webhook.url)
        deadline = Deadline(self._patience)
        network = GuardedNetwork(self._addresses, deadline, is_plain=parts.scheme == "http")
        with httpcore.ConnectionPool(
            ssl_context=self._tls, max_connections=1, keepalive_expiry=5.0,
            network_backend=network,
        ) as pool:  # fmt: skip
            yield HttpConnection(pool, webhook, deadline, self._patience)


class HttpConnection:
    """One endpoint, its connection kept open between requests."""

    def __init__(
        self, pool: httpcore.ConnectionPool, webhook: Webhook, deadline: Deadline, patience: float
    ) -> None:
        self._pool = pool
        self._webhook = webhook
        self._deadline = deadline
        self._patience = patience
        parts = urlsplit(webhook.url)
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        self._host = parts.netloc
        self._url = httpcore.URL(
            scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target=target
        )

    def send(self, message_id: UUID, body: bytes, at: datetime) -> Answer:
        """Signs and sends one event; whatever goes wrong is in the answer."""
        headers = signed_headers(self._webhook, message_id, body, at)
        sent = {"host": self._host, "content-length": str(len(body)), **headers}
        began = time.perf_counter()
        self._deadline.start()
        try:
            status, retry_after, text = self._exchange(list(sent.items()), body)
        except (WebhookError, httpcore.TimeoutException, httpcore.NetworkError,
                httpcore.ProtocolError, OSError) as error:  # fmt: skip
            return Answer(
                status_code=None, error=self._sentence(error), milliseconds=_since(began),
                excerpt=None,
            )  # fmt: skip
        return Answer(
            status_code=status, error=_REDIRECT if 300 <= status < 400 else None,
            milliseconds=_since(began), excerpt=text or None,
            retry_after_seconds=_seconds(retry_after, at),
        )  # fmt: skip

    def _exchange(self, headers: list[tuple[str, str]], body: bytes) -> tuple[int, str | None, str]:
        """The status code, Retry-After and the first characters of the answer."""
        with self._pool.stream("POST", self._url, headers=headers, content=body) as response:
            read = b""
            for chunk in response.iter_stream():
                read += chunk
                if len(read) >= READ_BYTES:
                    break
            found = [value for name, value in response.headers if name.lower() == b"retry-after"]
        # No database keeps a NUL.
        text = read.decode("utf-8", "replace").replace("\x00", "\ufffd")[:EXCERPT_CHARACTERS]
        return response.status, found[0].decode("latin-1") if found else None, text

    def _sentence(self, error: Exception) -> str:
        """What went wrong, for whoever looks after the endpoint."""
        if isinstance(error, WebhookError):
            return str(error)
        if isinstance(error, httpcore.TimeoutException):
            return f"No answer within {self._patience:g} seconds."
        if isinstance(error, httpcore.ProtocolError):
            return f"It does not answer as HTTP asks: {str(error)[:200].rstrip('.')}."
        return _broken(error)


def _broken(error: Exception) -> str:
    """How a connection failed, by what the system says of it."""
    # httpcore cuts the chain of causes off, but its errors hold the system's own.
    told = error.args[0] if error.args else error
    cause = told if isinstance(told, Exception) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"Its certificate is not trusted: {cause.verify_message}."
    if isinstance(cause, ssl.SSLError):
        return f"The encrypted connection failed: {cause.reason or cause}."
    reason = getattr(cause, "strerror", None) or cause
    if isinstance(error, httpcore.ConnectError):
        return f"No connection: {reason}."
    return f"The connection broke: {reason}."


def signed_headers(webhook: Webhook, message_id: UUID, body: bytes, at: datetime) -> dict[str, str]:
    """The headers of one attempt; with two signatures for a day after a rotation."""
    signatures = [
        Signer(secret.get_secret_value()).sign(str(message_id), at, body.decode())
        for secret in webhook.signing_secrets(at)
    ]
    return {
        "content-type": "application/json",
        "accept-encoding": "identity",
        "user-agent": _AGENT.decode(),
        "webhook-id": str(message_id),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _port(parts: SplitResult) -> int:
    return parts.port or (80 if parts.scheme == "http" else 443)


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def _seconds(retry_after: str | None, now: datetime) -> float | None:
    """What Retry-After asks for: seconds or a date (RFC 9110, 10.2.3); None for anything else."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return (moment - now).total_seconds() if moment.tzinfo else None
