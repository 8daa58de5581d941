"""Data sets: so many million events of one site over a year, stored by the processor's own code, kept between runs."""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench import servers, store
from bench.context import Bench, NotMeasured
from bench.machine import free_bytes, say
from bench.processes import Failed
from bench.traffic import DAYS, GENERATOR, make_day
from common.adapters.database import Database
from common.adapters.postgres import PostgresStore
from common.process import handle_batch
from common.settings import Settings
from common.sql import load_migrations
from common.wire import Entry, encode_batch

BYTES_AN_EVENT = 1_000
SPARE_BYTES = 5 << 30
BATCH_EVENTS = 5_000
ENTRY_EVENTS = 500
PROCESSES = 2
DAYS_A_STEP = 10


@dataclass
class Marker:
    """What is known of a data set; a file beside its data. `progress`: events stored, and events/s at that point."""

    digest: str
    days: int = 0
    events: int = 0
    next_day: int = DAYS
    is_verified: bool = False
    progress: list[tuple[int, float]] = field(default_factory=list)


def digest() -> str:
    """Of all that says what is stored: another one means that the set has to be made anew."""
    text = "".join(text for _, text in load_migrations())
    return hashlib.sha256(f"{GENERATOR}{text}".encode()).hexdigest()[:16]


def folder_of(bench: Bench, millions: float) -> Path:
    """Where a set is."""
    return bench.kept.absolute() / f"{millions:g}"


def read_marker(folder: Path) -> Marker | None:
    """The marker, if there is a set of this schema."""
    path = folder / "marker.json"
    if not path.exists():
        return None
    marker = Marker(**json.loads(path.read_text()))
    return marker if marker.digest == digest() else None


def write_marker(folder: Path, marker: Marker) -> None:
    """Note what is known."""
    (folder / "marker.json").write_text(json.dumps(asdict(marker), indent=1) + "\n")


@contextmanager
def running(bench: Bench, millions: float) -> Iterator[servers.Server]:
    """The server of a set, made first where the form says so; raises NotMeasured where it is not there."""
    folder = folder_of(bench, millions)
    marker = read_marker(folder)
    if marker is None or not marker.is_verified:
        if not bench.form.makes_sets:
            raise NotMeasured(f"there is no set of {millions:g} million events (BENCH=long makes it)")
        marker = marker or _begin(folder)
        _require_room(folder, millions, marker)
    with servers.postgres(folder) as server:
        if not marker.is_verified:
            _make(server.url, folder, millions, marker)
        yield server


def _begin(folder: Path) -> Marker:
    if folder.exists():
        shutil.rmtree(folder)  # of another schema
    folder.mkdir(parents=True)
    marker = Marker(digest())
    write_marker(folder, marker)
    return marker


def _require_room(folder: Path, millions: float, marker: Marker) -> None:
    needed = round(millions * 1e6 * BYTES_AN_EVENT * (1 - marker.days / DAYS)) + SPARE_BYTES
    if (free := free_bytes(folder)) < needed:
        raise NotMeasured(
            f"{millions:g} million events may need {needed / 1e9:.0f} GB of disk; {free / 1e9:.0f} are free"
        )


def _make(url: str, folder: Path, millions: float, marker: Marker) -> None:
    """Store what is missing, day by day; whatever was stored before counts once. Raises Failed unless it is clean."""
    store.make_schema(url)
    with ProcessPoolExecutor(PROCESSES) as pool:
        while marker.days < DAYS:
            began, until = time.perf_counter(), min(marker.days + DAYS_A_STEP, DAYS)
            days = range(marker.days, until)
            count = sum(pool.map(store_day, [url] * len(days), [millions] * len(days), days))
            marker.days, marker.events = until, marker.events + count
            marker.progress.append((marker.events, round(count / (time.perf_counter() - began))))
            write_marker(folder, marker)
            say(f"{millions:g} million: day {marker.days}, {marker.events:,} events, {marker.progress[-1][1]:,.0f}/s")
    store.require_clean(url, marker.events)
    finish(url, folder, marker)


def finish(url: str, folder: Path, marker: Marker) -> None:
    """Bring it into the state that autovacuum keeps a database in, and verify it."""
    with closing(store.connect(url)) as connection:
        connection.run("vacuum analyze")
        connection.run("checkpoint")
    if marker.is_verified:  # it has grown
        store.require_clean(url)
    marker.is_verified = True
    write_marker(folder, marker)


def store_day(url: str, millions: float, day: int) -> int:
    """Store a day of a set; how many events it has. Storing it again changes nothing."""
    events = make_day(millions, day)
    store_events(url, events, name=day)
    return len(events)


def store_events(url: str, events: list[str], name: int) -> None:
    """Give events to the processor's own code, in batches and entries as the poller would."""
    settings = Settings(database_url=url)
    with closing(Database(url, 1, timeout_seconds=120)) as database:
        processor = PostgresStore(database, settings.ledger_hours)
        for at in range(0, len(events), BATCH_EVENTS):
            batch = events[at : at + BATCH_EVENTS]
            entries = [
                Entry(f"[{','.join(batch[i : i + ENTRY_EVENTS])}]".encode(), len(batch[i : i + ENTRY_EVENTS]),
                      f"0:{1_735_689_600_000 + name * 86_400_000 + at + i}-0")
                for i in range(0, len(batch), ENTRY_EVENTS)
            ]  # fmt: skip
            answer = handle_batch(encode_batch(entries), processor)
            if answer["batchItemFailures"]:
                raise Failed(f"the processor refuses {answer['batchItemFailures'][0]}")
