"""Which addresses lie in the public Internet, and which others the operator has allowed."""

from __future__ import annotations

import ipaddress
from functools import cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_UNICAST = ipaddress.IPv6Network("2000::/3")
# Where IPv4 addresses hide in IPv6 ones, and how many bits stand behind them: compatible, mapped, translated (SIIT),
# NAT64, 6to4.
_HIDDEN = (
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)


def unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where there is one."""
    if isinstance(address, ipaddress.IPv6Address):
        for network, shift in _HIDDEN:
            if address in network:
                return ipaddress.IPv4Address(int(address) >> shift & 0xFFFF_FFFF)
    return address


def is_outside(address: Address) -> bool:
    """Whether an address lies in the public Internet: nothing private, shared, local, reserved or multicast."""
    inner = unwrapped(address)
    if isinstance(inner, ipaddress.IPv6Address) and inner not in _UNICAST:
        return False
    return inner.is_global and not inner.is_multicast


def is_allowed(host: str, address: Address, entries: tuple[str, ...]) -> bool:
    """Whether the operator's list (hosts, addresses, networks) names this host or address."""
    hosts, networks = _entries(entries)
    forms = (address, unwrapped(address))
    return host.lower() in hosts or any(form in network for form in forms for network in networks)


@cache
def _entries(entries: tuple[str, ...]) -> tuple[frozenset[str], tuple[Network, ...]]:
    hosts, networks = set(), []
    for entry in entries:
        try:
            networks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            hosts.add(entry.lower())
    return frozenset(hosts), tuple(networks)
