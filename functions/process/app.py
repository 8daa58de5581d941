"""The process function: batches of queued events in, rows and aggregates out, what failed reported."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common import wire
from common.errors import FromTheFuture
from common.http import messages
from common.http.admission import DEFAULT, Limits
from common.http.app import App, build_app
from common.log import fields
from common.wire import Entry, SitesAnswer, SitesTask
from common.witness.sighting import Sighting
from functions.process.caller_guard import Guard
from functions.process.rejection import Rejection
from functions.process.sorting import Sorted, sort_out
from functions.process.stored import Stored

MAX_PAYLOAD_BYTES = 6 << 20
"""What a function platform lets an invocation carry."""
CLOCKS_DIFFER_MS = 60_000
"""How far the queue's clock may be ahead of ours."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Report:
    """What became of a batch, redelivered events included."""

    events: int
    stored: int
    rejected: Mapping[str, int]
    filtered: Mapping[str, int]
    deferred: int
    """Of entries that wait for a site's lock; some events of them may be stored."""
    failed: int
    """Entries at fault."""
    entries: int
    traces: Sequence[tuple[str, str]]
    """Entries' ids with the traceparents of those of their events' requests that are traced."""
    seconds: float

    @property
    def duplicate(self) -> int:
        """Events that were known, or that an erasure asks to forget: the ledger tells these apart."""
        others = self.stored + sum(self.rejected.values()) + sum(self.filtered.values()) + self.deferred
        return max(0, self.events - others)


Note = Callable[[Report], None]
"""Who counts what becomes of batches."""


def join_notes(notes: Sequence[Note]) -> Note | None:
    """One that tells all of them; None if there are none."""

    def note(report: Report) -> None:
        for one in notes:
            one(report)

    return note if notes else None


class Store(Protocol):
    """Where events end up."""

    def insert_batch(
        self,
        entries: Sequence[Entry],
        months: Set[date],
        sites: Set[str],
        rejections: Sequence[Rejection],
        *,
        may_defer: bool,
    ) -> Stored:
        """Store these events and rejections, each once however often they come, in one transaction.

        In several, if the events touch too much for one. `months`, `sites`: those of the events that are not
        filtered. An event that the store refuses becomes a rejection. `may_defer`: leave the events of sites aside
        that are locked for longer than a moment. Raises Unavailable: then nothing is known to be stored, though some
        may be.
        """

    def observe(self, sightings: Sequence[Sighting]) -> dict[str, Any]:
        """Remember what the queue shows; see common.witness.record. Raises Unavailable."""

    def handle_sites(self, task: SitesTask) -> SitesAnswer:
        """What the poller asks about sites: what is published of them, or a step of deleting one."""

    def ping(self) -> None:
        """Raises Unavailable if the store can't take anything."""


def handle_batch(payload: bytes | Mapping[str, Any], store: Store, note: Note | None = None) -> dict[str, Any]:
    """Store a batch; the answer lists the messages that are themselves at fault. `note`: is told of it.

    Raises InvalidInput if the payload is no batch of the queue's, Unavailable if the store is: then nothing is known
    to be stored, and the same batch may be sent again.
    """
    started = time.perf_counter()
    batch = wire.read_batch(payload)
    if batch.sites is not None:
        return wire.report_sites(store.handle_sites(batch.sites))
    records = batch.records
    if not records:  # an empty batch only asks whether we are ready: a function that is invoked has no GET /readyz
        if batch.sightings:
            return {**wire.report_failures({}), "queue": store.observe(batch.sightings)}
        store.ping()
        return wire.report_failures({})
    _check_ids(records)
    found = Sorted()
    for record in records:
        sort_out(record, found)
    done = store.insert_batch(found.entries, found.months, found.sites, found.rejections, may_defer=batch.may_defer)
    deferred = _find_records(done.deferred, records)
    if note is not None:
        note(_report(found, done, deferred, records, time.perf_counter() - started))
    log.info(
        "batch processed",
        extra=fields(
            entries=len(records),
            events=sum(entry.count for entry in found.entries) + len(found.rejections),
            stored=done.events,
            rejected=done.set_aside,
            deferred=len(deferred),
            failed=len(found.failures),
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
        ),
    )
    return wire.report_failures(found.failures | dict.fromkeys(deferred, wire.DEFERRED))


def _report(found: Sorted, done: Stored, deferred: Set[str], records: Sequence[wire.Record], seconds: float) -> Report:
    refused = {"store_refused": done.set_aside - len(found.rejections)} if done.set_aside else {}
    return Report(
        events=found.events,
        stored=done.events,
        rejected=Counter(rejection.reason for rejection in found.rejections) + Counter(refused),
        filtered=found.filtered,
        deferred=sum(entry.count for entry in found.entries if wire.name_entry(entry.message_id) in deferred),
        failed=len(found.failures),
        entries=len(records),
        traces=[
            (record.message_id, trace)
            for record in records
            if record.trace and record.message_id not in deferred
            for trace in record.trace.split()
        ],
        seconds=seconds,
    )


def _find_records(deferred: Set[str], records: Iterable[wire.Record]) -> set[str]:
    """The records that hold these entries: one that was taken apart is deferred with any of its parts."""
    ids = {record.message_id for record in records} if deferred else set()
    return {entry if entry in ids else wire.name_entry(entry) for entry in deferred}


def _check_ids(records: Iterable[wire.Record]) -> None:
    """Raises FromTheFuture where an id is not given yet: its outcome would count in place of a real entry's."""
    latest = int(time.time() * 1000) + CLOCKS_DIFFER_MS
    for record in records:
        if (wire.read_milliseconds(record.message_id) or 0) > latest:
            raise FromTheFuture(
                f"{record.message_id} is over {CLOCKS_DIFFER_MS // 1000} s ahead of the processor's clock:"
                " the clocks of the queue and of the processor should agree."
            )


def build_process_app(store: Store, guard: Guard, limits: Limits = DEFAULT, note: Note | None = None) -> App:
    """The process function's ASGI app: POST / with a batch, from whom the guard lets pass. `note`: see handle_batch."""

    async def trigger(request: Request) -> Response:
        guard.check(request)
        messages.check_media_type(request, ("application/json",))
        payload = await messages.read_body(request, MAX_PAYLOAD_BYTES)
        return messages.answer(await run_in_threadpool(handle_batch, payload, store, note))

    async def answer_ready(_: Request) -> Response:
        await run_in_threadpool(store.ping)
        return messages.answer({"status": "ok"})

    routes = [Route("/", trigger, methods=["POST"]), Route("/readyz", answer_ready)]
    return build_app(routes, limits=limits)
