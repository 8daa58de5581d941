"""Data sets, stored by the processor's own code and kept between runs: a site's year, and plain events of 20 sites."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench import servers, store
from bench.context import Bench, NotMeasured
from bench.machine import free_bytes, say
from bench.processes import Failed
from bench.traffic import DAYS, GENERATOR, PLAIN_SITES, SITE, make_day, make_plain
from common.postgres.database import Database
from common.settings import Settings
from common.wire import Entry, encode_batch
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.migrations.runner import load_migrations

SPARE_BYTES = 5 << 30
BATCH_EVENTS = 5_000
ENTRY_EVENTS = 500
PROCESSES = 2
"""They make events at the same time; they store at the same time what is of different sites."""


@dataclass(frozen=True)
class Kind:
    """What a set is of. `jobs`: what is stored of some days, in the order of time, each by one process."""

    name: str
    sites: Sequence[str]
    bytes_an_event: int
    days_a_step: int
    jobs: Callable[[range], Sequence[tuple[int, ...]]]
    make: Callable[..., list[str]]


YEAR = Kind(
    "year", [SITE], bytes_an_event=1_500, days_a_step=10, jobs=lambda days: [(day,) for day in days], make=make_day
)
"""One site, every field: /v1/stats is asked about it. Its tables in Umami's shape, made later, are included."""
PLAIN = Kind(
    "plain",
    [f"plain-{site}" for site in range(PLAIN_SITES)],
    bytes_an_event=700,
    days_a_step=30,
    jobs=lambda days: [(site, days.start, days.stop) for site in range(PLAIN_SITES)],
    make=make_plain,
)
"""The five fields that Node keeps too: many of them are stored in the time that there is."""


@dataclass
class Marker:
    """What is known of a data set; a file beside its data. `progress`: events stored, and events/s at that point."""

    digest: str
    days: int = 0
    events: int = 0
    next_day: int = DAYS
    is_verified: bool = False
    progress: list[tuple[int, float]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def digest() -> str:
    """Of all that says what is stored: another one means that the set has to be made anew."""
    text = "".join(text for _, text in load_migrations())
    return hashlib.sha256(f"{GENERATOR}{text}".encode()).hexdigest()[:16]


def folder_of(bench: Bench, kind: Kind, millions: float) -> Path:
    """Where a set is."""
    return bench.kept.absolute() / f"{kind.name}-{millions:g}"


def name_goal(bench: Bench, group: str, millions: float) -> str:
    """The key of the goal at so many million events; a form with small sets has them in the place of large ones."""
    return f"{group}/{(1, 10, 50)[bench.form.plain_sets.index(millions)]}"


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
def running(bench: Bench, kind: Kind, millions: float) -> Iterator[servers.Server]:
    """The server of a set, made first where the form says so; raises NotMeasured where it is not there."""
    folder = folder_of(bench, kind, millions)
    marker = read_marker(folder)
    if marker is None or not marker.is_verified:
        if not bench.form.makes_sets:
            raise NotMeasured(f"there is no {kind.name} set of {millions:g} million events (BENCH=long makes it)")
        marker = marker or _begin(folder)
        _require_room(folder, kind, millions, marker)
    with servers.postgres(folder) as server:
        store.make_schema(server.url)  # indexes may have changed since the set was made
        if not marker.is_verified:
            began = time.monotonic()
            _make(server.url, folder, kind, millions, marker)
            bench.clock.making += time.monotonic() - began
        yield server


def _begin(folder: Path) -> Marker:
    if folder.exists():
        shutil.rmtree(folder)  # of another schema
    folder.mkdir(parents=True)
    marker = Marker(digest())
    write_marker(folder, marker)
    return marker


def _require_room(folder: Path, kind: Kind, millions: float, marker: Marker) -> None:
    needed = round(millions * 1e6 * kind.bytes_an_event * (1 - marker.days / DAYS)) + SPARE_BYTES
    if (free := free_bytes(folder)) < needed:
        raise NotMeasured(
            f"{millions:g} million events may need {needed / 1e9:.0f} GB of disk; {free / 1e9:.0f} are free"
        )


def _make(url: str, folder: Path, kind: Kind, millions: float, marker: Marker) -> None:
    """Store what is missing, some days at a time; what was stored before counts once. Raises Failed if unclean."""
    is_continued = marker.days > 0
    with ProcessPoolExecutor(PROCESSES) as pool:
        while marker.days < DAYS:
            began, until = time.perf_counter(), min(marker.days + kind.days_a_step, DAYS)
            jobs = kind.jobs(range(marker.days, until))
            count = sum(pool.map(store_job, *zip(*((url, kind.name, millions, job) for job in jobs), strict=True)))
            seconds = time.perf_counter() - began
            marker.days, marker.events = until, marker.events + count
            if not is_continued:  # else a part of these days may have been stored before
                marker.progress.append((marker.events, round(count / seconds)))
            is_continued = False
            marker.seconds["storing"] = marker.seconds.get("storing", 0) + seconds
            write_marker(folder, marker)
            say(f"{folder.name}: day {until}, {marker.events:,} events, {count / seconds:,.0f}/s")
    began = time.perf_counter()
    with closing(store.connect(url)) as connection:  # the state that autovacuum keeps a database in
        connection.run("vacuum analyze")
        connection.run("checkpoint")
    store.require_clean([url], marker.events)
    marker.is_verified, marker.seconds["verifying"] = True, time.perf_counter() - began
    write_marker(folder, marker)
    say(f"{folder.name}: verified, {json.dumps(marker.seconds)}")


def store_job(url: str, kind: str, millions: float, job: tuple[int, ...]) -> int:
    """Store some of a set; how many events that is. Storing it again changes nothing."""
    events = {one.name: one for one in (YEAR, PLAIN)}[kind].make(millions, *job)
    store_events(url, events)
    return len(events)


def store_events(url: str, events: Sequence[str]) -> None:
    """Give events to the processor's own code, in batches and entries as the poller would."""
    settings = Settings(database_url=url)
    now = round(time.time() * 1000)  # with the process it makes the ids of entries that no other has
    with closing(Database(url, 1, timeout_seconds=120)) as database:
        processor = PostgresStore(database, settings.ledger_hours)
        for at in range(0, len(events), BATCH_EVENTS):
            batch = events[at : at + BATCH_EVENTS]
            entries = [
                Entry(f"[{','.join(batch[i : i + ENTRY_EVENTS])}]".encode(), len(batch[i : i + ENTRY_EVENTS]),
                      f"0:{now}-{os.getpid()}{at + i:09}")
                for i in range(0, len(batch), ENTRY_EVENTS)
            ]  # fmt: skip
            answer = handle_batch(encode_batch(entries), processor)
            if answer["batchItemFailures"]:
                raise Failed(f"the processor refuses {answer['batchItemFailures'][0]}")
