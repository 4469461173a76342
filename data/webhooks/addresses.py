"""Which addresses webhooks may reach: public ones, and the networks that a setting allows."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from core.errors import WebhookError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: What Python calls global although no public endpoint lives there: relays of the retired 6to4.
_NOT_PUBLIC = ip_network("192.88.99.0/24")
#: All that was ever handed out to the public in IPv6 (RFC 4291, 2.4).
_UNICAST = IPv6Network("2000::/3")
#: IPv6 addresses that lead to the IPv4 address in their last 32 bits: NAT64 (RFC 6052), and the
#: retired "compatible" ones.
_EMBEDDING = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))


def networks_in(text: str) -> tuple[Network, ...]:
    """The networks in a list with commas; raises ValueError for anything else."""
    return tuple(ip_network(each.strip(), strict=False) for each in text.split(",") if each.strip())


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, as the system looks them up; raises OSError or UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Addresses:
    """Judges where webhooks may go."""

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        resolve: Callable[[str, int], list[str]] = resolve,
    ) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve

    def of(self, host: str, port: int, *, is_plain: bool) -> list[str]:
        """The addresses behind a host, each of which may be connected to as it stands here.

        A host is refused as a whole when one of its addresses is: nobody public has such. Raises
        WebhookError, which says what to do.
        """
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise WebhookError(
                f"The host {host} is not found. Check its spelling, and that this machine can look "
                "names up."
            ) from error
        for text in found:
            address = ip_address(text.partition("%")[0])
            is_allowed = self._is_allowed(address)
            if not is_allowed and not is_public(address):
                raise WebhookError(
                    f"The host {host} is at {address}, which is not a public address: webhooks may "
                    "not reach into private networks. Whoever runs this machine can allow its "
                    "network with MODDESK_WEBHOOK_NETWORKS."
                )
            if is_plain and not is_allowed:
                raise WebhookError(
                    f"The host {host} is public, so its address must begin with https://: anybody "
                    "on the way could read and change what is sent."
                )
        return found

    def _is_allowed(self, address: Address) -> bool:
        within = {address, _embedded(address) or address}
        return any(each in network for each in within for network in self._allowed)


def is_public(address: Address) -> bool:
    """Whether an address leads to the public internet, also by the one hidden in it."""
    hidden = _embedded(address)
    if hidden is not None:
        return is_public(hidden)
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast and address not in _NOT_PUBLIC


def _embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address to which an IPv6 one leads, if it does."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if any(address in network for network in _EMBEDDING) and int(address) > 1:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
