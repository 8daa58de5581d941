"""The ingest function: HTTP requests in, events on the stream, an answer once they are safe there."""

import secrets
import zlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common import body, web
from common.entry_buffer import SiteEvent
from common.errors import InvalidInput
from common.event import IncomingEvent, TimestampBounds, complete
from common.settings import Settings

ONE = ("application/json", "text/plain")
Endpoint = Callable[[Request], Awaitable[Response]]
MANY = ("application/json", "application/x-ndjson", "text/plain")


class Stream(Protocol):
    """Where accepted events go."""

    async def append(self, shard: int, events: Sequence[SiteEvent]) -> None:
        """Return once the events are safely stored; raise Unavailable if they are not."""

    async def count_refused(self, events: int) -> None:
        """Count events that were refused, for the ledger; never raises."""

    async def read_backlog(self) -> dict[str, int]:
        """What waits in the queue; raises Unavailable where the stream takes no writes."""


class Ingest:
    """Accepts events for a stream."""

    def __init__(self, stream: Stream, settings: Settings) -> None:
        self._stream = stream
        self._shards = settings.stream_shards
        self._bounds = TimestampBounds(settings.event_oldest, timedelta(hours=settings.event_ahead_hours))

    async def accept_one(self, request: Request) -> Response:
        """POST /event"""
        web.check_media_type(request, ONE)
        event = body.parse_event(await web.read_body(request, body.MAX_BODY_BYTES))
        encoded = self._complete(event)
        await self._stream.append(self._find_shard(event.site_id), [(event.site_id, encoded)])
        return web.answer({"status": "ok"}, 202)

    async def accept_many(self, request: Request) -> Response:
        """POST /events"""
        media_type = web.check_media_type(request, MANY)
        content = await web.read_body(request, body.MAX_BODY_BYTES)
        is_array = media_type == "application/json" or (
            media_type == "text/plain" and content.lstrip().startswith(b"[")
        )
        parsed = body.parse_array(content) if is_array else body.parse_lines(content)
        events, rejected = self._sort_out(parsed)
        if rejected:
            await self._stream.count_refused(len(rejected))
        if not events:
            return web.problem(422, "Invalid input", "No event is valid.", {"rejected": rejected})
        for shard, encoded in events.items():
            await self._stream.append(shard, encoded)
        accepted = {"accepted": len(parsed) - len(rejected)}
        if rejected:
            return web.answer({"status": "partial", **accepted, "rejected": rejected}, 202)
        return web.answer({"status": "ok", **accepted}, 202)

    def counting_refusals(self, accept: Endpoint) -> Endpoint:
        """An endpoint that counts a request that is refused whole as one refused event."""

        async def endpoint(request: Request) -> Response:
            try:
                return await accept(request)
            except InvalidInput:
                await self._stream.count_refused(1)
                raise

        return endpoint

    async def answer_ready(self, _: Request) -> Response:
        """GET /readyz: whether the stream takes writes; a long queue is no reason not to be ready."""
        return web.answer({"status": "ok", "backlog": await self._stream.read_backlog()})

    def _sort_out(self, parsed: Sequence[body.Parsed]) -> tuple[dict[int, list[SiteEvent]], list[dict[str, Any]]]:
        events: dict[int, list[SiteEvent]] = {}
        rejected = []
        for index, item in enumerate(parsed):
            try:
                if isinstance(item, InvalidInput):
                    raise item
                encoded = self._complete(item)
            except InvalidInput as error:
                faults = web.describe(error.faults) or [{"detail": error.detail}]
                rejected.append({"index": index, "errors": faults})
            else:
                events.setdefault(self._find_shard(item.site_id), []).append((item.site_id, encoded))
        return events, rejected

    def _complete(self, event: IncomingEvent) -> bytes:
        return complete(event, datetime.now(UTC), secrets.randbits(74), self._bounds)

    def _find_shard(self, site_id: str) -> int:
        return zlib.crc32(site_id.encode()) % self._shards if self._shards > 1 else 0


def build_ingest_app(stream: Stream, settings: Settings) -> Starlette:
    """The ingest function's ASGI app."""
    ingest = Ingest(stream, settings)
    routes = [
        Route("/event", ingest.counting_refusals(ingest.accept_one), methods=["POST"]),
        Route("/events", ingest.counting_refusals(ingest.accept_many), methods=["POST"]),
        Route("/readyz", ingest.answer_ready),
    ]
    return web.build_app(routes, settings.cors_allow_origins)
