"""Which address is believed, and what is kept of it."""

import pytest
from django.test import override_settings

from apps.accounts.addresses import address_believed, network_of


@pytest.mark.parametrize(
    ("proxies", "forwarded", "believed"),
    [
        (0, "", "192.0.2.9"),
        (0, "198.51.100.7", "192.0.2.9"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.1, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.1, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "192.0.2.9"),
        (1, "", "192.0.2.9"),
        (1, "unknown", "192.0.2.9"),
        (1, "198.51.100.7:4711", "198.51.100.7"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_only_entries_of_our_own_proxies_are_believed(proxies: int, forwarded: str, believed: str) -> None:
    with override_settings(TRUSTED_PROXIES=proxies):
        assert address_believed("192.0.2.9", forwarded) == believed


def test_a_network_is_a_hash_that_names_no_address() -> None:
    assert len(network_of("192.0.2.9")) == 32
    assert network_of("192.0.2.9") != network_of("192.0.2.8")
    with override_settings(API_KEY_PEPPER="another"):
        other = network_of("192.0.2.9")
    assert network_of("192.0.2.9") != other


def test_ipv6_counts_by_its_64_and_mapped_ipv4_as_ipv4() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2")
    assert network_of("2001:db8::1") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:192.0.2.9") == network_of("192.0.2.9")
    assert network_of("fe80::1%eth0") == network_of("fe80::2")


def test_no_address_at_all_is_a_network_too() -> None:
    assert network_of("") == network_of("nonsense\x00")
