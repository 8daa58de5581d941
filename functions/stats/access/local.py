"""Decides which requests for figures need no key: those from this machine itself, while nothing is exposed."""

import re
from ipaddress import ip_address
from typing import Literal

from starlette.requests import Request

from common.settings import Settings

WithoutKey = Literal["local", "published", "never"]

_FORWARDED = (
    "forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "cdn-loop",
    "fastly-client-ip", "x-cluster-client-ip", "x-envoy-external-address", "x-original-forwarded-for",
    "x-original-host",
)  # fmt: skip
"""What a proxy adds, beside X-Forwarded-…: whoever it speaks for is not at this machine."""


_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z.-]+))(?::[0-9]{1,5})?")


class LocalRule:
    """Decides whether a request comes from this machine."""

    def __init__(self, without_key: WithoutKey, listen_host: str, has_proxies: bool, has_key: bool) -> None:
        """`has_proxies`: whether there are trusted ones. `has_key`: whether the settings name a key."""
        is_exposed = without_key == "local" and not _is_loopback(listen_host)
        self._never = without_key == "never" or is_exposed or has_proxies or has_key
        self._published = without_key == "published"

    @classmethod
    def of(cls, settings: Settings) -> "LocalRule":
        """The rule that the settings make."""
        has_key = bool(settings.stats_api_key or settings.stats_api_key_secret_arn)
        return cls(settings.stats_without_key, settings.listen_host, bool(settings.trusted_proxies), has_key)

    def admits(self, request: Request) -> bool:
        """Whether the request needs no key. A page of another site, a proxy or another machine needs one."""
        if self._never or not self._is_peer_here(request):
            return False
        headers = request.headers
        if any(name in _FORWARDED or name.startswith("x-forwarded") for name in headers.keys()):  # noqa: SIM118
            return False
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not _is_loopback(_read_host(hosts[0])):
            return False
        return is_own_page(request)

    def _is_peer_here(self, request: Request) -> bool:
        peer = request.client.host if request.client else ""
        return _is_loopback(peer) or (self._published and _is_private(peer))


def is_own_page(request: Request) -> bool:
    """Whether no page of another origin sent the request, as far as the browser says."""
    headers = request.headers
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    return origin.lower().partition("://")[2] == headers.get("host", "").lower() != ""


def _read_host(field: str) -> str:
    match = _HOST.fullmatch(field)
    return (match[1] or match[2]) if match else ""


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _is_private(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_private
