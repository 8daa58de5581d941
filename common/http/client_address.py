"""The client of a request: its peer, or whoever a trusted proxy names."""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from socket import AF_INET, inet_pton

from starlette.requests import Request

IPV6_PREFIX = 64
"""An IPv6 client is its network: one host has all of its addresses."""

MAX_SEEN = 1_000
"""Trusted proxies with IPv6 addresses that are remembered, so that these need not be parsed again."""

_WITH_PORT = re.compile(r"\[([^]]*)\](?::[0-9]+)?|([0-9.]+):[0-9]+")
"""What some proxies write: `[2001:db8::1]:443`, `203.0.113.9:443`."""


class TrustedProxies:
    """Proxies whose X-Forwarded-For is believed. No other peer can choose who it is taken for."""

    def __init__(self, addresses: str) -> None:
        """`addresses`: comma-separated addresses or networks; raises ValueError for what is neither."""
        self._networks = [ip_network(part.strip()) for part in addresses.split(",") if part.strip()]
        self._plain = [
            (int(network.netmask), int(network.network_address))
            for network in self._networks
            if isinstance(network, IPv4Network)
        ]
        self._seen: set[str] = set()
        """Addresses of trusted proxies that have been seen. No other address is kept."""

    def find_client(self, request: Request) -> str:
        """The client, for counting: its address, or the /64 network of an IPv6 one."""
        return group(self._find_nearest(request))

    def find_address(self, request: Request) -> str:
        """The client's full address; empty if it is unknown, for example if a proxy names none."""
        nearest = self._find_nearest(request)
        if _read_plain(nearest) is not None:
            return nearest
        address = _parse(nearest)
        return "" if address is None else str(address)

    def is_believed(self, request: Request) -> bool | None:
        """Whether the request's X-Forwarded-For is believed; None if it has none."""
        if "x-forwarded-for" not in request.headers:
            return None
        return self.is_trusted(request)

    def is_trusted(self, request: Request) -> bool:
        """Whether the request's peer is one of these proxies."""
        return self._is_trusted(request.client.host if request.client else "")

    def _find_nearest(self, request: Request) -> str:
        """The nearest address that does not belong to a trusted proxy."""
        peer = request.client.host if request.client else ""
        if not self._networks:
            return peer
        named = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
        for hop in reversed([*named, peer]):
            peer = hop.strip() or peer
            if not self._is_trusted(peer):
                break
        return peer

    def _is_trusted(self, host: str) -> bool:
        number = _read_plain(host)
        if number is not None:
            return any(number & mask == network for mask, network in self._plain)
        if host in self._seen:
            return True
        address = _parse(host)
        is_trusted = address is not None and any(address in network for network in self._networks)
        if is_trusted and len(self._seen) < MAX_SEEN:
            self._seen.add(host)
        return is_trusted


def group(host: str) -> str:
    """What counts as one client: an address without its port, or the /64 network of an IPv6 one."""
    address = _parse(host)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, IPV6_PREFIX), strict=False))
    return host if address is None else str(address)


def _read_plain(host: str) -> int | None:
    """An IPv4 address as it is written, or None. Most addresses are IPv4, and parsing one takes ten times as long."""
    try:
        return int.from_bytes(inet_pton(AF_INET, host))
    except (OSError, ValueError):
        return None


def _parse(host: str) -> IPv4Address | IPv6Address | None:
    if match := _WITH_PORT.fullmatch(host):
        host = match[1] or match[2]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
