"""What the report says of days, and of what was there before the import."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO

import pytest
from ingest_stand_in import Answer, FakeTime, Import, Ingest, log_line

from common.errors import Unavailable
from common.settings import Settings
from infra.importer.report import ImportReport
from infra.importer.run import ImportOptions, run
from infra.local.stack import PROJECT

# The stand-in's lines are of 17 May in a zone two hours ahead of UTC.
LOG = log_line(1) + log_line(2 * 3600) + log_line(3 * 3600)


@dataclass
class FakeStored:
    """A database that has what the stand-in was sent, and so many page views of a beacon's on each day."""

    ingest: Ingest
    beacon: dict[date, int] = field(default_factory=dict)
    is_quiet: bool = True
    is_away: bool = False
    asked_days: list[date] = field(default_factory=list)

    def wait_until_quiet(self, clock: Callable[[], float], pause: Callable[[float], None]) -> bool:
        return self.is_quiet

    def count_known(self, site_id: str, keys: Sequence[tuple[str, str]]) -> int:
        if self.is_away:
            raise Unavailable("The database can't be reached.")
        return sum((site_id, event_id, timestamp) in self.ingest.events for timestamp, event_id in keys)

    def count_not_imported(self, site_id: str, day: date) -> int:
        self.asked_days.append(day)
        return self.beacon.get(day, 0)


Again = Callable[[bytes], ImportReport]


@pytest.fixture
def stored(ingest: Ingest) -> FakeStored:
    return FakeStored(ingest)


@pytest.fixture
def import_beside(settings: Settings, fake_time: FakeTime, stored: FakeStored) -> Again:
    def import_bytes(log: bytes) -> ImportReport:
        clocks = {"clock": fake_time.clock, "pause": fake_time.pause}
        return run(BytesIO(log), ImportOptions("site"), settings, stored=stored, **clocks)

    return import_bytes


def test_the_days_of_an_import_are_said_and_how_to_look_at_them(import_log: Import) -> None:
    report = import_log(LOG)
    assert report.as_dict()["days"] == ["2015-05-16", "2015-05-17"]
    text = report.as_text()
    assert "Days 2015-05-16 to 2015-05-17 (UTC)" in text
    assert (
        'curl "http://localhost:3003/v1/stats/summary?site_id=site&from=2015-05-16&to=2015-05-17&timezone=UTC"' in text
    )


def test_days_of_events_that_ingest_refused_are_not_covered(import_log: Import, ingest: Ingest) -> None:
    ingest.script.append(Answer(202, {"accepted": 2, "rejected": [{"index": 0, "errors": []}]}))
    assert import_log(LOG).as_dict()["days"] == ["2015-05-17", "2015-05-17"]


def test_an_import_of_nothing_covers_no_days(import_log: Import) -> None:
    report = import_log(log_line(target=b"/logo.png"))
    assert report.as_dict()["days"] == []
    assert "curl" not in report.as_text()


def test_importing_again_says_that_all_was_already_there(import_beside: Again) -> None:
    assert "         3 events sent: 3 new, 0 already there, 0 rejected" in import_beside(LOG).as_text()
    again = import_beside(LOG)
    assert "         3 events sent: 0 new, 3 already there, 0 rejected" in again.as_text()
    assert (again.as_dict()["new"], again.as_dict()["already_there"], again.exit_code) == (0, 3, 0)


def test_a_log_that_grew_says_what_was_new(import_beside: Again) -> None:
    import_beside(LOG)
    assert "5 events sent: 2 new, 3 already there" in import_beside(LOG + log_line(9) + log_line(9)).as_text()


def test_while_earlier_events_wait_to_be_stored_the_figures_are_bounds(
    import_beside: Again, stored: FakeStored
) -> None:
    stored.is_quiet = False
    assert "at most 3 new, at least 0 already there" in import_beside(LOG).as_text()


def test_without_the_database_it_is_said_that_nothing_is_known(
    import_beside: Again, stored: FakeStored, capfd: pytest.CaptureFixture[str]
) -> None:
    stored.is_away = True
    report = import_beside(LOG)
    assert (report.exit_code, report.accepted, report.as_dict()["new"]) == (0, 3, None)
    assert "3 events sent: 3 accepted" in report.as_text()
    assert "analytics ledger --site site" in report.as_text()
    assert "can't be reached" in capfd.readouterr().err


def test_days_that_a_beacon_counted_too_are_warned_of_before_they_are_sent(
    import_beside: Again, stored: FakeStored, ingest: Ingest, capfd: pytest.CaptureFixture[str]
) -> None:
    stored.beacon = {date(2015, 5, 17): 1_234}
    ingest.script.append(Answer(500))
    report = import_beside(LOG)
    assert (report.accepted, report.not_imported) == (0, {date(2015, 5, 17): 1_234})
    assert "Warning: 2015-05-17 has 1,234 page views already" in capfd.readouterr().err
    assert "              2015-05-17: 1,234" in import_beside(LOG).as_text()


def test_each_day_is_looked_at_once(import_beside: Again, stored: FakeStored) -> None:
    import_beside(b"".join(map(log_line, range(2_500))))
    assert stored.asked_days == [date(2015, 5, 16)]


def test_a_log_beside_no_beacon_is_warned_of_nothing(import_beside: Again) -> None:
    import_beside(LOG)
    assert "Warning" not in import_beside(LOG).as_text()


def test_a_history_is_warned_of_days_that_have_views_already_and_our_own_export_is_not(
    import_beside: Again, stored: FakeStored, ingest: Ingest
) -> None:
    stored.beacon = {date(2024, 6, 2): 3}

    report = import_beside((PROJECT / "tests/data/histories/umami.csv").read_bytes())
    exported = b"".join(json.dumps(event).encode() + b"\n" for event in ingest.events.values())
    again = import_beside(exported)

    assert (report.not_imported, report.known) == ({date(2024, 6, 2): 3}, 0)
    assert (again.not_imported, again.known) == ({}, 3)
