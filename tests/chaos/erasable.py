"""A system in which events are erased while others come, and what has to be true of each event afterwards."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from common.erasure.criteria import Criteria
from common.erasure.requests import Erasure, list_erasures, request_erasure
from common.errors import Unavailable
from common.postgres.database import Database
from common.settings import Settings
from common.sites.changes import read_new_site
from common.sites.directory import SiteDirectory
from infra.queue.status import read_status
from infra.verification.recount import verify_aggregates
from tests.chaos.check import check_ledger
from tests.chaos.erased_book import Asked, Book
from tests.chaos.processes import wait_until
from tests.chaos.system import System

BEGIN = datetime(2025, 10, 1, tzinfo=UTC)
SITES = ("site-0", "site-1")
PERSONS = 24
PATHS = 12
BATCH = 40
DONE_WITHIN_SECONDS = 600
EVENT_IDS = (
    "select props ->> 'id' from events union all select cast(payload as json) -> 'props' ->> 'id' from filtered_events"
)


class WholeSystem(System):
    """With stats, and time-outs that a busy machine keeps."""

    connections = 60
    more_parts = ("stats",)

    def _settings(self) -> Settings:
        slower = {"database_timeout_seconds": 5, "process_timeout_seconds": 10, "claim_idle_seconds": 11}
        return super()._settings().model_copy(update={**slower, "http_timeout_seconds": 15, "redis_timeout_seconds": 3})


def name_person(number: int) -> str:
    """A text that is nowhere but in events of this person."""
    return f"person-{number:03}-7f3c@example.com"


def make_event(number: int, prefix: int, person: str | None = None) -> dict[str, Any]:
    """Event n of those with a prefix; a tenth is on a path that is set aside."""
    draw = random.Random(number * 1_000_003 + prefix)
    user = person or name_person(draw.randrange(PERSONS))
    one = {
        "site_id": SITES[draw.randrange(len(SITES))],
        "event_id": str(UUID(int=(prefix << 64) + number)),
        "event_type": draw.choice(("page_view", "page_view", "page_view", "signup")),
        "path": f"/page/{draw.randrange(PATHS)}",
        "user_id": user,
        "timestamp": (BEGIN + timedelta(days=30 * draw.randrange(3), minutes=draw.randrange(2 * 1_440))).isoformat(),
        "props": {"mail": user},
    }
    one["props"] |= {"id": one["event_id"]}  # which an import keeps, and the event's own id it does not
    return {**one, "path": f"/blocked{one['path']}"} if draw.random() < 0.1 else one


class Eraser:
    """Asks for erasures and sends events."""

    def __init__(self, system: WholeSystem, seed: int) -> None:
        self.system, self.book, self.random = system, Book(), random.Random(seed)
        self.began = time.time()
        self.settings = system.settings.model_copy(update={"database_connections": 2, "database_timeout_seconds": 60})
        self.database = Database.of(self.settings)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        for site_id in SITES:
            made = {"site_id": site_id, "is_public": True, "settings": {"blocked_paths": ["/blocked/*"]}}
            SiteDirectory(self.database).create("test", read_new_site(made), "UTC")
        # else an event is stored, and set aside when it is sent again
        wait_until(lambda: all(map(self._is_blocking, SITES)), 60, "ingest knows the rules of the sites")
        self.prefix = 1
        self.next_number = 0
        self.problems: list[str] = []

    def close(self) -> None:
        self.stop()
        self.database.close()

    def send(self, events: list[dict[str, Any]], tries: int = 100) -> bool:
        """Until they are accepted; whether they are."""
        self.book.note(events)
        for _ in range(tries):
            with suppress(OSError, http.client.HTTPException):
                status, text = self._post("/events", events)
                if status == 202:
                    self.book.accept(events)
                    return True
                assert status in (429, 503), (status, text)
            time.sleep(0.1)
        return False

    def _post(self, path: str, content: Any) -> tuple[int, bytes]:
        """Send it to ingest; returns the status and the body of the answer."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.system.ingest_port, timeout=10)) as one:
            one.request("POST", path, json.dumps(content), {"Content-Type": "application/json"})
            answer = one.getresponse()
            return answer.status, answer.read()

    def _is_blocking(self, site_id: str) -> bool:
        """Whether ingest sets aside what the site's rules say."""
        return b"blocked_path" in self._post("/validate", {"site_id": site_id, "path": "/blocked/page/0"})[1]

    def take(self, count: int) -> list[dict[str, Any]]:
        first, self.next_number = self.next_number, self.next_number + count
        return [make_event(number, self.prefix) for number in range(first, self.next_number)]

    def start(self, pause: float = 0.1) -> None:
        """Send until stopped, some of it twice."""

        def work() -> None:
            latest: list[dict[str, Any]] = []
            while not self._stop.wait(pause):
                again = latest if self.random.random() < 0.1 and latest else self.take(BATCH)
                try:
                    self.send(again, tries=5)
                except AssertionError as error:
                    self.problems.append(str(error))
                latest = again

        self.run_beside(work)

    def run_beside(self, work: Any) -> None:
        thread = threading.Thread(target=work)
        self._threads.append(thread)
        thread.start()

    @property
    def is_stopped(self) -> bool:
        return self._stop.is_set()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._threads = []
        self._stop.clear()

    def draw(self) -> Criteria:
        """By user, by path, by time, or by id."""
        kind = self.random.randrange(4)
        if kind == 0:
            return Criteria(user_id=name_person(self.random.randrange(PERSONS)))
        if kind == 1:
            return Criteria(path=f"/page/{self.random.randrange(PATHS)}")
        if kind == 2:
            first = BEGIN + timedelta(days=30 * self.random.randrange(3), hours=self.random.randrange(36))
            return Criteria(start=first, after=first + timedelta(hours=11))
        rows = self.database.run("select cast(event_id as text) from events tablesample system (5) limit 1")
        return Criteria(event_id=UUID(rows[0][0])) if rows else self.draw()

    def ask(self, site_id: str, criteria: Criteria) -> Asked | None:
        """As the command does; None where the database does not answer: then nobody knows whether it is asked for."""
        at, known = time.monotonic(), criteria
        try:
            if criteria.event_id is not None:  # before it is asked for: then it may be gone
                rows = self.database.run(
                    "select props ->> 'id' from events where event_id = :id", id=str(criteria.event_id)
                )
                known = Criteria(event_id=UUID(rows[0][0])) if rows else criteria
            id_ = request_erasure(self.database, "test", site_id, criteria)
        except Unavailable:
            return None
        self.book.asked.append(Asked(id_, site_id, known, at))
        return self.book.asked[-1]

    def look(self) -> dict[int, Erasure]:
        """The erasures, having noted which are done."""
        with suppress(Unavailable):
            listed = {one.id: one for one in list_erasures(self.database)}
            for asked in self.book.asked:
                if listed[asked.id].done_at is not None:
                    asked.done = min(asked.done, time.monotonic())
            return listed
        return {}

    def wait_done(self) -> None:
        wait_until(self._all_done, DONE_WITHIN_SECONDS, "all erasures done")

    def _all_done(self) -> bool:
        listed = self.look()
        return bool(listed) and all(one.stage == "done" for one in listed.values())

    def drain(self) -> None:
        wait_until(lambda: read_status(self.system.redis, self.system.settings).entries == 0, 300, "drained")

    def check(self) -> list[str]:
        """Everything that is wrong when all is done and drained."""
        run = self.database.run
        rows = run(EVENT_IDS)
        wrong = [*self.problems, *self.book.compare(Counter(id_ for [id_] in rows))]
        [[taken]] = run("select coalesce(sum(events), 0)::int from outcomes where outcome in ('stored', 'filtered')")
        [[erased]] = run("select coalesce(sum(erased), 0)::int from erasures")
        if taken - erased != len(rows):
            wrong.append(f"{taken} stored, {erased} said to be erased, {len(rows)} are there")
        wrong += [str(one) for one in verify_aggregates(self.system.settings.database_url)]
        return wrong + check_ledger(self.settings, self.system.redis, self.began)
