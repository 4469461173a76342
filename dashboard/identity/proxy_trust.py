"""Requests that come through a proxy: what it may say, and what must not be taken for local."""

import ipaddress

from starlette.requests import HTTPConnection

from dashboard.identity.asgi import Message
from dashboard.identity.gate import is_loopback

#: A request that carries one of these was passed on by somebody, whoever the peer is.
_PASSED_ON = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto",
     b"x-real-ip"}
)  # fmt: skip


class ProxyTrust:
    """Which proxies may say who somebody is, and by which header."""

    def __init__(self, header: str | None, addresses: str) -> None:
        self._header = header.lower().encode() if header else None
        self._networks = [
            ipaddress.ip_network(each.strip(), strict=False)
            for each in addresses.split(",")
            if each.strip()
        ]

    def trusts(self, address: str | None) -> bool:
        """Whether requests from this address come through a trusted proxy."""
        try:
            peer = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        return any(peer in network for network in self._networks)

    def name_in(self, scope: Message) -> str | None:
        """The name that a trusted proxy vouches for; None from anybody else."""
        if self._header is None or not self.trusts(peer_of(scope)):
            return None
        values = [value for name, value in scope["headers"] if name.lower() == self._header]
        # Two values mean that a client's own header got through the proxy.
        if len(values) != 1:
            return None
        return values[0].decode("utf-8", "replace").strip() or None


def client_address(scope: Message, trust: ProxyTrust) -> str:
    """Where a request comes from, for counting attempts: the peer, or whom a proxy names last.

    A proxy on this machine is believed here also when it may not say who somebody is: otherwise
    one stranger's wrong guesses would shut everybody out.
    """
    peer = peer_of(scope) or "unknown"
    if trust.trusts(peer) or is_loopback(peer):
        forwarded = HTTPConnection(scope).headers.getlist("x-forwarded-for")
        return ",".join(forwarded).rsplit(",", 1)[-1].strip() or peer
    return peer


def peer_of(scope: Message) -> str | None:
    """Who opened the connection."""
    client = scope.get("client")
    return str(client[0]) if client else None


def is_from_this_machine(scope: Message) -> bool:
    """Whether a program of this machine asked, and no proxy on it for somebody else."""
    passed_on = any(name.lower() in _PASSED_ON for name, _ in scope["headers"])
    return is_loopback(peer_of(scope) or "") and not passed_on
