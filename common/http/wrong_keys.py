"""Bounds how often a client is told that its key is wrong."""

import math
import re
import time
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address

from common.errors import QuotaExceeded

MOST = 10
"""Wrong keys of a client in a minute that are answered with 401."""
WINDOW_SECONDS = 60
MAX_CLIENTS = 10_000
"""Clients that are told apart. Those that come later, in the same minute, count as one."""

_POLICY = "wrong-keys"
_IPV6_PREFIX = 64
_WITH_PORT = re.compile(r"\[([^]]*)\](?::[0-9]+)?|([0-9.]+):[0-9]+")
"""What some proxies write into X-Forwarded-For: `[2001:db8::1]:443`, `203.0.113.9:443`."""


class WrongKeys:
    """The wrong keys of each client in the present minute, as this instance saw them.

    It is asked only once a key turned out to be wrong: a right key passes whatever else came from its address, which
    may be that of a whole office or of a proxy.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._ends = clock() + WINDOW_SECONDS

    def count(self, address: str) -> None:
        """Count a wrong key of the client at an address. Raises QuotaExceeded past what it may send in a minute."""
        now = self._clock()
        if now >= self._ends:
            self._counts.clear()
            self._ends = now + WINDOW_SECONDS
        client = find_client(address)
        if client not in self._counts and len(self._counts) >= MAX_CLIENTS:
            client = ""
        if self._counts[client] >= MOST:
            raise QuotaExceeded((_POLICY,), max(1, math.ceil(self._ends - now)), {})
        self._counts[client] += 1


def find_client(host: str) -> str:
    """The address, or the network of an IPv6 one: one host has all of its addresses, and all of its ports."""
    if match := _WITH_PORT.fullmatch(host):
        host = match[1] or match[2]
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    return str(address.ipv4_mapped or IPv6Network((int(address), _IPV6_PREFIX), strict=False))
