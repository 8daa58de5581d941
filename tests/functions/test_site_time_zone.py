"""A site's time zone is chosen over HTTP; whoever owns the tables changes its figures, and everybody sees how far."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from common.errors import Unavailable
from common.postgres.database import Database
from common.settings import Settings
from infra.cli.sites import sites
from infra.sites.schedule import finish_changes
from infra.sites.time_zone_change import TimeZoneChange
from infra.verification.recount import verify_aggregates
from tests.functions.conftest import Serve
from tests.functions.site import Site, view

ZONE = "Asia/Tokyo"


@pytest.fixture
def stats(environment: pytest.MonkeyPatch, serve: Serve) -> TestClient:
    """Stats, and a site of which two days are stored."""
    environment.setenv("STATS_API_KEY", "secret")
    stats = serve("stats")
    stats.headers["X-API-Key"] = "secret"
    Site(serve("process"), stats).store([view("02T20:00:00"), view("03T20:00:00", "bob"), view("03T23:30:00", "eve")])
    return stats


def choose(stats: TestClient, zone: object) -> int:
    return stats.patch("/v1/sites/s", json={"time_zone": zone}).status_code


def go_on(_: float) -> bool:
    return False


def count_days(stats: TestClient) -> list[tuple[str, int]]:
    query = {"site_id": "s", "from": "2025-06-01", "to": "2025-06-05", "interval": "day", "metrics": "page_views"}
    rows = stats.get("/v1/stats/timeseries", params=query).json()["data"]
    return [(row["time"][:10], row["page_views"]) for row in rows if row["page_views"]]


def test_another_time_zone_is_noted_and_then_holds_for_all_figures(
    stats: TestClient, settings: Settings, database: Database
) -> None:
    assert count_days(stats) == [("2025-06-02", 1), ("2025-06-03", 2)]
    noted = stats.patch("/v1/sites/s", json={"time_zone": ZONE, "name": "Shop"}).json()["data"]
    assert (noted["time_zone"], noted["name"]) == ("UTC", "Shop")
    assert noted["time_zone_change"] == {"to": ZONE, "rebuilt_until": None}
    assert count_days(stats) == [("2025-06-02", 1), ("2025-06-03", 2)]
    assert finish_changes(database, go_on) == 1
    done = stats.get("/v1/sites/s").json()["data"]
    assert (done["time_zone"], done["time_zone_change"]) == (ZONE, None)
    assert count_days(stats) == [("2025-06-03", 1), ("2025-06-04", 2)]
    assert verify_aggregates(settings.database_url) == []
    assert finish_changes(database, go_on) == 0


def test_it_is_seen_how_far_a_change_is_and_a_stopped_one_goes_on(stats: TestClient, database: Database) -> None:
    assert choose(stats, ZONE) == 200
    TimeZoneChange(database, "s", most=1).step()
    assert stats.get("/v1/sites/s").json()["data"]["time_zone_change"] == {
        "to": ZONE, "rebuilt_until": "2025-06-03T00:00:00+00:00",
    }  # fmt: skip
    assert finish_changes(database, lambda _: True) == 0
    assert stats.get("/v1/sites/s").json()["data"]["time_zone_change"] is not None
    assert finish_changes(database, go_on) == 1


def test_a_site_whose_step_fails_does_not_hold_the_others_up(
    stats: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stats.post("/v1/sites", json={"site_id": "a"})
    assert choose(stats, ZONE) == stats.patch("/v1/sites/a", json={"time_zone": ZONE}).status_code == 200
    step = TimeZoneChange.step

    def fail_on_one(change: TimeZoneChange) -> bool:
        if change._site_id == "a":
            raise Unavailable("It took too long.")
        return step(change)

    monkeypatch.setattr(TimeZoneChange, "step", fail_on_one)
    with pytest.raises(Unavailable):
        finish_changes(database, go_on)
    shown = {site["site_id"]: site["time_zone"] for site in stats.get("/v1/sites").json()["data"]}
    assert shown == {"a": "UTC", "s": ZONE}


def test_one_change_at_a_time_and_only_to_a_zone_that_exists(stats: TestClient, database: Database) -> None:
    assert choose(stats, "Mars/Olympus") == 422
    assert choose(stats, None) == 422
    assert choose(stats, "UTC") == 200
    assert stats.get("/v1/sites/s").json()["data"]["time_zone_change"] is None
    assert choose(stats, ZONE) == 200
    assert choose(stats, ZONE) == 200
    assert choose(stats, "Europe/Berlin") == 409
    assert finish_changes(database, go_on) == 1
    assert choose(stats, "Europe/Berlin") == 200


def test_a_site_without_events_has_its_zone_at_once_and_a_deleted_one_keeps_its(
    stats: TestClient, database: Database
) -> None:
    stats.post("/v1/sites", json={"site_id": "empty"})
    assert stats.patch("/v1/sites/empty", json={"time_zone": ZONE}).status_code == 200
    assert choose(stats, ZONE) == 200
    assert stats.delete("/v1/sites/s").status_code == 202
    assert finish_changes(database, go_on) == 1
    shown = {site["site_id"]: site["time_zone"] for site in stats.get("/v1/sites").json()["data"]}
    assert shown == {"empty": ZONE, "s": "UTC"}


@pytest.mark.parametrize("command", [["set", "s", f"time_zone={ZONE}", "name=Shop"], ["set-time-zone", "s", ZONE]])
def test_the_command_line_changes_the_figures_itself(
    stats: TestClient, settings: Settings, command: list[str], read_log: Callable[[], list[str]]
) -> None:
    done = CliRunner().invoke(sites, command, obj=settings)
    assert done.exit_code == 0, done.output
    assert count_days(stats) == [("2025-06-03", 1), ("2025-06-04", 2)]
    assert read_log() == ["command line site.change s"]


@pytest.fixture
def read_log(database: Database) -> Callable[[], list[str]]:
    """Reads the log of changes."""
    return lambda: [row[0] for row in database.run("select concat_ws(' ', actor, action, target) from audit_log")]


def test_the_program_that_make_up_and_compose_run_finishes_what_was_chosen(
    stats: TestClient, settings: Settings
) -> None:
    assert choose(stats, ZONE) == 200
    env = {**os.environ, "DATABASE_URL": settings.database_url, "LOG_LEVEL": "INFO"}
    program = subprocess.Popen([sys.executable, "-m", "infra.sites"], env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None
        assert "time zones were changed" in program.stdout.readline()
        assert stats.get("/v1/sites/s").json()["data"]["time_zone"] == ZONE
    finally:
        program.terminate()
        program.communicate(timeout=30)
    assert program.returncode == 0


class Invocation:
    """What Lambda tells an invocation."""

    log_stream_name = "stream"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def test_in_the_cloud_an_event_of_the_schedule_finishes_what_was_chosen(
    stats: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra.cloud import migrate

    monkeypatch.setattr(migrate, "settings", settings)
    assert choose(stats, ZONE) == 200
    migrate.handler({}, Invocation())
    assert stats.get("/v1/sites/s").json()["data"]["time_zone"] == ZONE
