"""Sites and their time zones through the command line, on a real PostgreSQL."""

import json
import threading

import pytest
from click.testing import CliRunner, Result

from common.errors import AnalyticsError, Unavailable
from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.cli.sites import sites
from infra.sites.sites import set_time_zone
from infra.verification.recount import verify_aggregates
from tests.contract.everywhere import everywhere
from tests.contract.history import batch, make_history, shuffled_batches


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(sites, arguments, obj=everywhere(settings))


def store_history(database: Database, zone: str = "UTC") -> None:
    handle_batch(batch(make_history(seed=3, events=200)), PostgresStore(database, time_zone=zone))


def read_figures(database: Database) -> list[list[list[object]]]:
    return [
        database.run("select * from rollups order by site_id, dimension, grain, date, value"),
        database.run("select * from visits order by site_id, visitor, start"),
        database.run("select * from daily_values order by site_id, date, key"),
    ]


def test_another_time_zone_makes_the_figures_what_they_would_have_been_with_it(
    settings: Settings, database: Database
) -> None:
    zone = "America/St_Johns"
    store_history(database, zone)
    expected = read_figures(database)
    database.run("truncate events, visits, rollups, daily_values, quarter_stats, sites, daily_stats, daily_users")
    database.run("truncate daily_paths")
    store_history(database)
    assert read_figures(database) != expected
    for site in ("blog", "shop"):
        assert run(settings, "set-time-zone", site, zone).output == f"{site} has the time zone {zone}\n"
        assert run(settings, "set-time-zone", site, zone).output == f"{site} has the time zone {zone} already\n"
    assert read_figures(database) == expected
    assert verify_aggregates(settings.database_url) == []


def test_the_other_sites_are_left_alone(settings: Settings, database: Database) -> None:
    store_history(database)
    query = "select * from rollups where site_id = 'shop' order by dimension, grain, date, value"
    before = database.run(query)
    set_time_zone(settings, "blog", "Asia/Tokyo")
    assert before
    assert database.run(query) == before


def test_events_that_come_meanwhile_are_counted_by_one_of_the_zones(settings: Settings, database: Database) -> None:
    batches = shuffled_batches(make_history(seed=4, events=400), seed=0)
    store = PostgresStore(database)
    handle_batch(batch(batches[0]), store)

    def write() -> None:
        for number, events in enumerate(batches):
            handle_batch(batch(events, number), store)

    writer = threading.Thread(target=write)
    writer.start()
    zones = ("Asia/Tokyo", "Europe/Berlin", "America/New_York")
    while writer.is_alive():
        for zone in zones:
            set_time_zone(settings, "blog", zone)
    writer.join()
    assert verify_aggregates(settings.database_url) == []


def test_sites_are_listed_with_their_zones(settings: Settings, database: Database) -> None:
    store_history(database, "Asia/Tokyo")
    assert [line.split()[:2] for line in run(settings, "list").output.splitlines()] == [
        ["blog", "Asia/Tokyo"],
        ["shop", "Asia/Tokyo"],
    ]
    assert json.loads(run(settings, "list", "--json").output)[0]["time_zone"] == "Asia/Tokyo"


def test_a_zone_or_site_that_does_not_exist_is_refused(settings: Settings, database: Database) -> None:
    store_history(database)
    assert "IANA" in run(settings, "set-time-zone", "blog", "Mars/Olympus").output
    for site, zone in (("none", "UTC"), ("blog", "Mars/Olympus")):
        with pytest.raises(AnalyticsError):
            set_time_zone(settings, site, zone)
    assert database.run("select distinct time_zone from sites") == [["UTC"]]


def test_a_setting_that_postgresql_does_not_know_is_no_fault_of_the_events(database: Database) -> None:
    with pytest.raises(Unavailable, match="Mars"):
        store_history(database, "Mars/Olympus")
    assert database.run("select count(*) from rejected_events") == [[0]]
