"""POST /validate: what would become of events. They go the usual way, and nothing is stored."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from common.errors import Fault, InvalidInput, detach
from common.http import messages
from common.incoming_event import MAX_BODY_BYTES
from functions.ingest import body
from functions.ingest.dialects.form import Drop
from functions.ingest.dialects.paths import DIALECTS
from functions.ingest.drop_in import read_request
from functions.ingest.enrichment import is_browser
from functions.ingest.intake import Arrival, Intake
from functions.ingest.rate_limit import RateLimits
from functions.ingest.slices import read_events
from functions.ingest.turns import Turns

ACCEPTED = ("application/json", "application/x-ndjson", "text/plain")


class DryRun:
    """Tells senders what would become of their events, within ingest's rate limits."""

    def __init__(self, intake: Intake, turns: Turns, rate_limits: RateLimits | None) -> None:
        self._intake = intake
        self._turns = turns
        self._rate_limits = rate_limits

    async def answer(self, request: Request) -> Response:
        """One event or many; answers 200 whatever is wrong with them, as long as they can be told apart.

        With `?dialect=`, another tracker's request: the body, and the rest of the query, as its client sends them.
        """
        if name := request.query_params.get("dialect"):
            return await self._answer_in_dialect(request, name)
        media_type = messages.check_media_type(request, ACCEPTED)
        content = await messages.read_body(request, MAX_BODY_BYTES)
        events = await read_events(self._turns, body.read_any, content, media_type)
        arrival = await self._begin(request, events)

        def tell(index: int) -> bytes:
            return messages.encode({"index": index, **_tell(events.pop(), arrival)})  # and free it

        events.reverse()
        outcomes = await self._turns.map(tell, range(len(events)))
        return messages.answer({"seen": self._tell_sender(request, arrival)}, arrays={"events": outcomes})

    async def _answer_in_dialect(self, request: Request, name: str) -> Response:
        if name not in DIALECTS:
            raise InvalidInput("Unknown dialect.", (Fault(f"One of {', '.join(DIALECTS)}.", parameter="dialect"),))
        query = request.scope["query_string"].decode("latin-1")
        rest = "&".join(part for part in query.split("&") if not part.startswith("dialect="))
        reading = await read_request(request, name, self._intake, self._turns, rest)
        arrival = await self._begin(request, reading.events)

        def tell(index: int) -> bytes:
            item, event = reading.items[index], reading.parsed[index]
            if isinstance(item, Drop):
                return messages.encode({"index": index, "outcome": "dropped", "reason": item.name, "why": item.why})
            assert event is not None  # noqa: S101 - only a drop has none
            told = _tell(event, arrival, item.losses)
            return messages.encode({"index": index, **told, "unused": list(item.unused)})

        outcomes = await self._turns.map(tell, range(len(reading.items)))
        return messages.answer({"seen": self._tell_sender(request, arrival)}, arrays={"events": outcomes})

    async def _begin(self, request: Request, events: Sequence[body.Parsed]) -> Arrival:
        if self._rate_limits is not None:
            sites = {event.site_id for event in events if not isinstance(event, InvalidInput)}
            await self._rate_limits.admit_sites(request, sites)
        return await self._intake.try_out(request, events)

    def _tell_sender(self, request: Request, arrival: Arrival) -> dict[str, Any]:
        """What the request itself shows; the address is the caller's own, or that of its proxy."""
        sender = arrival.enrichment.sender
        return {
            "address": sender.address or None,
            "is_forwarded_address_believed": self._intake.is_proxy_believed(request),
            "is_browser": is_browser(sender.user_agent),
            "is_not_to_be_tracked": sender.is_not_to_be_tracked,
            **arrival.enrichment.describe_sender(),
        }


def _tell(event: body.Parsed, arrival: Arrival, losses: Sequence[Fault] = ()) -> dict[str, Any]:
    dropped_before, gathered_before = len(arrival.enrichment.dropped), len(arrival.gathered)
    try:
        queued = arrival.complete(event)
    except InvalidInput as error:
        detach(error)
        return {"outcome": "rejected", "errors": messages.describe_error(error)}
    assert not isinstance(event, InvalidInput)  # noqa: S101 - it would have been raised
    told: dict[str, Any] = {"visitor_from": arrival.enrichment.find_visitor(event).origin, "event": queued}
    if dropped := [*losses, *(fault for _, fault in arrival.enrichment.dropped[dropped_before:])]:
        told["dropped"] = [fault.as_dict() for fault in dropped]
    if gathered := arrival.gathered[gathered_before:]:
        told["gathered"] = [fault.as_dict() for _, fault in gathered]
    if reason := queued.get("filtered"):
        return {"outcome": "filtered", "reason": reason, **told}
    return {"outcome": "stored", **told}
