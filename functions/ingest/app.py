"""The ingest function: HTTP requests in, events on the stream, an answer once they are safe there."""

import time
from collections import Counter as Counts
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.errors import InvalidInput, OriginRefused, QuotaExceeded, Unavailable, detach
from common.http import messages
from common.http.admission import Limits
from common.http.app import App, build_app
from common.http.cors import Cors
from common.incoming_event import MAX_BODY_BYTES
from common.redis.entry_buffer import SiteEvent
from common.settings import Settings
from functions.ingest import body
from functions.ingest.dialects.paths import DOORS, list_paths, list_paths_with_credentials
from functions.ingest.drop_in import DropIn
from functions.ingest.dry_run import DryRun
from functions.ingest.intake import Arrival, Intake, SaltStore
from functions.ingest.new_sites import NEW_SITES, NewSites
from functions.ingest.queue_clock import QueueClock
from functions.ingest.queued_event import encode
from functions.ingest.rate_limit import Counter, RateLimits, read_fields
from functions.ingest.router import Router
from functions.ingest.sites.refresh import KnownSites, SitesSource
from functions.ingest.slices import read_events
from functions.ingest.stored_events import StoredEvents
from functions.ingest.tracker.serving import make_routes
from functions.ingest.turns import Turns

ONE = ("application/json", "text/plain")
MANY = ("application/json", "application/x-ndjson", "text/plain")
Endpoint = Callable[[Request], Awaitable[Response]]
_OK = messages.answer({"status": "ok"}, 202)


class Stream(Protocol):
    """Where accepted events go."""

    async def append(self, shard: int, events: Sequence[SiteEvent]) -> None:
        """Return once the events are safely stored; raise Unavailable if they are not."""

    async def count_refused(self, events: int, reason: str = "invalid_input") -> None:
        """Count events that were refused, for the ledger; never raises."""

    async def count_dropped(self, dropped: Mapping[tuple[str, str], int]) -> None:
        """Count events that were accepted without a field, by site and field, for the ledger; never raises."""

    async def read_memory(self) -> dict[str, int]:
        """Bytes that the stream's server has `used`, and its `max`; empty where it does not say."""

    async def read_backlog(self) -> dict[str, int]:
        """What waits in the queue; raises Unavailable where the stream takes no writes."""


class Ingest:
    """Accepts events for a stream, within rate limits if there are any."""

    def __init__(
        self,
        stream: Stream,
        intake: Intake,
        settings: Settings,
        turns: Turns,
        rate_limits: RateLimits | None = None,
        clock: QueueClock | None = None,
        new_sites: NewSites | None = None,
    ) -> None:
        self._clock = clock
        self._new_sites = new_sites
        self._stream = stream
        self._intake = intake
        self._turns = turns
        self._rate_limits = rate_limits
        self.router = Router(settings.stream_shards, settings.site_share_bytes, time.monotonic)

    async def accept_one(self, request: Request) -> Response:
        """POST /event"""
        messages.check_media_type(request, ONE)
        event = body.parse_event(await messages.read_body(request, MAX_BODY_BYTES))
        arrival = await self._intake.receive(request, [event])
        encoded = encode(arrival.complete(event))
        if self._rate_limits is not None:
            await self._rate_limits.admit_sites(request, (event.site_id,))
        if self._new_sites is not None:
            await self._new_sites.check(event.site_id)
        await self._stream.append(self.router.find(event.site_id, len(encoded)), [(event.site_id, encoded)])
        if arrival.enrichment.dropped or arrival.gathered:
            await self._stream.count_dropped(arrival.count_dropped())
        return _OK

    async def accept_many(self, request: Request) -> Response:
        """POST /events"""
        events, rejected, dropped, over = await self._read_many(request)
        if self._rate_limits is not None:
            await self._rate_limits.admit_sites(request, {site for many in events.values() for site, _ in many})
        if rejected:
            await self._stream.count_refused(len(rejected))
        if not events and over:
            raise over
        if not events:
            return messages.problem(422, "Invalid input", "No event is valid.", arrays={"rejected": rejected})
        for shard, encoded in events.items():
            await self._stream.append(shard, encoded)
        if dropped:
            await self._stream.count_dropped(dropped)
        accepted = {"accepted": sum(map(len, events.values()))}
        if rejected:
            return messages.answer({"status": "partial", **accepted}, 202, {"rejected": rejected})
        return messages.answer({"status": "ok", **accepted}, 202)

    def counting_refusals(self, accept: Endpoint) -> Endpoint:
        """Wrap an endpoint: a request that is refused as a whole counts as one refused event."""

        async def endpoint(request: Request) -> Response:
            try:
                return await accept(request)
            except InvalidInput as error:
                await self._stream.count_refused(1, name_reason(error))
                raise
            except QuotaExceeded as error:
                if error.policies == NEW_SITES and not request.url.path.endswith("/events"):  # a batch counts its own
                    await self._stream.count_refused(1, "quota_exceeded")
                raise

        return endpoint

    def within_limits(self, accept: Endpoint) -> Endpoint:
        """Wrap an endpoint: a client that sends too much is refused before its body is read."""
        rate_limits = self._rate_limits
        if rate_limits is None:
            return accept

        async def endpoint(request: Request) -> Response:
            await rate_limits.admit_client(request)
            response = await accept(request)
            return messages.with_headers(response, read_fields(request))

        return endpoint

    async def answer_ready(self, _: Request) -> Response:
        """GET /readyz: whether the stream takes writes and our clock is right. A long queue changes nothing."""
        if self._clock is not None:
            await self._clock.measure()
            if not self._clock.is_right:
                raise Unavailable(self._clock.fault)
        backlog = await self._stream.read_backlog()
        return messages.answer({"status": "ok", "backlog": backlog, "memory": await self._stream.read_memory()})

    async def _read_many(
        self, request: Request
    ) -> tuple[dict[int, list[SiteEvent]], list[bytes], Mapping[tuple[str, str], int], QuotaExceeded | None]:
        """The valid events by shard, and what is wrong with the others, both encoded; and which fields were dropped.

        At last what to raise where nothing is valid, if it is that all events are of too many new sites.

        What was parsed is freed with it, not after the write: it would have left the processor's caches by then.
        """
        media_type = messages.check_media_type(request, MANY)
        content = await messages.read_body(request, MAX_BODY_BYTES)
        parsed = await read_events(self._turns, body.read_many, content, media_type)
        arrival = await self._intake.receive(request, parsed)
        refused: frozenset[str] = frozenset()
        seconds = 0
        if self._new_sites is not None:
            sites = Counts(item.site_id for item in parsed if not isinstance(item, InvalidInput))
            refused, seconds = await self._new_sites.find_refused(sites)
        is_over = refused and all(not isinstance(item, InvalidInput) and item.site_id in refused for item in parsed)
        over = self._new_sites.exceeded(seconds) if is_over and self._new_sites else None
        return *await self._sort_out(parsed, arrival, refused, seconds), arrival.count_dropped(), over

    async def _sort_out(
        self, parsed: list[body.Parsed], arrival: Arrival, refused: frozenset[str], seconds: int
    ) -> tuple[dict[int, list[SiteEvent]], list[bytes]]:
        """Empties `parsed`: to free twenty thousand faults at once would take as long as many turns."""
        sites: dict[str, list[SiteEvent]] = defaultdict(list)
        rejected: list[bytes] = []

        def sort_out(index: int) -> None:
            try:
                event = arrival.complete(parsed.pop())
                if self._new_sites is not None and event["site_id"] in refused:
                    raise self._new_sites.refusal(seconds)
            except InvalidInput as error:
                rejected.append(messages.encode({"index": index, "errors": messages.describe_error(error)}))
                detach(error)
            else:
                site_id = event["site_id"]
                sites[site_id].append((site_id, encode(event)))

        parsed.reverse()
        await self._turns.map(sort_out, range(len(parsed)))
        return self.router.spread(sites), rejected


