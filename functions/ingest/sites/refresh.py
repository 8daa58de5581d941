"""Keeps an instance's knowledge of sites fresh: asked of Redis every few seconds, and the last is kept without it."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from common.errors import Unavailable
from common.log import fields
from common.settings import UnknownSites
from common.sites.document import read_document
from functions.ingest.sites.judgement import NO_SITES, Sites

CHECK_SECONDS = 2.0
"""How old knowledge may be before it is refreshed, beside the requests."""
STALE_SECONDS = 5.0
"""How old it may be before requests wait for it: an instance that had nothing to do, or was frozen."""
WAIT_SECONDS = 1.0
"""How long they wait at most."""

log = logging.getLogger(__name__)


class SitesSource(Protocol):
    """Where the sites' document is (see functions.ingest.sites.redis_source)."""

    async def read(self, version: str) -> tuple[str, bytes] | None:
        """The document with its version; None if that is the given one, or none was published. Raises Unavailable."""


class KnownSites:
    """What this instance knows of sites."""

    def __init__(
        self,
        source: SitesSource | None,
        unknown_sites: UnknownSites = "create",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`source`: None where no site has settings."""
        self._source = source
        self._needs_known = unknown_sites == "reject"
        self._clock = clock
        self._sites = NO_SITES
        self._version = ""
        self._checked_at = float("-inf") if source else float("inf")
        self._fresh_until = float("-inf") if source else float("inf")
        self._refreshing: asyncio.Task[None] | None = None

    def find_fresh(self) -> Sites | None:
        """What is in force, if it was checked lately: what most requests need."""
        return self._sites if self._clock() < self._fresh_until else None

    async def find(self) -> Sites:
        """What is in force. Raises Unavailable where sites have to be known, and nothing was ever published."""
        age = self._clock() - self._checked_at
        if age > CHECK_SECONDS:
            await self._refresh(waits=age > STALE_SECONDS)
        if self._needs_known and self._sites.known is None:
            raise Unavailable("The sites are not known yet; send the same events again.")
        return self._sites

    async def _refresh(self, *, waits: bool) -> None:
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.get_running_loop().create_task(self._read())
        if waits:
            await asyncio.wait([self._refreshing], timeout=WAIT_SECONDS)

    async def _read(self) -> None:
        assert self._source is not None  # noqa: S101 - it would never be due
        try:
            found = await self._source.read(self._version)
            if found is not None:
                version, text = found
                self._sites = Sites.of(read_document(text))
                self._version = version
        except Unavailable:
            pass  # what was known last stays in force; the events themselves will tell of the outage
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning(
                "the sites' document can't be read; the last stays in force", extra=fields(error=str(error)[:200])
            )
        self._checked_at = self._clock()
        if not (self._needs_known and self._sites.known is None):
            self._fresh_until = self._checked_at + CHECK_SECONDS
