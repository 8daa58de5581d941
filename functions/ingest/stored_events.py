"""POST /import: events that were stored before, as an export has them. They are queued as they are.

Nothing is derived and nobody's wishes are applied: that was done when they first came. Whoever has a key to import may
so say whose an event is, by the id that was derived then.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from common.access.key import looks_like_key
from common.errors import Fault, InvalidInput, Unauthorized, detach
from common.event import ENGAGEMENT, PAGE_VIEW, Event
from common.http import messages
from common.http.keys import read_bearer
from common.incoming_event import MAX_BODY_BYTES
from common.redis.entry_buffer import SiteEvent
from functions.ingest import body
from functions.ingest.drop_in import Stream
from functions.ingest.intake import Arrival, Intake
from functions.ingest.new_sites import NewSites
from functions.ingest.refusal import refuse
from functions.ingest.router import Router
from functions.ingest.turns import Turns

MEDIA_TYPES = ("application/x-ndjson",)
Read = SiteEvent | InvalidInput
"""What a line is: an event as it is queued, or what is wrong with it."""
_NEEDS_KEY = "Send a key with the scope import, and without ingest, as `Authorization: Bearer <key>`."


class StoredEvents:
    """Accepts exported events."""

    def __init__(
        self, stream: Stream, intake: Intake, turns: Turns, router: Router, new_sites: NewSites | None = None
    ) -> None:
        self._stream = stream
        self._intake = intake
        self._turns = turns
        self._router = router
        self._new_sites = new_sites

    async def accept(self, request: Request) -> Response:
        """Answered as POST /events is, when the events are on disk. Raises Unauthorized without the right key."""
        if not looks_like_key(read_bearer(request) or request.headers.get("x-api-key", "")):
            raise Unauthorized(_NEEDS_KEY, "ingest")
        messages.check_media_type(request, MEDIA_TYPES)
        arrival = await self._intake.receive(request, [])
        if arrival.enrichment.speaker.is_strict:
            raise Unauthorized(_NEEDS_KEY, "ingest")
        content = await messages.read_body(request, MAX_BODY_BYTES)
        lines = (await self._turns.read(lambda text, _: body.read_lines(text), content, "")).raw
        events = await self._turns.map(lambda line: _read(line, arrival), lines)
        sites, rejected = _sort_out(events, await self._find_refused(events))
        if rejected:
            await self._stream.count_refused(len(rejected))
        if not sites:
            return messages.problem(422, "Invalid input", "No event is valid.", arrays={"rejected": rejected})
        for shard, many in self._router.spread(sites).items():
            await self._stream.append(shard, many)
        accepted = {"accepted": sum(map(len, sites.values()))}
        if rejected:
            return messages.answer({"status": "partial", **accepted}, 202, {"rejected": rejected})
        return messages.answer({"status": "ok", **accepted}, 202)

    async def _find_refused(self, events: Sequence[Read]) -> dict[str, InvalidInput]:
        if self._new_sites is None:
            return {}
        sites = Counter(read[0] for read in events if not isinstance(read, InvalidInput))
        refused, seconds = await self._new_sites.find_refused(sites)
        return {site_id: self._new_sites.refusal(seconds) for site_id in refused}


def _read(line: bytes, arrival: Arrival) -> Read:
    try:
        event = read_stored(line, arrival)
    except InvalidInput as error:
        detach(error)
        return error
    return event.site_id, event.model_dump_json(exclude_none=True).encode()


def _sort_out(
    events: Sequence[Read], refused: Mapping[str, InvalidInput]
) -> tuple[dict[str, list[SiteEvent]], list[bytes]]:
    """The events by site, and what is wrong with the others, encoded."""
    sites: dict[str, list[SiteEvent]] = defaultdict(list)
    rejected: list[bytes] = []
    for index, read in enumerate(events):
        fault = read if isinstance(read, InvalidInput) else refused.get(read[0])
        if fault is not None:
            rejected.append(messages.encode({"index": index, "errors": messages.describe_error(fault)}))
        elif not isinstance(read, InvalidInput):
            sites[read[0]].append(read)
    return sites, rejected


def read_stored(line: bytes, arrival: Arrival) -> Event:
    """The event of a line. Raises InvalidInput."""
    try:
        event = Event.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])[: body.MAX_ECHOED_NAME]
        raise InvalidInput("The event is not valid.", (Fault(f"{first['msg']}.", pointer),)) from None
    if not arrival.enrichment.speaker.may_speak(event.site_id):
        raise refuse("/site_id", "The key may not import events of this site.")
    arrival.enrichment.sites.check(event.site_id)
    if event.event_type in (PAGE_VIEW, ENGAGEMENT) and event.path is None and event.filtered is None:
        raise refuse("/path", "This kind of event needs a path.")
    if not arrival.bounds.oldest <= event.timestamp <= arrival.now + arrival.bounds.ahead:
        raise refuse("/timestamp", f"The time should be from {arrival.bounds.oldest.isoformat()} (EVENT_OLDEST).")
    return event
