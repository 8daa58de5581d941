"""Gathers page views into batches and sends them; in a dry run, counts what would be sent."""

import json
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from functools import partial

from infra.importer import background
from infra.importer.account import Account, Place
from infra.importer.errors import ImportStopped
from infra.importer.histories.history import History
from infra.importer.histories.own import OWN_EXPORT
from infra.importer.overlap import Overlap
from infra.importer.page_view import PageView
from infra.importer.send import Answer, Batch, IngestClient

_LAST_ANSWER_WITHIN_SECONDS = 2.0


class Delivery:
    """Sends batches to ingest, one after the other; the next one fills meanwhile. `client` is None in a dry run."""

    def __init__(self, client: IngestClient | None, overlap: Overlap, account: Account) -> None:
        self._client, self._overlap, self._account = client, overlap, account
        self._batch: Batch[Place] = Batch()
        self._on_its_way: tuple[Batch[Place], Future[Answer]] | None = None
        self.history: History | None = None
        """What the events that are added next come from; None: from a log. Nothing may be waiting when it is set."""
        self.when_sent: Callable[[], None] | None = None
        """Called when all that was added is answered. Where it is set, every batch is waited for."""

    def add(self, view: PageView, place: Place) -> None:
        """Take a page view; begins to send what is waiting if there is no more room. Raises ImportStopped."""
        if not self._batch.has_room(view):
            if self.when_sent:
                self.flush()
            else:
                self._begin()
        self._batch.add(view, place)

    def flush(self) -> None:
        """Send what is waiting, and wait until all is answered. Raises ImportStopped."""
        self._begin()
        self._finish()
        if self.when_sent:
            self.when_sent()

    def end(self) -> None:
        """Note a last answer, if it comes soon: after an interruption the report says of it, too."""
        if self._on_its_way and self._on_its_way[1] in wait([self._on_its_way[1]], _LAST_ANSWER_WITHIN_SECONDS).done:
            with suppress(ImportStopped):  # of which an import that was interrupted says nothing
                self._finish()

    def _begin(self) -> None:
        """The answer to the batch before comes first: if that could not be sent, this one is not."""
        self._finish()
        batch, self._batch = self._batch, Batch()
        if batch.events:
            self._account.report.sent += len(batch.events)
            self._on_its_way = batch, background.begin(partial(self._carry, batch, self.history))

    def _carry(self, batch: "Batch[Place]", history: History | None) -> Answer:
        """What takes time, and waits for others. It runs beside the reading."""
        self._overlap.look(batch.keys, warns=history is not OWN_EXPORT)
        if self._client is None:
            return Answer(0)
        return self._client.send_stored(batch.events) if history else self._client.send(batch.events)

    def _finish(self) -> None:
        if self._on_its_way is None:
            return
        (batch, coming), self._on_its_way = self._on_its_way, None
        answer, report = background.finish(coming), self._account.report
        if self._client is None and not report.sample:
            report.sample = json.loads(batch.events[0])
        report.accepted += answer.accepted
        refused = {index for index, _ in answer.rejected}
        self._overlap.note([timestamp for index, (timestamp, _) in enumerate(batch.keys) if index not in refused])
        for index, reason in answer.rejected:
            self._account.note_rejected(batch.lines[index], reason)
