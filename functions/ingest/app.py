"""The ingest function: HTTP requests in, events on the stream, an answer once they are safe there."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.errors import InvalidInput, OriginRefused, detach
from common.http import messages
from common.http.admission import Limits
from common.http.app import App, build_app
from common.http.cors import Cors
from common.incoming_event import MAX_BODY_BYTES
from common.redis.entry_buffer import SiteEvent
from common.settings import Settings
from common.wire import find_shard
from functions.ingest import body
from functions.ingest.dry_run import DryRun
from functions.ingest.intake import Arrival, Intake, SaltStore
from functions.ingest.queued_event import encode
from functions.ingest.rate_limit import Counter, RateLimits, read_fields
from functions.ingest.sites.refresh import KnownSites, SitesSource
from functions.ingest.tracker.serving import make_routes

ONE = ("application/json", "text/plain")
MANY = ("application/json", "application/x-ndjson", "text/plain")
Endpoint = Callable[[Request], Awaitable[Response]]
_OK = messages.answer({"status": "ok"}, 202)


class Stream(Protocol):
    """Where accepted events go."""

    async def append(self, shard: int, events: Sequence[SiteEvent]) -> None:
        """Return once the events are safely stored; raise Unavailable if they are not."""

    async def count_refused(self, events: int) -> None:
        """Count events that were refused, for the ledger; never raises."""

    async def count_dropped(self, dropped: Mapping[tuple[str, str], int]) -> None:
        """Count events that were accepted without a field, by site and field, for the ledger; never raises."""

    async def read_backlog(self) -> dict[str, int]:
        """What waits in the queue; raises Unavailable where the stream takes no writes."""


class Ingest:
    """Accepts events for a stream, within rate limits if there are any."""

    def __init__(
        self, stream: Stream, intake: Intake, settings: Settings, rate_limits: RateLimits | None = None
    ) -> None:
        self._stream = stream
        self._intake = intake
        self._rate_limits = rate_limits
        self._shards = settings.stream_shards

    async def accept_one(self, request: Request) -> Response:
        """POST /event"""
        messages.check_media_type(request, ONE)
        event = body.parse_event(await messages.read_body(request, MAX_BODY_BYTES))
        arrival = await self._intake.receive(request, [event])
        encoded = encode(arrival.complete(event))
        if self._rate_limits is not None:
            await self._rate_limits.admit_sites(request, (event.site_id,))
        await self._stream.append(find_shard(event.site_id, self._shards), [(event.site_id, encoded)])
        if arrival.enrichment.dropped:
            await self._stream.count_dropped(arrival.count_dropped())
        return _OK

    async def accept_many(self, request: Request) -> Response:
        """POST /events"""
        events, rejected, dropped = await self._read_many(request)
        if self._rate_limits is not None:
            await self._rate_limits.admit_sites(request, {site for many in events.values() for site, _ in many})
        if rejected:
            await self._stream.count_refused(len(rejected))
        if not events:
            return messages.problem(422, "Invalid input", "No event is valid.", {"rejected": rejected})
        for shard, encoded in events.items():
            await self._stream.append(shard, encoded)
        if dropped:
            await self._stream.count_dropped(dropped)
        accepted = {"accepted": sum(map(len, events.values()))}
        if rejected:
            return messages.answer({"status": "partial", **accepted, "rejected": rejected}, 202)
        return messages.answer({"status": "ok", **accepted}, 202)

    def counting_refusals(self, accept: Endpoint) -> Endpoint:
        """Wrap an endpoint: a request that is refused as a whole counts as one refused event."""

        async def endpoint(request: Request) -> Response:
            try:
                return await accept(request)
            except InvalidInput:
                await self._stream.count_refused(1)
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
        """GET /readyz: whether the stream takes writes. A long queue does not make ingest unready."""
        return messages.answer({"status": "ok", "backlog": await self._stream.read_backlog()})

    async def _read_many(
        self, request: Request
    ) -> tuple[dict[int, list[SiteEvent]], list[dict[str, Any]], Mapping[tuple[str, str], int]]:
        """The valid events, encoded, by shard; what is wrong with the others; and which fields were dropped.

        What was parsed is freed with it, not after the write: it would have left the processor's caches by then.
        """
        media_type = messages.check_media_type(request, MANY)
        parsed = body.parse_many(await messages.read_body(request, MAX_BODY_BYTES), media_type)
        arrival = await self._intake.receive(request, parsed)
        return *self._sort_out(parsed, arrival), arrival.count_dropped()

    def _sort_out(
        self, parsed: Sequence[body.Parsed], arrival: Arrival
    ) -> tuple[dict[int, list[SiteEvent]], list[dict[str, Any]]]:
        events: dict[int, list[SiteEvent]] = {}
        rejected = []
        for index, item in enumerate(parsed):
            try:
                event = arrival.complete(item)
            except InvalidInput as error:
                rejected.append({"index": index, "errors": messages.describe_error(error)})
                detach(error)
            else:
                site_id = event["site_id"]
                events.setdefault(find_shard(site_id, self._shards), []).append((site_id, encode(event)))
        return events, rejected


def from_allowed_origins(allowed: str, accept: Endpoint) -> Endpoint:
    """An endpoint that refuses pages of other origins, before their body is read.

    A browser asks first only where the request is no simple one, and a beacon's is. `allowed`: comma-separated.
    """
    cors = Cors(allowed)

    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin")
        if not cors.allows(origin):
            raise OriginRefused("Pages of this origin may not send events: add it to CORS_ALLOW_ORIGINS.")
        return await accept(request)

    return endpoint


def build_ingest_app(
    stream: Stream,
    settings: Settings,
    counter: Counter | None = None,
    salts: SaltStore | None = None,
    sites: SitesSource | None = None,
) -> App:
    """The ingest function's ASGI app.

    `counter`: what counts requests, where the settings limit their rate. `salts`: for visitors' derived ids. `sites`:
    where it is read what their owners set.
    """
    is_limited = settings.rate_limit_client_requests or settings.rate_limit_site_requests
    rate_limits = RateLimits(counter, settings) if counter and is_limited else None
    intake = Intake(settings, salts, sites=KnownSites(sites, settings.unknown_sites) if sites else None)
    ingest = Ingest(stream, intake, settings, rate_limits)
    origins = settings.cors_allow_origins
    accept_one, accept_many = (
        ingest.within_limits(ingest.counting_refusals(from_allowed_origins(origins, accept)))
        for accept in (ingest.accept_one, ingest.accept_many)
    )
    validate = ingest.within_limits(from_allowed_origins(origins, DryRun(intake, rate_limits).answer))
    routes = [
        Route("/event", accept_one, methods=["POST"]),
        Route("/events", accept_many, methods=["POST"]),
        Route("/validate", validate, methods=["POST"]),
        Route("/readyz", ingest.answer_ready),
    ]
    if settings.event_path != "/event":
        routes.append(Route(settings.event_path, accept_one, methods=["POST"]))
    routes += make_routes(settings.script_path, settings.event_path)
    return build_app(routes, origins, Limits.of(settings))
