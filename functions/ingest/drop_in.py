"""Endpoints for other trackers' clients: their requests become events, which go the way of all others."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

from common.errors import Fault, InvalidInput, QuotaExceeded, detach
from common.http import messages
from common.http.problems import answer_error
from common.incoming_event import IncomingEvent
from common.redis.entry_buffer import SiteEvent
from functions.ingest import body
from functions.ingest.depths import Depths
from functions.ingest.dialects.form import Drop, Given, Item, Outcome
from functions.ingest.dialects.paths import Door
from functions.ingest.drop_in_request import Reading, read_request
from functions.ingest.intake import Arrival, Intake
from functions.ingest.new_sites import NewSites
from functions.ingest.queued_event import encode
from functions.ingest.rate_limit import RateLimits
from functions.ingest.router import Router
from functions.ingest.turns import Turns

Endpoint = Callable[[Request], Awaitable[Response]]

_STORED, _FILTERED = [Outcome("stored")], [Outcome("filtered")]


class Stream(Protocol):
    """See functions.ingest.app.Stream."""

    async def append(self, shard: int, events: Sequence[SiteEvent]) -> None:
        """Return once the events are safely stored; raise Unavailable if they are not."""

    async def count_refused(self, events: int, reason: str = "invalid_input") -> None:
        """Count events that were refused."""

    async def count_dropped(self, dropped: Mapping[tuple[str, str], int]) -> None:
        """Count what was left out, by site and name."""


def note_losses(arrival: Arrival, site_id: str, losses: Sequence[Fault]) -> None:
    """Add what a dialect could not keep to what its event lost otherwise."""
    arrival.enrichment.dropped += [(site_id, loss) for loss in losses]


class DropIn:
    """Accepts what other trackers' clients send."""

    def __init__(
        self,
        stream: Stream,
        intake: Intake,
        turns: Turns,
        router: Router,
        rate_limits: RateLimits | None = None,
        new_sites: NewSites | None = None,
    ) -> None:
        self._stream = stream
        self._intake = intake
        self._turns = turns
        self._router = router
        self._rate_limits = rate_limits
        self._new_sites = new_sites
        self._depths = Depths()

    def accepting(self, door: Door) -> Endpoint:
        """The endpoint of a door."""
        return partial(self.accept, door.dialect)

    async def accept(self, name: str, request: Request) -> Response:
        """A request in the dialect of this name. Answered when its events are on disk; raises Unavailable."""
        reading = await read_request(request, name, self._intake, self._turns)
        if len(reading.parsed) == 1 and isinstance(event := reading.parsed[0], IncomingEvent):
            return await self._accept_one(request, reading, event)
        events = reading.events
        if self._rate_limits is not None:
            sites = {event.site_id for event in events if not isinstance(event, InvalidInput)}
            await self._rate_limits.admit_sites(request, sites)
        arrival = await self._intake.receive(request, events)
        refused, over = await self._find_refused(events)
        outcomes, by_site = await self._sort_out(reading, arrival, refused)
        if rejected := sum(outcome.kind == "rejected" for outcome in outcomes):
            await self._stream.count_refused(rejected)
        if over is not None and not by_site and (refusal := answer_error(over)):
            return refusal
        for shard, many in self._router.spread(by_site).items():
            await self._stream.append(shard, many)
        if dropped := _count_dropped(name, reading, arrival):
            await self._stream.count_dropped(dropped)
        return reading.dialect.answer(reading.message, outcomes)

    async def _accept_one(self, request: Request, reading: Reading, event: IncomingEvent) -> Response:
        """The same for a request of one event, which most are, without the sorting of many."""
        if self._rate_limits is not None:
            await self._rate_limits.admit_sites(request, (event.site_id,))
        arrival = await self._intake.receive(request, (event,))
        refused, over = await self._find_refused((event,)) if self._new_sites is not None else ({}, None)
        [item] = reading.items
        if isinstance(item, Given) and item.losses:
            note_losses(arrival, event.site_id, item.losses)
        try:
            queued = self._complete(event, arrival, refused)
        except InvalidInput as error:
            rejected = _reject(error, item)
            await self._stream.count_refused(1)
            refusal = answer_error(over) if over is not None else None
            return refusal or reading.dialect.answer(reading.message, [rejected])
        encoded = encode(queued)
        await self._stream.append(self._router.find(event.site_id, len(encoded)), [(event.site_id, encoded)])
        if arrival.enrichment.dropped or arrival.gathered:
            await self._stream.count_dropped(arrival.count_dropped())
        outcomes = _FILTERED if "filtered" in queued else _STORED
        if item.reference:
            outcomes = [outcomes[0]._replace(reference=item.reference)]
        return reading.dialect.answer(reading.message, outcomes)

    async def _find_refused(
        self, events: Sequence[body.Parsed]
    ) -> tuple[Mapping[str, InvalidInput], QuotaExceeded | None]:
        """What is wrong with events of too many new sites, by site."""
        if self._new_sites is None:
            return {}, None
        sites: dict[str, int] = {}
        for event in events:
            if not isinstance(event, InvalidInput):
                sites[event.site_id] = sites.get(event.site_id, 0) + 1
        refused, seconds = await self._new_sites.find_refused(sites)
        if not refused:
            return {}, None
        return {site: self._new_sites.refusal(seconds) for site in refused}, self._new_sites.exceeded(seconds)

    async def _sort_out(
        self, reading: Reading, arrival: Arrival, refused: Mapping[str, InvalidInput]
    ) -> tuple[list[Outcome], dict[str, list[SiteEvent]]]:
        by_site: dict[str, list[SiteEvent]] = {}

        def sort_out(index: int) -> Outcome:
            event, item = reading.parsed[index], reading.items[index]
            if event is None or isinstance(item, Drop):
                return Outcome("dropped", None, item.reference)
            try:
                queued = self._complete(event, arrival, refused)
            except InvalidInput as error:
                return _reject(error, item)
            site_id: str = queued["site_id"]
            if item.losses:
                note_losses(arrival, site_id, item.losses)
            by_site.setdefault(site_id, []).append((site_id, encode(queued)))
            return Outcome("filtered" if "filtered" in queued else "stored", None, item.reference)

        return await self._turns.map(sort_out, range(len(reading.items))), by_site

    def _complete(self, event: body.Parsed, arrival: Arrival, refused: Mapping[str, InvalidInput]) -> dict[str, Any]:
        if not isinstance(event, InvalidInput) and event.site_id in refused:
            raise refused[event.site_id]
        queued = arrival.complete(event)
        self._depths.follow(queued)
        return queued


def _reject(error: InvalidInput, item: Item) -> Outcome:
    detach(error)
    return Outcome("rejected", error, item.reference, messages.encode(messages.describe_error(error)))


def _count_dropped(name: str, reading: Reading, arrival: Arrival) -> Counter[tuple[str, str]] | None:
    """What events lost, and what became no event, by site and name."""
    if not arrival.enrichment.dropped and not arrival.gathered and None not in reading.parsed:
        return None
    items = zip(reading.items, reading.sites, strict=True)
    drops = Counter((site, f"{name}:{item.name}") for item, site in items if isinstance(item, Drop))
    return arrival.count_dropped() + drops
