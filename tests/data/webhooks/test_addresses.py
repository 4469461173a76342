"""Which addresses webhooks may reach."""

from ipaddress import ip_address

import pytest

from core.errors import SettingsError, WebhookError
from data.bootstrap import read_settings
from data.webhooks.addresses import Addresses, is_public, networks_in

PUBLIC = ["8.8.8.8", "1.1.1.1", "2001:4860:4860::8888", "64:ff9b::808:808", "2002:808:808::1"]
PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.0.9", "169.254.169.254",
    "172.16.0.1", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "203.0.113.9", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a00:1", "64:ff9b:1::808:808", "100::1", "2001:db8::1", "2001::1", "2002:7f00:1::",
    "2002:a00:1::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1", "ff0e::1", "5f00::1",
]  # fmt: skip


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_reached(text: str) -> None:
    assert is_public(ip_address(text))
    assert Addresses(resolve=lambda host, port: [text]).of("x", 443, is_plain=False) == [text]


@pytest.mark.parametrize("text", PRIVATE)
def test_no_other_address_is(text: str) -> None:
    assert not is_public(ip_address(text))
    with pytest.raises(WebhookError, match=r"not a public address.*MODDESK_WEBHOOK_NETWORKS"):
        Addresses(resolve=lambda host, port: [text]).of("x", 443, is_plain=False)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "017700000001"])
def test_other_ways_to_write_this_machine_are_refused(host: str) -> None:
    with pytest.raises(WebhookError, match="not a public address"):
        Addresses().of(host, 443, is_plain=False)


def test_one_private_address_spoils_the_host() -> None:
    addresses = Addresses(resolve=lambda host, port: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(WebhookError, match=r"10\.0\.0\.1"):
        addresses.of("two-faced.example", 443, is_plain=False)


def test_a_setting_allows_a_network_also_for_plain_http() -> None:
    networks = networks_in("10.0.0.0/8, fd00::/8")
    addresses = Addresses(networks, lambda host, port: [host])
    for text in ("10.0.0.9", "fd12::1", "::ffff:10.0.0.9", "64:ff9b::a00:9"):
        assert addresses.of(text, 80, is_plain=True) == [text]
    for text in ("192.168.0.1", "fe80::1%eth0"):
        with pytest.raises(WebhookError, match="not a public address"):
            addresses.of(text, 443, is_plain=False)
    with pytest.raises(WebhookError, match="https://"):
        addresses.of("8.8.8.8", 80, is_plain=True)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".example", "a..example"])
def test_a_name_that_is_not_found_is_told(host: str) -> None:
    with pytest.raises(WebhookError, match="is not found"):
        Addresses().of(host, 443, is_plain=False)


def test_the_setting_says_what_is_wrong_with_it() -> None:
    with pytest.raises(SettingsError, match="MODDESK_WEBHOOK_NETWORKS must be networks"):
        read_settings(webhook_networks="10.0.0.0/8, my-network")
    assert read_settings(webhook_networks="10.0.0.0/8,::1").webhook_networks
