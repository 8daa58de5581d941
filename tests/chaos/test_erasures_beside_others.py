"""Erasures beside imports, and beside whoever asks and exports. On everything but a browser."""

import gzip
import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest

from common.access.keys import Keys
from common.access.links import LinkDraft, Links
from common.erasure.criteria import Criteria
from common.export.reader import Asked, read_pages
from infra.importer.run import ImportOptions, run
from infra.importer.totals.run import find_totals, import_totals
from infra.importer.totals.store import TotalsStore
from infra.local.stack import PROJECT
from tests.chaos.erasable import SITES, Eraser, make_event
from tests.chaos.processes import wait_until
from tests.chaos.remains import find

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    # pg8000 leaves a socket to the garbage collector when the server refuses it
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
TOTALS = PROJECT / "tests" / "data" / "totals"
SECONDS = 15
QUESTIONS = (
    "summary?",
    "summary?compare=previous&",
    "timeseries?interval=day&",
    "timeseries?interval=month&format=csv&",
    "breakdown?dimension=path&limit=50&",
    "breakdown?dimension=path&format=csv&",
    "breakdown?dimension=event_type&metrics=events,visitors&",
)


class Importer:
    """Runs imports of histories, and of totals, and notes what was sent."""

    def __init__(self, eraser: Eraser) -> None:
        _, key = Keys(eraser.database).make("test", "importer", ["import"], None)
        url = f"http://127.0.0.1:{eraser.system.ingest_port}"
        self._settings = eraser.settings.model_copy(update={"ingest_url": url, "ingest_key": key.text})
        self._eraser = eraser
        self._folder = eraser.system.folder / "imports"
        self._folder.mkdir()

    def wait_until_known(self) -> None:
        """Return when ingest knows the key."""
        first = make_event(1, 6)
        file = self._folder / "first.ndjson"
        file.write_text(json.dumps(first))
        self._eraser.book.note([first])
        options = ImportOptions(first["site_id"])
        wait_until(lambda: run(file, options, self._settings).accepted, 60, "ingest knows the key")
        self._eraser.book.accept([first])

    def import_events(self, events: Sequence[dict[str, Any]], name: str) -> None:
        """A file for each site."""
        for site_id in SITES:
            own = [one for one in events if one["site_id"] == site_id]
            file = self._folder / f"{name}-{site_id}.ndjson"
            file.write_text("\n".join(map(json.dumps, own)) + "\n")
            self._eraser.book.note(own)
            report = run(file, ImportOptions(site_id), self._settings)
            if (report.problem, report.accepted) == ("", len(own)):
                self._eraser.book.accept(own)
            else:
                self._eraser.problems.append(f"{name}: {report.problem}, {report.accepted} of {len(own)}")

    def go_on(self, prefix: int, again: Sequence[dict[str, Any]]) -> None:
        """File after file until stopped, some of them twice, and these events after each."""
        number = 0
        while not self._eraser.is_stopped:
            events = [make_event(one, prefix) for one in range(number, number + 300)]
            for time_ in range(random.choice((1, 1, 2))):
                self.import_events(events, f"{prefix}-{number}-{time_}")
            if again:
                self.import_events(again, f"{prefix}-{number}-again")
            number += 300

    def import_totals(self) -> None:
        """The same totals until stopped."""
        while not self._eraser.is_stopped:
            found = find_totals(sorted((TOTALS / "plausible").iterdir()), "")
            assert found is not None
            report = import_totals(*found, ImportOptions(SITES[0]), TotalsStore(self._eraser.database), "test")
            if report.exit_code:
                self._eraser.problems.append(str(report))
            time.sleep(0.5)


