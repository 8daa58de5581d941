"""Sends the demo's events to ingest, a batch at a time, with a bar that says how far it is."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from itertools import islice

from rich.console import Console
from rich.progress import Progress

from common.settings import Settings
from infra.demo.traffic import list_days, make_day
from infra.importer.send import IngestClient, Patience

DAYS = 90
_BATCH = 500
_PATIENCE_SECONDS = 60


def fill(settings: Settings, site_id: str, now: datetime, days: int = DAYS) -> int:
    """Send the events of the last `days` UTC days up to `now`; returns how many ingest accepted.

    Sent again, they count once. Raises ImportStopped if ingest refuses them, or is away for a minute.
    """
    accepted = 0
    console = Console(stderr=True)
    patience = Patience(_PATIENCE_SECONDS, time.monotonic, time.sleep, console.print)
    with (
        closing(IngestClient(settings.ingest_url, patience, settings.ingest_key)) as client,
        Progress(console=console) as progress,
    ):
        for day in progress.track(list_days(now.date(), days), description=f"sending {site_id}"):
            for batch in _batch(_list_events(site_id, day, now)):
                accepted += client.send(batch).accepted
    return accepted


def _list_events(site_id: str, day: date, now: datetime) -> Iterator[bytes]:
    """A day's events as JSON; of today those that have happened."""
    until = now.isoformat()[:19]
    return (json.dumps(event).encode() for event in make_day(site_id, day) if event["timestamp"][:19] <= until)


def _batch(events: Iterator[bytes]) -> Iterator[list[bytes]]:
    while batch := list(islice(events, _BATCH)):
        yield batch
