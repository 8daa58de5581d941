"""Rate limits for ingest: how many requests a client, and a site, may send in a time.

Counted by the generic cell rate algorithm (ITU-T I.371): a quota comes back evenly over its window, so that
each key is one number, and one check costs the same however many requests there were. The header fields are
those of draft-ietf-httpapi-ratelimit-headers-11.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request

from common.errors import QuotaExceeded
from common.http.client_address import TrustedProxies
from common.settings import Settings


@dataclass(frozen=True)
class Quota:
    """So many requests in so many seconds, for each member (a client, a site)."""

    name: str
    requests: int
    window_seconds: int

    @property
    def policy(self) -> str:
        """An item of RateLimit-Policy."""
        return f'"{self.name}";q={self.requests};w={self.window_seconds}'


@dataclass(frozen=True)
class Allowance:
    """What is left of a quota. `seconds`: until one more request is allowed."""

    quota: Quota
    is_exceeded: bool
    remaining: int
    seconds: int

    @property
    def limit(self) -> str:
        """An item of RateLimit."""
        return f'"{self.quota.name}";r={self.remaining};t={self.seconds}'


class Counter(Protocol):
    """Where requests are counted for all instances (see functions.ingest.rate_counter)."""

    async def take(self, quota: Quota, members: Sequence[str]) -> Allowance | None:
        """Take one request from each member's quota, or from none if one is exceeded. Returns the tightest.

        None if nobody can tell just now: never raises.
        """


class RateLimits:
    """Refuses requests that are over a quota; notes what is left of it in `request.state`."""

    def __init__(self, counter: Counter, settings: Settings) -> None:
        window = settings.rate_limit_window_seconds
        self._counter = counter
        self._client = Quota("client", settings.rate_limit_client_requests, window)
        self._site = Quota("site", settings.rate_limit_site_requests, window)
        self._proxies = TrustedProxies(settings.trusted_proxies)

    async def admit_client(self, request: Request) -> None:
        """Raises QuotaExceeded if the request's client has sent too many."""
        request.state.allowances = []
        if self._client.requests:
            await self._admit(request, self._client, [self._proxies.find_client(request)])

    async def admit_sites(self, request: Request, site_ids: Collection[str]) -> None:
        """Raises QuotaExceeded if there were too many requests with events of one of these sites."""
        if self._site.requests and site_ids:
            await self._admit(request, self._site, sorted(site_ids))

    async def _admit(self, request: Request, quota: Quota, members: Sequence[str]) -> None:
        allowance = await self._counter.take(quota, members)
        if allowance is None:
            return
        request.state.allowances.append(allowance)
        if allowance.is_exceeded:
            raise QuotaExceeded((quota.name,), allowance.seconds, read_fields(request))


def read_fields(request: Request) -> dict[str, str]:
    """The RateLimit header fields of the answer to a request."""
    allowances: list[Allowance] = request.state.allowances
    if not allowances:
        return {}
    return {
        "RateLimit-Policy": ", ".join(allowance.quota.policy for allowance in allowances),
        "RateLimit": ", ".join(allowance.limit for allowance in allowances),
    }