def test_an_import_beside_erasures_leaves_nothing_of_whom_was_erased(eraser: Eraser) -> None:
    importer = Importer(eraser)
    persons = [f"only-{number}-91ce@example.com" for number in range(4)]
    theirs = [make_event(number, 7, persons[number % 4]) for number in range(400)]
    importer.wait_until_known()
    importer.import_events(theirs, "before")
    eraser.drain()
    for work in (lambda: importer.go_on(8, theirs), lambda: importer.go_on(9, ()), importer.import_totals):
        eraser.run_beside(work)
    eraser.start(pause=0.3)
    ask_all(eraser, persons[:2])
    erase_now_and_then(eraser)
    eraser.stop()
    eraser.drain()  # so that of these everything is stored, and the hashes of what is erased keep it out later
    ask_all(eraser, persons[2:])
    eraser.wait_done()
    eraser.drain()
    importer.import_events(theirs, "after")  # the same events stay away
    eraser.drain()
    assert [find(eraser.system, eraser.database, person) for person in persons] == [[]] * 4
    importer.import_events([make_event(number, 10, persons[number % 4]) for number in range(200)], "new")  # these count
    eraser.drain()
    assert eraser.check() == []
    assert eraser.database.run("select count(*) from imports") == [[1]]


def ask_all(eraser: Eraser, persons: Sequence[str]) -> None:
    for person in persons:
        for site_id in SITES:
            eraser.ask(site_id, Criteria(user_id=person))


def erase_now_and_then(eraser: Eraser) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        eraser.ask(eraser.random.choice(SITES), eraser.draw())
        time.sleep(1.5)
        eraser.look()


def test_what_is_asked_and_exported_beside_erasures_is_right(eraser: Eraser) -> None:
    system, answers = eraser.system, Counter[str]()
    for _ in range(40):
        assert eraser.send(eraser.take(300))
    eraser.drain()
    since = time.monotonic()
    _, link = Links(eraser.database).make("test", SITES[0], LinkDraft("l"))

    def get(path: str, site_id: str, **headers: str) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", system.ports["stats"], timeout=60)) as one:
            one.request("GET", f"{path}site_id={site_id}", headers=headers)
            answer = one.getresponse()
            return answer.status, answer.read()

    def ask() -> None:
        while not eraser.is_stopped:
            question = random.choice(QUESTIONS)
            headers, site_id = random.choice(
                (
                    ({}, SITES[1]),
                    ({"Host": "stats.example.com", "Authorization": f"Bearer {link.text}"}, SITES[0]),
                    ({"Host": "stats.example.com"}, SITES[1]),
                )
            )
            status, body = get(f"/v1/stats/{question}from=2025-10-01&to=2025-12-31&", site_id, **headers)
            answers[str(status)] += 1
            if status not in (200, 503):
                eraser.problems.append(f"{question} of {site_id}: {status} {body[:300]!r}")

    def export(number: int) -> None:
        while not eraser.is_stopped:
            site_id, began = random.choice(SITES), time.monotonic()
            if number:
                status, body = get("/v1/export?", site_id)
                answers[f"export {status}"] += 1
                if status != 200:
                    eraser.problems.append(f"export: {status} {body[:300]!r}")
                    continue
                text = gzip.decompress(body).decode()
            else:
                pages = []
                for page in read_pages(eraser.database, Asked(site_id)):
                    pages.append(page.text)
                    time.sleep(random.uniform(0, 1))
                text = "".join(pages)
                answers["slow export"] += 1
            ids = [json.loads(line)["props"]["id"] for line in text.splitlines()]
            eraser.problems += eraser.book.compare_export(ids, site_id, began, time.monotonic(), since)[:3]
            answers["exported events"] += len(ids)

    for work in (ask, ask, lambda: export(0), lambda: export(1)):
        eraser.run_beside(work)
    eraser.start(pause=0.5)
    erase_now_and_then(eraser)
    eraser.stop()
    eraser.drain()
    eraser.wait_done()
    assert eraser.check() == []
    for site_id in SITES:
        rows = eraser.database.run(
            "select count(*) filter (where event_type = 'page_view'), count(distinct user_id)"
            " from events where site_id = :site",
            site=site_id,
        )
        _, body = get("/v1/stats/summary?metrics=page_views,visitors&from=2025-10-01&to=2025-12-31&", site_id)
        figures = json.loads(body)["data"]
        assert [[figures["page_views"], figures["visitors"]]] == rows
