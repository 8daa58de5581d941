"""Bounds how many new sites an hour may bring: each leaves something in Redis and PostgreSQL, and a client names it."""

import time
from collections.abc import Awaitable, Callable, Mapping

from common.errors import InvalidInput, QuotaExceeded
from functions.ingest.refusal import refuse

HOUR_SECONDS = 3600
NEW_SITES = ("new-sites",)
"""The policy that a problem document names."""
Admit = Callable[[Mapping[str, int], int], Awaitable[tuple[frozenset[str], int]]]
"""Sites with their number of events, and the most new ones an hour; returns those over it, and when to try again."""


class NewSites:
    """Asks for each site once an hour; what all instances admit together is counted in Redis."""

    def __init__(self, admit: Admit, most: int) -> None:
        """`most`: new sites an hour; 0: any number."""
        self._admit = admit
        self._most = most
        self._known: set[str] = set()
        self._known_until = 0.0

    async def find_refused(self, sites: Mapping[str, int]) -> tuple[frozenset[str], int]:
        """Those of these sites, given with their events, that are over the bound, and the seconds until there is room.

        Never raises: where Redis does not answer, nothing is refused, and nothing is accepted either.
        """
        if not self._most or sites.keys() <= self._find_known():
            return frozenset(), 0
        asked = {site: events for site, events in sites.items() if site not in self._known}
        refused, seconds = await self._admit(asked, self._most)
        self._known.update(asked.keys() - refused)
        return refused, seconds

    async def check(self, site_id: str) -> None:
        """Raises QuotaExceeded if an event of this site is over the bound."""
        refused, seconds = await self.find_refused({site_id: 1})
        if refused:
            raise self.exceeded(seconds)

    def exceeded(self, seconds: int) -> QuotaExceeded:
        """The answer to a request of which nothing is accepted."""
        detail = (
            f"There were {self._most} new sites in this hour already, the most that NEW_SITES_PER_HOUR allows."
            f" Is site_id right? If so, send the same again in {seconds} s."
        )
        return QuotaExceeded(NEW_SITES, seconds, {}, detail)

    def refusal(self, seconds: int) -> InvalidInput:
        """What is wrong with an event of such a site in a batch."""
        return refuse("/site_id", str(self.exceeded(seconds).detail))

    def _find_known(self) -> set[str]:
        now = time.monotonic()
        if now >= self._known_until:
            self._known, self._known_until = set(), now + HOUR_SECONDS
        return self._known
