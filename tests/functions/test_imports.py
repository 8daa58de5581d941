"""Totals of another tracker's days: imported, shown together with the site's own figures, and removed again."""

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from common.access.keys import Keys
from common.access.links import LinkDraft, Links
from common.imports.imports import Imports
from common.postgres.database import Database
from common.settings import Settings
from common.sites.changes import NewSite, read_changes
from common.sites.directory import SiteDirectory
from functions.stats.estimator.answer import answer
from functions.stats.estimator.budgets import Budget, Budgets
from functions.stats.estimator.imported_share import SAMPLED, find_share
from functions.stats.estimator.reader import FiguresReader
from functions.stats.query.model import Query, Sort
from functions.stats.query.periods import Span
from infra.cli.imports import imports as imports_command
from infra.importer.errors import ImportStopped
from infra.importer.options import ImportOptions
from infra.importer.totals.report import TotalsReport
from infra.importer.totals.run import find_totals, import_totals
from infra.importer.totals.store import TotalsStore
from infra.local.stack import PROJECT
from infra.verification.recount import verify_aggregates
from tests.functions.conftest import Serve
from tests.functions.site import Site, view
from tests.log_samples import SAMPLES

FOLDER = PROJECT / "tests" / "data" / "totals"
PLAUSIBLE = sorted((FOLDER / "plausible").iterdir())
GOATCOUNTER = sorted((FOLDER / "goatcounter").iterdir())
GA4 = sorted((FOLDER / "ga4").iterdir())
ImportTotals = Callable[..., TotalsReport]
JUNE = {"from": "2023-06-01", "to": "2023-06-30"}


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
    """A site with Plausible's days from June 1 to 3, 2023, and own events from June 3 on: that day is its own."""
    site.store(
        [
            {**view("03T10:00:00", "ann", "/"), "timestamp": "2023-06-03T10:00:00.000000Z", "source": "Google"},
            {**view("03T10:01:00", "ann", "/join"), "timestamp": "2023-06-03T10:01:00.000000Z", "source": "Google"},
            {**view("04T11:00:00", "bob", "/new"), "timestamp": "2023-06-04T11:00:00.000000Z", "source": "Bing"},
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
    assert (marked["from"], marked["to"]) == ("2023-06-01", "2023-06-02")
    assert marked["sources"] == ["Plausible, CSV export of totals"]
    assert marked["metrics"] == metrics.split(",")
    assert marked["left_out"] == []
    assert "anew" in marked["visitors_note"]


@pytest.mark.parametrize("is_public", [False, True], ids=["link", "public"])
def test_who_comes_from_outside_is_not_told_whose_totals_were_imported(
    is_public: bool, imported: Site, serve: Serve, database: Database
) -> None:
    headers = {"Host": "stats.example.com"}
    if is_public:
        SiteDirectory(database).change("test", "s", read_changes({"is_public": True}))
    else:
        _, token = Links(database).make("test", "s", LinkDraft("l"))
        headers = {"Authorization": f"Bearer {token.text}"}
    client = serve("stats")
    # the rate is not known of every dimension: what is left out names the import as well
    asked: list[tuple[str, dict[str, str]]] = [
        ("summary", {}),
        ("breakdown", {"dimension": "path", "metrics": "visits,bounce_rate"}),
    ]
    for endpoint, more in asked:
        answer = client.get(f"/v1/stats/{endpoint}", params={"site_id": "s", **JUNE, **more}, headers=headers)
        assert "imported" in answer.json()["meta"], answer.text
        assert "Plausible" not in answer.text
        assert "Plausible" in str(ask(imported, endpoint, **more))
    share = client.get("/v1/stats/summary", params={"site_id": "s", **JUNE}, headers=headers).json()["meta"]["imported"]
    assert share["sources"] == ["another tracker"]


def test_a_time_series_has_each_imported_day_in_its_bucket(imported: Site) -> None:
    answer = ask(imported, "timeseries", interval="day", metrics="visitors,page_views", to="2023-06-04")
    assert [(row["visitors"], row["page_views"]) for row in answer["data"]] == [(10, 25), (8, 16), (1, 2), (1, 1)]
    [month] = ask(imported, "timeseries", interval="month", metrics="page_views")["data"]
    assert month["page_views"] == 25 + 16 + 3


def test_days_from_the_first_own_event_on_are_the_sites_own(imported: Site, database: Database) -> None:
    assert ask(imported, "summary", metrics="page_views", **{"from": "2023-06-03"})["data"] == {"page_views": 3}
    assert "imported" not in ask(imported, "summary", **{"from": "2023-06-03"})["meta"]
    longer = """update imports set contents = jsonb_set(contents, '{"",last}', '"2023-06-09"')"""
    database.run(longer)  # as if it had been made before the own events came
    assert "imported" not in ask(imported, "summary", **{"from": "2023-06-03"})["meta"]
    imported.store([{**view("x"), "timestamp": "2023-06-02T23:00:00.000000Z"}], offset=100)  # an older one comes late
    days = ask(imported, "timeseries", interval="day", metrics="page_views", to="2023-06-03")["data"]
    assert [row["page_views"] for row in days] == [25, 1, 2]
    [[kept]] = database.run("select count(*) from imported_figures where date = '2023-06-03'")
    assert kept == 0


def test_all_of_a_site_begins_with_what_was_imported(imported: Site) -> None:
    answer = imported.ask("summary", period="all", metrics="page_views")
    assert answer["meta"]["from"] == "2023-06-01T00:00:00+00:00"
    assert answer["data"] == {"page_views": 44}


def test_a_breakdown_adds_up_both_sorts_and_pages(imported: Site) -> None:
    answer = ask(imported, "breakdown", dimension="source", metrics="visitors,visits,bounce_rate")
    rows = [(row["source"], row["visitors"], row["visits"], row["bounce_rate"]) for row in answer["data"]]
    assert rows == [
        ("Google", 4 + 5 + 1, 5 + 5 + 1, round(100 * (2 + 3) / 11, 2)),
        ("Hacker News", 3, 3, 66.67),
        ("Bing", 1, 1, 100.0),
        ("newsletter", 1, 1, 100.0),
    ]
    assert answer["meta"]["total"] == 4
    second = ask(imported, "breakdown", dimension="source", metrics="visitors", limit="2", offset="1")
    assert [row["source"] for row in second["data"]] == ["Hacker News", "Bing"]
    by_rate = ask(imported, "breakdown", dimension="source", metrics="bounce_rate", sort="bounce_rate:asc")
    assert [row["source"] for row in by_rate["data"]] == ["Google", "Hacker News", "Bing", "newsletter"]


@pytest.mark.parametrize(
    ("dimension", "metric", "rows"),
    [
        ("path", "page_views", {"/": 15 + 16 + 1, "/join": 10 + 1, "/new": 1}),
        ("entry", "visits", {"/": 17 + 1, "/join": 3, "/new": 1}),
        ("exit", "visits", {"/": 9, "/join": 3 + 1, "/new": 1}),
        ("hostname", "page_views", {"blog.example": 41}),
        ("country", "visitors", {"DE": 14, "US": 4}),
        ("region", "visits", {"DE-BE": 7, "US-TX": 5}),
        ("browser", "visits", {"Chrome": 9, "Firefox": 3}),
        ("os", "visitors", {"Mac OS X": 6, "Linux": 4}),
        ("device", "visits", {"desktop": 9, "mobile": 3}),
        ("event_type", "events", {"signup": 0, "Signup": 4, "outbound_link": 2, "page_view": 3}),
        ("utm_campaign", "visits", {"june": 1}),
        ("referrer", "visits", {"google.com": 10, "news.ycombinator.com/item": 3}),
    ],
)
def test_each_dimension_of_the_export_has_its_rows(
    imported: Site, dimension: str, metric: str, rows: dict[str, int]
) -> None:
    answer = ask(imported, "breakdown", dimension=dimension, metrics=metric)
    assert {row[dimension]: row[metric] for row in answer["data"]} == {name: n for name, n in rows.items() if n}
    assert answer["meta"]["imported"]["metrics"] == [metric]


def test_a_filter_on_one_dimension_is_answered_from_it(imported: Site) -> None:
    google = {"dimension": "source", "operator": "is", "value": "Google"}
    answer = ask(imported, "summary", google, metrics="visits,page_views")
    assert answer["data"] == {"visits": 11, "page_views": 10 + 9 + 2}
    some = {"dimension": "source", "operator": "contains", "value": "o"}
    answer = ask(imported, "summary", some, metrics="visitors,visits")
    assert answer["data"] == {"visitors": 1, "visits": 5 + 5 + 1}  # Google alone has an o
    assert answer["meta"]["imported"]["metrics"] == ["visits"]
    days = ask(imported, "timeseries", google, interval="day", metrics="visits", to="2023-06-03")["data"]
    assert [row["visits"] for row in days] == [5, 5, 1]


@pytest.mark.parametrize(
    ("endpoint", "filters", "parameters", "why"),
    [
        ("summary", [("source", "is", "Google"), ("country", "is", "DE")], {}, "several"),
        ("breakdown", [("country", "is", "DE")], {"dimension": "source"}, "several"),
        ("summary", [("language", "is", "de")], {}, "has the dimension language"),
        ("breakdown", [], {"dimension": "props.plan"}, "has the dimension props.plan"),
        ("summary", [("country", "is_not", "DE")], {}, "no value"),
        ("summary", [], {"timezone": "Asia/Tokyo"}, "whole days"),
        ("timeseries", [], {"interval": "hour", "to": "2023-06-04"}, "whole days"),
        ("summary", [], {"from": "2023-06-01T06:00:00Z", "to": "2023-06-05T00:00:00Z"}, "whole days"),
    ],
)
def test_what_an_import_cannot_answer_is_the_sites_own_alone_and_says_so(
    imported: Site, endpoint: str, filters: list[tuple[str, str, str]], parameters: dict[str, str], why: str
) -> None:
    conditions = [{"dimension": name, "operator": operator, "value": value} for name, operator, value in filters]
    answer = ask(imported, endpoint, *conditions, metrics="visits,page_views", **parameters)
    marked = answer["meta"]["imported"]
    assert marked["metrics"] == []
    [left] = marked["left_out"]
    assert left["metrics"] == ["visits", "page_views"]
    assert why in left["why"]
    rows = answer["data"] if isinstance(answer["data"], list) else [answer["data"]]
    assert sum(row["page_views"] for row in rows) <= 3


def test_metrics_that_no_export_has_are_named_and_the_others_have_it(imported: Site) -> None:
    answer = ask(imported, "summary", metrics="page_views,events,engaged_time,revenue")
    assert answer["data"]["page_views"] == 44
    assert answer["data"]["events"] == 3
    [left] = answer["meta"]["imported"]["left_out"]
    assert left["metrics"] == ["events", "engaged_time", "revenue"]


def test_the_range_that_is_compared_with_may_be_imported(imported: Site) -> None:
    two_days = {"from": "2023-06-03", "to": "2023-06-04", "compare": "previous", "metrics": "page_views"}
    answer = ask(imported, "summary", **two_days)
    assert (answer["data"], answer["comparison"]) == ({"page_views": 3}, {"page_views": 41})
    assert "imported" not in answer["meta"]
    assert answer["meta"]["compared"]["imported"]["to"] == "2023-06-02"
    rows = ask(imported, "breakdown", dimension="path", **two_days)["data"]
    assert {row["path"]: (row["comparison"] or {}).get("page_views") for row in rows} == {
        "/": 31, "/join": 10, "/new": None,
    }  # fmt: skip


def test_the_same_again_in_a_zip_file_or_not_changes_nothing(
    imported: Site, put: ImportTotals, database: Database, tmp_path: Path
) -> None:
    def read() -> Any:
        return database.run("select cast(row as text) from imported_figures as row order by 1")

    before = read()
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path in reversed(PLAUSIBLE):
            file.write(path, f"exported/{path.name}")
    [first] = Imports(database).list("s")
    again = put([packed])
    assert (again.import_id, again.exit_code) == (first.import_id, 0)
    assert put(PLAUSIBLE).import_id == first.import_id
    assert read() == before
    assert len(Imports(database).list("s")) == 1


def test_a_day_of_a_dimension_is_of_one_import(put: ImportTotals, database: Database, tmp_path: Path) -> None:
    put(PLAUSIBLE)
    more = tmp_path / "more.csv"
    more.write_text(
        '"date","visitors","pageviews","bounces","visits","visit_duration"\n"2023-06-02",1,1,1,1,1\n"2023-05-31",7,7,7,7,7\n'
    )
    report = put([more])
    assert (report.used, report.unused.count) == (1, 1)
    assert report.unused.first == [
        (2, f"the import {Imports(database).list('s')[0].import_id} has the same of 2023-06-02")
    ]
    again = put([more])
    assert (again.used, len(Imports(database).list("s"))) == (1, 2)


def test_a_dry_run_says_what_there_is_and_every_line_that_is_of_no_use(
    imported: Site, put: ImportTotals, database: Database, tmp_path: Path
) -> None:
    path, list_ = tmp_path / "visitors.csv", tmp_path / "unused.txt"
    path.write_text(
        "date,visitors,pageviews,bounces,visits,visit_duration\n"
        "2023-05-01,1,2,0,1,10\n2023-13-01,1,1,1,1,1\n2023-05-02,x,1,1,1,1\n2023-05-03,1\n2023-06-03,9,9,9,9,9\n"
    )
    report = put([path], dry_run=True, report_path=list_)
    assert (report.read, report.used, report.unused.count, report.exit_code) == (5, 1, 4, 0)
    assert list_.read_text().splitlines() == [
        f"{path}:3: not used: its date is no day: 2023-13-01",
        f"{path}:4: not used: its visitors is no number: x",
        f"{path}:5: not used: 2 fields where the first line names 6",
        f"{path}:6: not used: the site's own events begin on 2023-06-03",
    ]
    text = report.as_text()
    assert text.startswith(f"{path}: Plausible, CSV export of totals\n")
    assert "1 lines of totals would be imported" in text
    assert len(Imports(database).list("s")) == 1


def test_a_removed_import_is_gone_from_every_figure(imported: Site, database: Database, settings: Settings) -> None:
    own = {"page_views": 3}
    before = imported.stats.get("/v1/stats/summary", params={"site_id": "s", **JUNE})
    listed = CliRunner().invoke(imports_command, ["list", "s", "--json"], obj=settings)
    [shown] = json.loads(listed.output)
    assert (shown["first"], shown["last"]) == ("2023-06-01", "2023-06-02")
    assert shown["contents"]["site"]["measures"] == [
        "visitors", "visits", "page_views", "bounces", "duration_ms",
    ]  # fmt: skip
    assert CliRunner().invoke(imports_command, ["remove", "s", shown["import_id"]], obj=settings).exit_code == 0
    assert ask(imported, "summary", metrics="page_views")["data"] == own
    assert database.run("select count(*) from imported_figures") == [[0]]
    unchanged = imported.stats.get(
        "/v1/stats/summary", params={"site_id": "s", **JUNE}, headers={"If-None-Match": before.headers["etag"]}
    )
    assert unchanged.status_code == 200
    gone = CliRunner().invoke(imports_command, ["remove", "s", shown["import_id"]], obj=settings)
    assert gone.exit_code != 0


def test_imports_are_listed_and_removed_over_http_by_who_may(imported: Site, database: Database) -> None:
    def key(*scopes: Any) -> dict[str, str]:
        _, made = Keys(database).make("test", "k", list(scopes), ["s"])
        return {"Authorization": f"Bearer {made.text}"}

    [listed] = imported.stats.get("/v1/sites/s/imports", headers=key("stats")).json()["data"]
    path = f"/v1/sites/s/imports/{listed['import_id']}"
    assert imported.stats.delete(path, headers=key("stats")).status_code == 403
    assert imported.stats.delete("/v1/sites/s/imports/none", headers=key("import")).status_code == 404
    assert imported.stats.delete(path.replace("/s/", "/other/"), headers=key("import")).status_code == 404
    assert imported.stats.delete(path, headers=key("import")).json() == {"data": {"import_id": listed["import_id"]}}
    assert imported.stats.get("/v1/sites/s/imports", headers=key("stats")).json() == {"data": []}
    logged = database.run("select action, target from audit_log where action like 'import.%' order by id")
    assert logged == [["import.make", listed["import_id"]], ["import.remove", listed["import_id"]]]


def test_a_site_that_has_nothing_but_an_import_shows_it(site: Site, put: ImportTotals) -> None:
    put(PLAUSIBLE)
    answer = ask(site, "summary", metrics="visitors,page_views")
    assert answer["data"] == {"visitors": 23, "page_views": 50}
    assert answer["meta"]["fresh_as_of"] is not None


def test_of_a_site_that_is_not_there_nothing_is_imported(database: Database) -> None:
    found = find_totals(PLAUSIBLE, "")
    assert found is not None
    report = import_totals(*found, ImportOptions("nobody"), TotalsStore(database), "test")
    assert (report.exit_code, report.problem) == (1, "There is no site nobody.")


def test_an_import_makes_no_event_and_verify_stays_clean(
    imported: Site, database: Database, settings: Settings
) -> None:
    assert database.run("select count(*) from events") == [[3]]
    assert verify_aggregates(settings.database_url) == []


def test_a_files_kind_is_told_by_what_is_in_it_and_kinds_do_not_mix(tmp_path: Path) -> None:
    named_otherwise = tmp_path / "a.csv"
    named_otherwise.write_bytes(PLAUSIBLE[0].read_bytes())
    found = find_totals([named_otherwise], "")
    assert found is not None
    assert found[0].name == "plausible-csv"
    log = tmp_path / "access.log"
    log.write_text('127.0.0.1 - - [01/Jan/2023:00:00:00 +0000] "GET / HTTP/1.1" 200 1\n')
    assert find_totals([log], "") is None
    with pytest.raises(ImportStopped, match="by itself"):
        find_totals([log, named_otherwise], "")


def test_goatcounters_json_export_has_its_dimensions_in_the_sites_days(
    site: Site, put: ImportTotals, database: Database, tmp_path: Path
) -> None:
    packed = tmp_path / "goatcounter-export.zip"
    with zipfile.ZipFile(packed, "w") as file:
        for path in GOATCOUNTER:
            file.write(path, path.name)
    report = put([packed], report_path=tmp_path / "unused.txt")
    assert (report.problem, report.title) == ("", "GoatCounter, JSON export of totals")
    unused = [
        line.removeprefix("goatcounter-export.zip/") for line in (tmp_path / "unused.txt").read_text().splitlines()
    ]
    assert unused == [
        "browser_stats.jsonl:4: not used: of an event, and not of a page",
        "hit_stats.jsonl:6: not used: the export was made on 2023-06-04, and that day was not over",
        "hit_stats.jsonl:7: not used: paths.jsonl has no path 99",
        "language_stats.jsonl:0: not used: a table that has no place here",
        "location_stats.jsonl:3: not used: it names nothing that is kept",
        "size_stats.jsonl:0: not used: a table that has no place here",
    ]
    answer = ask(site, "summary", metrics="page_views,visitors")
    assert answer["data"] == {"page_views": 14, "visitors": 0}
    assert answer["meta"]["imported"]["metrics"] == ["page_views"]
    expected = {
        "path": {"/": 12, "/join": 2},
        "source": {"Hacker News": 3, "elsewhere.example": 2, "june": 5},
        "referrer": {"elsewhere.example/page.html": 2},
        "utm_source": {"june": 5},
        "browser": {"Firefox": 10, "Chrome": 4},
        "os": {"Linux": 12, "Windows": 2},
        "country": {"DE": 9, "US": 2},
        "region": {"DE-BE": 9},
    }
    for dimension, rows in expected.items():
        found = ask(site, "breakdown", dimension=dimension, metrics="page_views")["data"]
        assert {row[dimension]: row["page_views"] for row in found} == rows
    [event] = ask(site, "breakdown", dimension="event_type", metrics="events,visitors")["data"]
    assert event == {"event_type": "sign-up", "events": 1, "visitors": 1}


def test_goatcounters_hours_are_of_the_sites_own_days(site: Site, put: ImportTotals, database: Database) -> None:
    database.run("update sites set time_zone = 'Europe/Berlin' where site_id = 's'")
    put(GOATCOUNTER)
    days = ask(site, "timeseries", interval="day", metrics="page_views", to="2023-06-03")["data"]
    assert [row["page_views"] for row in days] == [9, 5, 0]


def test_a_later_version_of_goatcounters_export_is_refused(put: ImportTotals, tmp_path: Path) -> None:
    for path in GOATCOUNTER:
        (tmp_path / path.name).write_text(path.read_text().replace('"1.0"', '"2.0"'))
    report = put(sorted(tmp_path.iterdir()))
    assert report.exit_code == 3
    assert report.unused.first == [(0, f"the export's version is 2.0, and 1.x is read ({tmp_path / 'info.json'})")]


def test_reports_of_google_analytics_have_what_can_be_added_up(site: Site, put: ImportTotals, tmp_path: Path) -> None:
    report = put(GA4, report_path=tmp_path / "unused.txt")
    assert (report.problem, report.title) == ("", "Google Analytics 4, reports of totals")
    lines = (tmp_path / "unused.txt").read_text().splitlines()
    assert [line.removeprefix(f"{FOLDER}/ga4/") for line in lines] == [
        "days.csv:8: not used: a total of other rows",
        "overview.csv:15: not used: a table of several days together: add the dimension Date to the report",
        "pages.csv:10: not used: it names nothing that is kept",
        "report.json:3: not used: it names nothing that is kept",
        "report.json:5: not used: its sessions is no number: x",
        "report.json:7: not used: it names nothing that is kept",
    ]
    answer = ask(site, "summary", metrics="visitors,visits,page_views,bounce_rate,visit_duration")
    assert answer["data"] == {
        "visitors": 10 + 8 + 6 + 7, "visits": 24, "page_views": 41, "bounce_rate": 37.5, "visit_duration": 50.5,
    }  # fmt: skip
    expected = {
        ("path", "page_views"): {"/": 15 + 16 + 6, "/join": 10 + 3},
        ("path", "visits"): {"/": 5, "/join": 3},
        ("source", "visits"): {"Google": 6},
        ("country", "visits"): {"DE": 7},
        ("device", "visits"): {"desktop": 7},
        ("browser", "page_views"): {"Firefox": 9},
        ("event_type", "events"): {"sign_up": 4},
    }
    for (dimension, metric), rows in expected.items():
        answer = ask(site, "breakdown", dimension=dimension, metrics=metric)
        assert {row[dimension]: row[metric] for row in answer["data"]} == rows
    by_browser = ask(site, "breakdown", dimension="browser", metrics="visits")  # who saw two pages is in two rows
    assert by_browser["meta"]["imported"]["metrics"] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "Date,Hour,Sessions\n20230601,07,5\n20230601,08,5\n"),
        ("b.csv", "Date,Page title,Sessions\n20230601,Home,5\n"),
    ],
)
def test_a_report_by_what_has_no_place_here_is_no_report_of_the_whole_site(
    site: Site, put: ImportTotals, tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    report = put([tmp_path / name])
    assert (report.exit_code, report.used) == (3, 0)
    assert "no place here" in report.unused.first[0][1]


def test_no_log_and_no_history_is_taken_for_totals(tmp_path: Path) -> None:
    for name, (_, log) in SAMPLES.items():
        (tmp_path / name.replace(" ", "-").replace("/", "-")).write_bytes(log)
    for path in [*tmp_path.iterdir(), *(PROJECT / "tests" / "data" / "histories").iterdir()]:
        assert find_totals([path], "") is None, path


def test_two_tables_of_the_same_days_do_not_count_them_twice(site: Site, put: ImportTotals, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(
        "Date,Country,Sessions\n20230601,Germany,5\n\n"
        "Date,Country,Device category,Sessions\n20230601,Germany,mobile,5\n"
    )
    report = put([tmp_path / "r.csv"])
    assert report.unused.first == [(5, f"table 1 of {tmp_path / 'r.csv'} has the same of 2023-06-01")]
    [row] = ask(site, "breakdown", dimension="country", metrics="visits")["data"]
    assert row["visits"] == 5
    [row] = ask(site, "breakdown", dimension="device", metrics="visits")["data"]
    assert row["visits"] == 5


def test_with_estimates_counts_are_added_and_rates_are_the_sites_own(imported: Site, database: Database) -> None:
    drawn = Budgets(Budget(0, 1 << 40), Budget(0, 1 << 40))
    query = Query(
        "breakdown", "s", Span(datetime(2023, 6, 1, tzinfo=UTC), datetime(2023, 6, 5, tzinfo=UTC)), ZoneInfo("UTC"),
        ("page_views", "visits", "views_per_visit"), dimension="path", sort=Sort("page_views", True),
    )  # fmt: skip
    with FiguresReader(database).snapshot() as snapshot:
        site = snapshot.read_site("s")
        answered = answer(query, site.zone, snapshot, drawn, find_share(query, site))
    assert not answered.is_exact
    assert answered.imported is not None
    assert answered.imported.left_out == ((SAMPLED, ("views_per_visit",)),)
    assert [(row.value, row.metrics["page_views"]) for row in answered.rows] == [("/", 32), ("/join", 11), ("/new", 1)]
    visits = {row.value: row.metrics["visits"] for row in answered.rows}
    assert visits["/"] >= 9 + 8
    assert answered.rows[0].errors["visits"] is None or answered.rows[0].errors["visits"] > 0
