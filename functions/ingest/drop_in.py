"""Endpoints for other trackers' clients: their requests become events, which go the way of all others."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from starlette.requests import Request
from starlette.responses import Response

from common.access.key import looks_like_key
from common.errors import Fault, InvalidInput, QuotaExceeded, TooLarge, detach
from common.http import messages
from common.http.keys import read_bearer
from common.http.problems import answer_error
from common.incoming_event import MAX_BODY_BYTES, MAX_EVENTS
from common.redis.entry_buffer import SiteEvent
from functions.ingest import body
from functions.ingest.depths import Depths
from functions.ingest.dialects.bodies import decompress
from functions.ingest.dialects.form import Dialect, Drop, Item, Message, Outcome
from functions.ingest.dialects.paths import Door, load_dialect
from functions.ingest.intake import Arrival, Intake
from functions.ingest.new_sites import NewSites
from functions.ingest.queued_event import encode
from functions.ingest.rate_limit import RateLimits
from functions.ingest.router import Router
from functions.ingest.sites.judgement import Sites
from functions.ingest.turns import LARGE_BYTES, Turns

Endpoint = Callable[[Request], Awaitable[Response]]


class Stream(Protocol):
    """See functions.ingest.app.Stream."""

    async def append(self, shard: int, events: Sequence[SiteEvent]) -> None:
        """Return once the events are safely stored; raise Unavailable if they are not."""

    async def count_refused(self, events: int) -> None:
        """Count events that were refused."""

    async def count_dropped(self, dropped: Mapping[tuple[str, str], int]) -> None:
        """Count what was left out, by site and name."""


class Reading(NamedTuple):
    """A request of another tracker's client, and the events in it, item by item."""

    dialect: Dialect
    message: Message
    items: Sequence[Item]
    parsed: Sequence[body.Parsed | None]
    """None: the item is a drop."""
    sites: Sequence[str]

    @property
    def events(self) -> list[body.Parsed]:
        """What is wanted to be stored."""
        return [event for event in self.parsed if event is not None]


async def read_request(request: Request, name: str, intake: Intake, turns: Turns, query: str | None = None) -> Reading:
    """Read a request. `query`: in place of its own. Raises InvalidInput where its dialect can't tell what it is."""
    content = await messages.read_body(request, MAX_BODY_BYTES) if request.method == "POST" else b""
    encoding = request.headers.get("content-encoding", "")
    if encoding or content.startswith(b"\x1f\x8b"):
        content = await turns.read(decompress, content, encoding)
    if query is None:
        query = request.scope["query_string"].decode("latin-1")
    presented = read_bearer(request) or request.headers.get("x-api-key", "")
    shows_key = bool(presented) and looks_like_key(presented)
    path: str = request.scope["path"]
    message = Message(request.method, path, query, request.headers, content, body.parse_json, shows_key)
    dialect = load_dialect(name)
    if len(content) < LARGE_BYTES:
        items = dialect.read(message)
    else:
        items = await turns.read(lambda _, __: dialect.read(message), content, "")
    if len(items) > MAX_EVENTS:
        raise TooLarge(f"A request may hold at most {MAX_EVENTS} events; this one has more.")
    known = await intake.find_sites()
    sites = [_find_site(known, name, item.external_id) for item in items]
    if len(items) == 1:
        return Reading(dialect, message, items, [_parse((items[0], sites[0]))], sites)
    events: list[tuple[Item, str]] = list(zip(items, sites, strict=True))
    return Reading(dialect, message, items, await turns.map(_parse, events), sites)


def _find_site(known: Sites, dialect: str, external_id: str) -> str:
    """The site that an id stands for; else the id is the site's own, and UNKNOWN_SITES says what becomes of it."""
    return known.resolve_alias(dialect, external_id) or external_id


def _parse(item: tuple[Item, str]) -> body.Parsed | None:
    given, site_id = item
    if isinstance(given, Drop):
        return None
    return given.wrong or body.validate_known(given.event | {"site_id": site_id})


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
        for shard, many in self._route(by_site):
            await self._stream.append(shard, many)
        if dropped := _count_dropped(name, reading, arrival):
            await self._stream.count_dropped(dropped)
        return reading.dialect.answer(reading.message, outcomes)

    async def _find_refused(
        self, events: Sequence[body.Parsed]
    ) -> tuple[Mapping[str, InvalidInput], QuotaExceeded | None]:
        """What is wrong with events of too many new sites, by site."""
        if self._new_sites is None:
            return {}, None
        sites = Counter(event.site_id for event in events if not isinstance(event, InvalidInput))
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
                return Outcome("dropped")
            try:
                queued = self._complete(event, arrival, refused)
            except InvalidInput as error:
                detach(error)
                return Outcome("rejected", error)
            site_id: str = queued["site_id"]
            if item.losses:
                note_losses(arrival, site_id, item.losses)
            by_site.setdefault(site_id, []).append((site_id, encode(queued)))
            return Outcome("filtered" if "filtered" in queued else "stored")

        if len(reading.items) == 1:  # a turn of its own would take longer than its work
            return [sort_out(0)], by_site
        return await self._turns.map(sort_out, range(len(reading.items))), by_site

    def _complete(self, event: body.Parsed, arrival: Arrival, refused: Mapping[str, InvalidInput]) -> dict[str, Any]:
        if not isinstance(event, InvalidInput) and event.site_id in refused:
            raise refused[event.site_id]
        queued = arrival.complete(event)
        self._depths.follow(queued)
        return queued

    def _route(self, by_site: Mapping[str, Sequence[SiteEvent]]) -> Sequence[tuple[int, Sequence[SiteEvent]]]:
        """Events by shard, those of the overflows first: these are full before all others."""
        if len(by_site) == 1:
            [(site_id, events)] = by_site.items()
            return [(self._router.find(site_id, sum(len(encoded) for _, encoded in events)), events)]
        shards: dict[int, list[SiteEvent]] = defaultdict(list)
        for site_id, many in by_site.items():
            shards[self._router.find(site_id, sum(len(encoded) for _, encoded in many))] += many
        return sorted(shards.items(), reverse=True)


def _count_dropped(name: str, reading: Reading, arrival: Arrival) -> Counter[tuple[str, str]] | None:
    """What events lost, and what became no event, by site and name."""
    if not arrival.enrichment.dropped and not arrival.gathered and None not in reading.parsed:
        return None
    items = zip(reading.items, reading.sites, strict=True)
    drops = Counter((site, f"{name}:{item.name}") for item, site in items if isinstance(item, Drop))
    return arrival.count_dropped() + drops
