"""What becomes of other trackers' histories: the events of a file with the figures that they had, however often."""

import gzip
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from common.postgres.database import Database
from infra.local.stack import PROJECT
from infra.verification.recount import verify_aggregates
from tests.functions.conftest import ImportFile
from tests.functions.site import Site
from tests.functions.stepped_system import SteppedSystem

FOLDER = PROJECT / "tests" / "data" / "histories"
SPAN = {"from": "2024-06-01", "to": "2024-06-02", "timezone": "UTC"}
Table = list[list[str]]
UMAMIS_OTHER = "website_id 0c2bb63a-52b4-4a92-8f53-2b2f7c4f2d3e"
OTHER_SITE = f"of another site ({UMAMIS_OTHER}) than the first: export each site into a file of its own"


@dataclass(frozen=True)
class Known:
    """A sample file and its truth, counted by hand."""

    file: str
    found: str
    """What the report calls it."""
    read: int
    summary: list[str]
    """visitors, visits, page_views, events, bounce_rate"""
    tables: dict[str, Table]
    """By dimension: its values, each with its visitors and events."""
    unusable: list[tuple[int, str]] = field(default_factory=list)
    skipped: int = 0
    filtered: list[list[str | int]] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)


KNOWN = [
    Known(
        "goatcounter.csv",
        "GoatCounter, CSV export",
        read=8,
        summary=["3", "3", "5", "6", "66.67"],
        tables={
            "path": [["/join", "3", "3"], ["/prices", "1", "2"]],
            "source": [["Google", "1", "1"], ["Hacker News", "1", "4"], ["spring-letter", "1", "1"]],
            "browser": [["Chrome Mobile", "1", "1"], ["Firefox", "1", "4"], ["Safari", "1", "1"]],
            "os": [["Android", "1", "1"], ["Linux", "1", "4"], ["Mac OS X", "1", "1"]],
            "country": [["AT", "1", "1"], ["DE", "1", "4"], ["US", "1", "1"]],
            "event_type": [["page_view", "3", "5"], ["sign-up", "1", "1"]],
        },
        unusable=[(11, "its Date is no time: yesterday")],
        filtered=[["bot", 1, 0]],
    ),
    Known(
        "umami.csv",
        "Umami, its table website_event",
        read=5,
        summary=["2", "2", "2", "3", "50.0"],
        tables={
            "path": [["/join", "1", "2"], ["/prices", "1", "1"]],
            "source": [["Hacker News", "1", "2"], ["newsletter", "1", "1"]],
            "utm_campaign": [["spring", "1", "1"]],
            "channel": [["email", "1", "1"], ["social", "1", "2"]],
            "browser": [["Chrome Mobile", "1", "1"], ["Firefox", "1", "2"]],
            "country": [["DE", "1", "2"], ["US", "1", "1"]],
            "city": [["Munich", "1", "2"], ["Oakland", "1", "1"]],
            "props.plan": [["pro", "1", "1"]],
            "props.tag": [["variant-b", "1", "1"]],
        },
        unusable=[(6, OTHER_SITE)],
        skipped=1,
        more={"revenue": "12.5 EUR"},
    ),
    Known(
        "matomo.json",
        "Matomo, visits of Live.getLastVisitsDetails",
        read=3,
        summary=["2", "2", "2", "7", "0.0"],
        tables={
            "path": [["/join", "1", "3"], ["/prices", "1", "1"], ["/search", "1", "1"]],
            "event_type": [["Signup", "1", "1"], ["goal", "1", "1"], ["order", "1", "1"], ["outbound_link", "1", "1"],
                           ["page_view", "2", "2"], ["site_search", "1", "1"]],
            "source": [["Hacker News", "1", "5"]],
            "utm_campaign": [["spring", "1", "2"]],
            "browser": [["Chrome Mobile", "1", "2"], ["Firefox", "1", "5"]],
            "device": [["desktop", "1", "5"], ["mobile", "1", "2"]],
            "props.dimension1": [["member", "1", "5"]],
            "props.url": [["https://partner.example/a", "1", "1"]],
            "props.keyword": [["shoes", "1", "1"]],
        },
        unusable=[(2, "action 3 of visit 102 has no timestamp"), (3, "its actionDetails are no list")],
        skipped=1,
        more={"revenue": "17.5 EUR"},
    ),
    Known(
        "plausible.ndjson",
        "Plausible, its ClickHouse table events_v2",
        read=9,
        summary=["2", "2", "3", "5", "0.0"],
        tables={
            "path": [["/join", "1", "3"], ["/prices", "1", "2"]],
            "event_type": [["Signup", "1", "1"], ["outbound_link", "1", "1"], ["page_view", "2", "3"]],
            "source": [["Hacker News", "1", "3"], ["newsletter", "1", "2"]],
            "channel": [["email", "1", "2"], ["social", "1", "3"]],
            "browser": [["Firefox", "1", "3"], ["Mobile Safari", "1", "2"]],
            "country": [["DE", "1", "3"], ["US", "1", "2"]],
            "props.plan": [["pro", "1", "1"]],
            "props.url": [["https://partner.example/a", "1", "1"]],
        },
        unusable=[(8, "no JSON object"), (9, OTHER_SITE.replace(UMAMIS_OTHER, "site_id 8"))],
        more={"revenue": "12.5 EUR", "engaged_time": "6.0", "scroll_depth": "80.0"},
    ),
    Known(
        "posthog.ndjson",
        "PostHog, events of a batch export",
        read=7,
        summary=["2", "2", "2", "3", "50.0"],
        tables={
            "path": [["/join", "1", "2"], ["/prices", "1", "1"]],
            "event_type": [["page_view", "2", "2"], ["signup", "1", "1"]],
            "source": [["Hacker News", "1", "2"], ["newsletter", "1", "1"]],
            "channel": [["email", "1", "1"], ["social", "1", "2"]],
            "browser": [["Chrome Mobile", "1", "1"], ["Firefox", "1", "2"]],
            "city": [["Munich", "1", "2"], ["Oakland", "1", "1"]],
            "props.plan": [["pro", "1", "1"]],
        },
        unusable=[(7, "its properties are no JSON object")],
        skipped=2,
        more={"revenue": "12.5 EUR", "scroll_depth": "80.0"},
    ),
    Known(
        "ga4.ndjson",
        "Google Analytics 4, BigQuery export",
        read=8,
        summary=["2", "2", "2", "4", "50.0"],
        tables={
            "path": [["/join", "1", "3"], ["/prices", "1", "1"]],
            "event_type": [["outbound_link", "1", "1"], ["page_view", "2", "2"], ["purchase", "1", "1"]],
            "source": [["Hacker News", "1", "3"], ["newsletter", "1", "1"]],
            "channel": [["email", "1", "1"], ["social", "1", "3"]],
            "browser": [["Chrome Mobile", "1", "1"], ["Firefox", "1", "3"]],
            "country": [["DE", "1", "3"], ["US", "1", "1"]],
            "props.transaction_id": [["A-7", "1", "1"]],
            "props.url": [["https://partner.example/a", "1", "1"]],
        },
        unusable=[(8, "its event_timestamp is no time")],
        skipped=1,
        more={"revenue": "12.5 EUR", "scroll_depth": "90.0"},
    ),
]  # fmt: skip


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.file)
def test_a_history_is_counted_as_what_it_is_and_again_changes_nothing(
    known: Known, site: Site, import_file: ImportFile, system: SteppedSystem, database: Database
) -> None:
    path = FOLDER / known.file
    for source in (path, gzip.compress(path.read_bytes())):
        report = import_file(source, "s")
        system.process()

        assert report.exit_code == 0, report.as_text()
        assert list(report.formats.values()) == [known.found]
        assert (report.read, report.rejected.count, report.skipped.total()) == (known.read, 0, known.skipped)
        assert report.unparsable.first == known.unusable
        metrics = "visitors,visits,page_views,events,bounce_rate"
        assert site.table("summary", metrics=metrics, **SPAN)[1:] == [known.summary]
        for metric, value in known.more.items():
            assert site.table("summary", metrics=metric, **SPAN)[1][-1] == value
        for dimension, rows in known.tables.items():
            [_, *found] = site.table("breakdown", dimension=dimension, metrics="visitors,events", **SPAN)
            assert (dimension, sorted(row for row in found if row[0])) == (dimension, rows)
        assert [list(row.values()) for row in site.ask("filtered", **SPAN)["data"]] == known.filtered
        assert verify_aggregates(system.settings.database_url) == []


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.file)
def test_a_dry_run_says_the_same_and_sends_nothing(
    known: Known, import_file: ImportFile, system: SteppedSystem, database: Database, tmp_path: Path
) -> None:
    notes = tmp_path / "unused.txt"

    report = import_file(FOLDER / known.file, "s", dry_run=True, report_path=notes)

    system.process()
    assert database.run("select count(*) from events") == [[0]]
    assert report.unparsable.first == known.unusable
    assert len(notes.read_text().splitlines()) == len(known.unusable) + known.skipped
    assert report.sent == import_file(FOLDER / known.file, "s").accepted
