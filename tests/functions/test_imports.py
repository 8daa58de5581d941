"""Totals of another tracker's days: imported, shown together with the site's own figures, and removed again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from common.postgres.database import Database
from common.sites.changes import NewSite
from common.sites.directory import SiteDirectory
from infra.importer.options import ImportOptions
from infra.importer.totals.report import TotalsReport
from infra.importer.totals.run import find_totals, import_totals
from infra.importer.totals.store import TotalsStore
from infra.local.stack import PROJECT
from tests.functions.site import Site, view

FOLDER = PROJECT / "tests" / "data" / "totals"
PLAUSIBLE = sorted((FOLDER / "plausible").iterdir())
ImportTotals = Callable[..., TotalsReport]
JUNE = {"from": "2024-06-01", "to": "2024-06-30"}


@pytest.fixture
def put(database: Database) -> ImportTotals:
    """Imports files into the site s, which it makes."""
    SiteDirectory(database).create("test", NewSite(site_id="s"), "UTC")

    def run(paths: list[Path], **options: Any) -> TotalsReport:
        found = find_totals(paths, options.pop("format", ""))
        assert found is not None
        return import_totals(*found, ImportOptions("s", **options), TotalsStore(database), "test")

    return run


@pytest.fixture
def imported(site: Site, put: ImportTotals) -> Site:
    """A site with Plausible's days from June 1 to 3, 2024, and own events from June 3 on: that day is its own."""
    site.store(
        [
            {**view("03T10:00:00", "ann", "/"), "timestamp": "2024-06-03T10:00:00.000000Z", "source": "Google"},
            {**view("03T10:01:00", "ann", "/join"), "timestamp": "2024-06-03T10:01:00.000000Z", "source": "Google"},
            {**view("04T11:00:00", "bob", "/new"), "timestamp": "2024-06-04T11:00:00.000000Z", "source": "Bing"},
        ]
    )
    report = put(PLAUSIBLE)
    assert (report.problem, report.exit_code) == ("", 0)
    return site


def ask(site: Site, endpoint: str, *filters: Any, **parameters: str) -> Any:
    if filters:
        parameters["filters"] = json.dumps(filters)
    return site.ask(endpoint, **{**JUNE, **parameters})


def test_a_summary_adds_imported_days_to_the_own_ones(imported: Site) -> None:
    metrics = "visitors,visits,page_views,bounce_rate,visit_duration,views_per_visit"
    answer = ask(imported, "summary", metrics=metrics)
    # own: 2 visits of 2 visitors, 3 page views, one bounce, 60 seconds
    assert answer["data"] == {
        "visitors": 10 + 8 + 2,
        "visits": 12 + 8 + 2,
        "page_views": 25 + 16 + 3,
        "bounce_rate": round(100 * (4 + 5 + 1) / 22, 2),
        "visit_duration": round((600 + 240 + 60) / 22, 2),
        "views_per_visit": 2.0,
    }
    marked = answer["meta"]["imported"]
    assert (marked["from"], marked["to"]) == ("2024-06-01", "2024-06-02")
    assert marked["sources"] == ["Plausible, CSV export of totals"]
    assert marked["metrics"] == metrics.split(",")
    assert marked["left_out"] == []
    assert "anew" in marked["visitors_note"]


def test_a_time_series_has_each_imported_day_in_its_bucket(imported: Site) -> None:
    answer = ask(imported, "timeseries", interval="day", metrics="visitors,page_views", to="2024-06-04")
    assert [(row["visitors"], row["page_views"]) for row in answer["data"]] == [(10, 25), (8, 16), (1, 2), (1, 1)]
    [month] = ask(imported, "timeseries", interval="month", metrics="page_views")["data"]
    assert month["page_views"] == 25 + 16 + 3


def test_days_from_the_first_own_event_on_are_the_sites_own(imported: Site, database: Database) -> None:
    assert ask(imported, "summary", metrics="page_views", **{"from": "2024-06-03"})["data"] == {"page_views": 3}
    assert "imported" not in ask(imported, "summary", **{"from": "2024-06-03"})["meta"]
    imported.store([{**view("x"), "timestamp": "2024-06-02T23:00:00.000000Z"}], offset=100)  # an older one comes late
    days = ask(imported, "timeseries", interval="day", metrics="page_views", to="2024-06-03")["data"]
    assert [row["page_views"] for row in days] == [25, 1, 2]
    [[kept]] = database.run("select count(*) from imported_figures where date = '2024-06-03'")
    assert kept == 0


def test_all_of_a_site_begins_with_what_was_imported(imported: Site) -> None:
    answer = imported.ask("summary", period="all", metrics="page_views")
    assert answer["meta"]["from"] == "2024-06-01T00:00:00+00:00"
    assert answer["data"] == {"page_views": 44}