def name_reason(error: InvalidInput) -> str:
    """Why a request was refused: the title of the answer, as one word."""
    return error.title.lower().replace(" ", "_")


def from_allowed_origins(allowed: str, accept: Endpoint) -> Endpoint:
    """An endpoint that refuses pages of other origins, before their body is read.

    A browser asks first only where the request is no simple one, and a beacon's is. `allowed`: comma-separated.
    """
    cors = Cors(allowed)

    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin") or _find_page_origin(request)
        if not cors.allows(origin):
            raise OriginRefused("Pages of this origin may not send events: add it to CORS_ALLOW_ORIGINS.")
        return await accept(request)

    return endpoint


def _find_page_origin(request: Request) -> str | None:
    """The origin of the page that a GET for a pixel comes from: it has no Origin."""
    page = request.headers.get("referer", "") if request.method == "GET" else ""
    scheme, separator, rest = page.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}" if separator else None


def build_ingest_app(
    stream: Stream,
    settings: Settings,
    counter: Counter | None = None,
    salts: SaltStore | None = None,
    clock: QueueClock | None = None,
    new_sites: NewSites | None = None,
    sites: SitesSource | None = None,
) -> App:
    """The ingest function's ASGI app.

    `counter`: what counts requests, where the settings limit their rate. `salts`: for visitors' derived ids.
    `clock`: when events are received; None: our own clock says it.
    `new_sites`: what bounds new sites; None: nothing does. `sites`: where it is read what their owners set.
    """
    is_limited = settings.rate_limit_client_requests or settings.rate_limit_site_requests
    rate_limits = RateLimits(counter, settings) if counter and is_limited else None
    known_sites = KnownSites(sites, settings.unknown_sites) if sites else None
    intake = Intake(settings, salts, clock, known_sites)
    turns = Turns()
    ingest = Ingest(stream, intake, settings, turns, rate_limits, clock, new_sites)
    origins = settings.cors_allow_origins
    accept_one, accept_many = (
        ingest.within_limits(ingest.counting_refusals(from_allowed_origins(origins, accept)))
        for accept in (ingest.accept_one, ingest.accept_many)
    )
    validate = ingest.within_limits(from_allowed_origins(origins, DryRun(intake, turns, rate_limits).answer))
    routes = [
        Route("/event", accept_one, methods=["POST"]),
        Route("/events", accept_many, methods=["POST"]),
        Route("/validate", validate, methods=["POST"]),
        Route("/readyz", ingest.answer_ready),
    ]
    if settings.event_path != "/event":
        routes.append(Route(settings.event_path, accept_one, methods=["POST"]))
    routes += make_routes(settings.script_path, settings.event_path)
    stored = StoredEvents(stream, intake, turns, ingest.router, new_sites)
    routes.append(Route("/import", ingest.within_limits(ingest.counting_refusals(stored.accept)), methods=["POST"]))
    drop_in = DropIn(stream, intake, turns, ingest.router, rate_limits, new_sites)
    for door in DOORS:
        accept = ingest.within_limits(ingest.counting_refusals(from_allowed_origins(origins, drop_in.accepting(door))))
        routes += [Route(path, accept, methods=list(door.methods)) for path in list_paths(door)]
    return build_app(routes, origins, Limits.of(settings), list_paths_with_credentials())
