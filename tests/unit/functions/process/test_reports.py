"""What the processor reports of a batch, for whoever counts or traces."""

import json
from collections.abc import Sequence, Set
from datetime import date
from typing import Any

from common.wire import Entry, SitesAnswer, SitesTask
from common.witness.sighting import Sighting
from functions.process.app import Report, handle_batch, join_notes
from functions.process.rejection import Rejection
from functions.process.stored import Stored

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class FakeStore:
    """Says what it is told to say."""

    def __init__(self, done: Stored) -> None:
        self._done = done

    def insert_batch(
        self,
        entries: Sequence[Entry],
        months: Set[date],
        sites: Set[str],
        rejections: Sequence[Rejection],
        *,
        may_defer: bool,
    ) -> Stored:
        return self._done._replace(set_aside=self._done.set_aside + len(rejections))

    def observe(self, sightings: Sequence[Sighting]) -> dict[str, Any]:
        return {}

    def handle_sites(self, task: SitesTask) -> SitesAnswer:
        return SitesAnswer()

    def ping(self) -> None:
        return


def event(number: int, **fields: str) -> dict[str, str]:
    identity = f"0190163d-8694-739b-aea5-966c26f8ad{number:02x}"
    place = {"site_id": "blog", "event_type": "page_view", "path": "/"}
    return {
        **place,
        "event_id": identity,
        "timestamp": "2025-11-12T10:00:00Z",
        "visitor_id": "abcdefghijklmnop",
        **fields,
    }


def report_of(done: Stored, *bodies: str, trace: str = "") -> Report:
    reports: list[Report] = []
    records = [{"messageId": f"0:{n}-0", "body": body, "trace": trace} for n, body in enumerate(bodies, start=1)]
    handle_batch({"Records": records, "mayDefer": True}, FakeStore(done), join_notes([reports.append]))
    [report] = reports
    return report


def test_each_event_of_a_batch_has_one_outcome() -> None:
    body = json.dumps([event(1), event(2), event(3, filtered="bot")])
    report = report_of(Stored(1, 1), body, json.dumps([event(4), {"site_id": 5}]), "no batch")
    assert (report.events, report.stored, report.failed, report.entries) == (5, 1, 1, 3)
    assert report.filtered == {"bot": 1}
    assert report.rejected == {"invalid_event": 1, "store_refused": 1}
    assert report.duplicate == 1


def test_events_of_a_locked_site_wait_and_are_no_duplicates() -> None:
    report = report_of(Stored(0, 0, frozenset({"0:1-0"})), json.dumps([event(1), event(2)]), trace=TRACE)
    assert (report.deferred, report.duplicate) == (2, 0)
    assert report.traces == []  # they go on when it is stored


def test_a_batch_tells_the_traces_that_it_ends() -> None:
    report = report_of(Stored(1, 0), json.dumps([event(1)]), trace=f"{TRACE} {TRACE}")
    assert report.traces == [("0:1-0", TRACE)] * 2
