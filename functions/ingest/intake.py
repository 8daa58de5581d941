"""Turns a request's events into queued events: one way for events that are kept and for those that are only tried."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from starlette.requests import Request

from common.derivation.place import Places
from common.errors import Fault, InvalidInput
from common.event import OTHER
from common.http.client_address import TrustedProxies
from common.incoming_event import IncomingEvent
from common.settings import Settings
from common.visitor import SALT_BYTES, Salts, begins_day
from functions.ingest.body import Parsed
from functions.ingest.daily_values import DailyValues
from functions.ingest.enrichment import Enrichment, Sender
from functions.ingest.event_time import TimestampBounds
from functions.ingest.ids import make_uuid7s
from functions.ingest.queue_clock import QueueClock
from functions.ingest.queued_event import complete
from functions.ingest.sites.judgement import Sites
from functions.ingest.sites.refresh import KnownSites
from functions.ingest.speaker import find_speaker


class SaltStore(Protocol):
    """Where the days' salts are, the same for all instances (see functions.ingest.visitor_salts)."""

    async def find(self, day: date) -> bytes:
        """The salt of a UTC day, made if there is none; raises Unavailable."""


class PassingSalts:
    """Throw-away salts: an id made with them says nothing about stored ids."""

    async def find(self, day: date) -> bytes:  # noqa: ARG002
        """A new salt each time."""
        return secrets.token_bytes(SALT_BYTES)


@dataclass(slots=True)
class Arrival:
    """One request in progress: when it came, and what it shows of its sender."""

    now: datetime
    enrichment: Enrichment
    bounds: TimestampBounds
    ids: Iterator[str]
    """One for each of the request's events."""
    values: DailyValues
    """What bounds the different values of a site's day."""
    is_kept: bool = False
    """Whether the events are kept: what is only tried takes no place among those values."""
    gathered: list[tuple[str, Fault]] = field(init=False, default_factory=list)
    """The fields of the events so far that count under "(other)", each with its site."""

    def complete(self, event: Parsed) -> dict[str, Any]:
        """An event as it is queued; raises InvalidInput for one that is not valid."""
        if isinstance(event, InvalidInput):
            raise event
        self.enrichment.sites.check(event.site_id)
        completed = complete(event, self.now, next(self.ids), self.bounds, self._derive)
        if "filtered" not in completed and (faults := self.values.gather(completed, is_kept=self.is_kept)):
            self.gathered += [(event.site_id, fault) for fault in faults]
        return completed

    def _derive(self, incoming: IncomingEvent, timestamp: datetime) -> dict[str, Any]:
        speaker = self.enrichment.speaker
        if speaker.needs_key:
            speaker.check(incoming, timestamp, self.now)
        if speaker.is_strict and speaker.may_speak(incoming.site_id):
            return self._derive_strictly(incoming, timestamp)
        return self.enrichment.derive(incoming, timestamp)

    def _derive_strictly(self, incoming: IncomingEvent, timestamp: datetime) -> dict[str, Any]:
        dropped = self.enrichment.dropped
        dropped_before = len(dropped)
        fields = self.enrichment.derive(incoming, timestamp)
        if len(dropped) > dropped_before:
            faults = tuple(fault for _, fault in dropped[dropped_before:])
            del dropped[dropped_before:]
            raise InvalidInput("The event is not valid.", faults)
        return fields

    def count_dropped(self) -> Counter[tuple[str, str]]:
        """How many events so far are stored without a field, or with less of it, by their site and its name.

        Those of which it counts under "(other)" say so: `path(other)`.
        """
        dropped = Counter((site_id, loss.pointer[1:]) for site_id, loss in self.enrichment.dropped)
        return dropped + Counter((site_id, loss.pointer[1:] + OTHER) for site_id, loss in self.gathered)


class Intake:
    """Takes requests' events in. `salts`: None if no visitor is to get a derived id. `clock`: None for our own."""

    def __init__(
        self,
        settings: Settings,
        salts: SaltStore | None,
        clock: QueueClock | Callable[[], datetime] | None = None,
        sites: KnownSites | None = None,
    ) -> None:
        self._bounds = TimestampBounds(settings.event_oldest, timedelta(hours=settings.event_ahead_hours))
        self._honours_do_not_track = settings.honour_do_not_track
        self._kept = frozenset(filter(None, map(str.strip, settings.query_parameters_kept.split(","))))
        self._places = Places.open(Path(settings.places_mmdb) if settings.places_mmdb else None)
        self._proxies = TrustedProxies(settings.trusted_proxies)
        self._salts = salts
        self._values = DailyValues.of(settings)
        self._queue_clock = clock if isinstance(clock, QueueClock) else None
        self._clock = clock.now if isinstance(clock, QueueClock) else clock or (lambda: datetime.now(UTC))
        self._sites = sites or KnownSites(None)
        self._needs_key = settings.events_from_servers == "key"

    async def receive(self, request: Request, events: Sequence[Parsed]) -> Arrival:
        """Begin with a request. Raises Unavailable if a salt is needed and can't be read; so with the known sites."""
        if self._queue_clock is not None and self._queue_clock.is_due:
            await self._queue_clock.measure()
        now = self._clock()
        sites = await self.find_sites()
        needs_salt = any(isinstance(event, IncomingEvent) and event.user_id is None for event in events)
        salts = await self._find_salts(self._salts, now) if needs_salt and self._salts else None
        arrival = self._begin(request, now, salts, sites, len(events))
        arrival.is_kept = True
        return arrival

    async def try_out(self, request: Request, events: Sequence[Parsed]) -> Arrival:
        """Begin with a request that is only tried: nothing of it is kept, and its derived ids are throw-away."""
        now = self._clock()
        sites = await self.find_sites()
        salts = await self._find_salts(PassingSalts(), now) if self._salts else None
        return self._begin(request, now, salts, sites, len(events))

    async def find_sites(self) -> Sites:
        """What is known of sites. Raises Unavailable where they have to be known, and nothing was ever published."""
        return self._sites.find_fresh() or await self._sites.find()

    def is_proxy_believed(self, request: Request) -> bool | None:
        """See TrustedProxies."""
        return self._proxies.is_believed(request)

    def _begin(self, request: Request, now: datetime, salts: Salts | None, sites: Sites, events: int) -> Arrival:
        headers = request.headers
        sender = Sender(
            self._proxies.find_address(request),
            headers.get("user-agent", ""),
            headers.get("accept-language", ""),
            "1" in (headers.get("dnt"), headers.get("sec-gpc")),
            headers.get("origin") or headers.get("referer", ""),
        )
        speaker = find_speaker(request, sites.keys, now, needs_key=self._needs_key)
        enrichment = Enrichment(self._places, sender, salts, self._honours_do_not_track, self._kept, sites, speaker)
        return Arrival(now, enrichment, self._bounds, make_uuid7s(now, events), self._values)

    async def _find_salts(self, store: SaltStore, now: datetime) -> Salts:
        today = now.date()
        previous = await store.find(today - timedelta(days=1)) if begins_day(now) else None
        return Salts(today, await store.find(today), previous)
