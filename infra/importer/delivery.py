"""Gathers page views into batches and sends them; in a dry run, counts what would be sent."""

import json
from collections.abc import Callable

from infra.importer.account import Account, Place
from infra.importer.histories.history import History
from infra.importer.histories.own import OWN_EXPORT
from infra.importer.overlap import Overlap
from infra.importer.page_view import PageView
from infra.importer.send import Batch, IngestClient


class Delivery:
    """Sends batches to ingest. `client` is None in a dry run."""

    def __init__(self, client: IngestClient | None, overlap: Overlap, account: Account) -> None:
        self._client, self._overlap, self._account = client, overlap, account
        self._batch: Batch[Place] = Batch()
        self.history: History | None = None
        """What the events that are added next come from; None: from a log. Nothing may be waiting when it is set."""
        self.when_sent: Callable[[], None] = lambda: None
        """Called when all that was added is answered."""

    def add(self, view: PageView, place: Place) -> None:
        """Take a page view; sends what is waiting if there is no more room. Raises ImportStopped."""
        if not self._batch.has_room(view):
            self.flush()
        self._batch.add(view, place)

    def flush(self) -> None:
        """Send what is waiting. Raises ImportStopped."""
        batch, self._batch = self._batch, Batch()
        if batch.events:
            self._send(batch)
        self.when_sent()

    def _send(self, batch: "Batch[Place]") -> None:
        report = self._account.report
        self._overlap.look(batch.keys, warns=self.history is not OWN_EXPORT)
        if self._client is None:
            report.sample = report.sample or json.loads(batch.events[0])
            report.sent += len(batch.events)
            self._overlap.note([timestamp for timestamp, _ in batch.keys])
            return
        report.sent += len(batch.events)
        answer = self._client.send_stored(batch.events) if self.history else self._client.send(batch.events)
        report.accepted += answer.accepted
        refused = {index for index, _ in answer.rejected}
        self._overlap.note([timestamp for index, (timestamp, _) in enumerate(batch.keys) if index not in refused])
        for index, reason in answer.rejected:
            self._account.note_rejected(batch.lines[index], reason)
