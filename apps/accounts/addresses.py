"""Where a request comes from, as far as it can be believed, and the hash that is kept of it."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address_believed(remote: str, forwarded_for: str) -> str:
    """The client's IP address, "" where none is known (a unix socket).

    `remote` is the peer that is connected, `forwarded_for` the X-Forwarded-For header. Each of our
    settings.TRUSTED_PROXIES proxies has added one entry to its end; whatever stands before those is the
    client's own invention. With fewer entries than proxies the request came past them: only the peer counts.
    """
    trusted = settings.TRUSTED_PROXIES
    entries = [entry.strip() for entry in forwarded_for.split(",") if entry.strip()]
    if trusted and len(entries) >= trusted:
        return _without_port(entries[-trusted]) or _without_port(remote)
    return _without_port(remote)


def client_address(request: HttpRequest) -> str:
    """The address that a Django request comes from (see `address_believed`)."""
    meta = request.META
    return address_believed(meta.get("REMOTE_ADDR") or "", meta.get("HTTP_X_FORWARDED_FOR") or "")


def network_of(address: str) -> str:
    """32 hex digits that stand for an address: a keyed hash, so that no address is stored.

    IPv6 counts by its /64, which one customer has whole; IPv4 written as IPv6 counts as the IPv4 it is.
    """
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        text = "unknown"
    else:
        if isinstance(ip, ipaddress.IPv6Address):
            text = str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
        else:
            text = str(ip)
    pepper = settings.API_KEY_PEPPER.encode()
    return hmac.new(pepper, b"network:" + text.encode(), hashlib.sha256).hexdigest()[:32]


def _without_port(entry: str) -> str:
    """The address of "1.2.3.4", "1.2.3.4:80", "::1" or "[::1]:80"; "" for anything else."""
    if entry.startswith("["):
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:
        entry = entry.partition(":")[0]
    try:
        ipaddress.ip_address(entry.split("%")[0])
    except ValueError:
        return ""
    return entry
