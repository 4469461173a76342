"""Connections to checked addresses only, within a time that nothing can stretch."""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from data.webhooks.addresses import Addresses


class Deadline:
    """Until when one request must be over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.start()

    def start(self) -> None:
        """The time for the next request begins now."""
        self._until = time.monotonic() + self._seconds

    def left(self) -> float:
        """Seconds left; raises ReadTimeout when none are.

        Every step of a request gets what is left for all: an endpoint that sends one byte at a
        time would else be read for ever.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class GuardedStream(httpcore.NetworkStream):
    """A stream whose every step ends at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  # the deadline's instead
        """What came, before the deadline."""
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  # the deadline's instead
        """Sends, before the deadline."""
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        """Closes the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  # the deadline's instead
    ) -> httpcore.NetworkStream:
        """The stream encrypted, the certificate checked against the host's name."""
        left = self._deadline.left()
        return GuardedStream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows of itself."""
        return self._stream.get_extra_info(info)


class GuardedNetwork(httpcore.NetworkBackend):
    """Looks a host up once, judges every address, and connects to one of exactly those.

    A name that answers otherwise the second time (DNS rebinding) gains nothing: there is no second
    time. No proxy is asked, whatever the environment says.
    """

    def __init__(self, addresses: Addresses, deadline: Deadline, *, is_plain: bool) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._is_plain = is_plain
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # the deadline's instead
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of the host that answers."""
        *others, last = self._addresses.of(host, port, is_plain=self._is_plain)
        for address in others:
            try:
                return self._connected(address, port, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connected(last, port, local_address, socket_options)

    def _connected(
        self,
        address: str,
        port: int,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.NetworkStream:
        stream = self._network.connect_tcp(
            address, port, self._deadline.left(), local_address, socket_options
        )
        return GuardedStream(stream, self._deadline)
