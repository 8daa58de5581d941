"""Filtered events are counted after all where a site's owner wishes so: each once, and none that is not meant."""

import json
from typing import Any

import pytest

from common.access.keys import Keys
from common.days.closing import close_all
from common.postgres.database import Database
from common.wire import SitesTask
from functions.process.restoring import wishes
from infra.verification.recount import verify_aggregates
from tests.functions.site import DAY, Site, view
from tests.functions.stepped_system import SteppedSystem

WISH = {"reason": "bot", "from": "2025-06-02T00:00:00Z", "to": "2025-06-03T00:00:00Z"}


@pytest.fixture
def wish(site: Site, database: Database) -> Any:
    """Asks for what is filtered, as one who manages the site."""
    _, key = Keys(database).make("test", "manager", ["sites", "stats"], ["s"])

    def ask(site_id: str = "s", **more: str) -> Any:
        body = json.dumps({"site_id": site_id, **WISH, **more})
        fields = {"Authorization": f"Bearer {key.text}", "Content-Type": "application/json"}
        return site.stats.post("/v1/restores", content=body, headers=fields)

    return ask


def store_some(site: Site) -> None:
    site.store(
        [
            view("02T10:00:00", "ann"),
            *(view(f"02T11:00:0{number}", f"bot-{number}", "/bots", filtered="bot") for number in range(5)),
            view("02T12:00:00", "spam", filtered="spam_referrer"),
            view("03T00:00:00", "late", filtered="bot"),
        ]
    )


def read_ledger(database: Database) -> Any:
    """What the ledger has of these events: they were accepted once, and have one outcome."""
    return database.run("select (select count(*) from processed_entries), (select sum(events) from outcomes)")


def work(system: SteppedSystem) -> None:
    """Let the poller step until it would pause."""
    while system.publisher.step():
        pass


def count(site: Site) -> tuple[int, int, list[dict[str, Any]]]:
    summary = site.ask("summary", metrics="visitors,page_views", **DAY)["data"]
    return summary["visitors"], summary["page_views"], site.ask("filtered", **DAY)["data"]


def test_what_is_wished_back_counts_once_and_nothing_else_does(
    site: Site,
    wish: Any,
    system: SteppedSystem,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wishes.find_page, "__defaults__", (2,))
    store_some(site)
    ledger = read_ledger(database)
    for _ in range(2):
        answer = wish()
        assert (answer.status_code, answer.json()["data"]["reason"]) == (202, "bot")
        work(system)

    assert count(site) == (
        6,
        6,
        [
            {"reason": "bot", "events": 5, "restored": 5},
            {"reason": "spam_referrer", "events": 1, "restored": 0},
        ],
    )
    assert database.run("select count(*) from filtered_restores") == [[0]]
    assert verify_aggregates(system.settings.database_url) == []
    assert read_ledger(database) == ledger


def test_what_is_wished_back_counts_on_days_that_are_closed_meanwhile(
    site: Site, wish: Any, system: SteppedSystem, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wishes.find_page, "__defaults__", (2,))
    monkeypatch.setattr("common.days.opening.STEP_EVENTS", 1)
    monkeypatch.setattr("functions.process.store.OPEN_SECONDS", 0)
    store_some(site)
    close_all(database)
    wish()
    step = system.publisher.step
    assert step()
    close_all(database)
    while step():
        pass

    assert count(site)[:2] == (6, 6)
    assert database.run("select count(*) from filtered_restores") == [[0]]
    assert verify_aggregates(system.settings.database_url) == []


def test_who_wished_what_is_in_the_log_of_changes(site: Site, wish: Any, database: Database) -> None:
    store_some(site)
    wish()
    [[actor, action, target]] = database.run("select actor, action, target from audit_log where action like 'restore%'")

    assert (actor.partition(" ")[0], action, target) == ("key", "restore.make", "s")


@pytest.mark.parametrize(
    ("site_id", "change", "status", "pointer"),
    [
        ("other", {}, 404, ""),
        ("s", {"reason": "boredom"}, 422, "/reason"),
        ("s", {"to": "2025-06-01T00:00:00Z"}, 422, "/to"),
        ("s", {"from": "2025-06-01"}, 422, "/from"),
    ],
)
def test_a_wish_that_can_not_be_is_refused(
    wish: Any, database: Database, site_id: str, change: dict[str, str], status: int, pointer: str
) -> None:
    answer = wish(site_id, **change)

    assert answer.status_code == status
    assert not pointer or answer.json()["errors"][0]["pointer"] == pointer
    assert database.run("select count(*) from filtered_restores") == [[0]]


def test_so_many_wishes_wait_and_no_more(site: Site, wish: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store_some(site)
    monkeypatch.setattr("functions.stats.manage.restores.MOST_WISHES", 2)

    assert [wish().status_code for _ in range(3)] == [202, 202, 409]


def test_sites_take_turns_whatever_one_of_them_wishes(
    site: Site, wish: Any, system: SteppedSystem, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wishes.find_page, "__defaults__", (2,))
    store_some(site)
    site.store([view("02T11:00:00", "bot", filtered="bot") | {"site_id": other} for other in ("a", "z")])
    for _ in range(5):
        wish()
    query = "insert into filtered_restores (site_id, reason, start, after) values (:site, 'bot', :start, :after)"
    for other in ("a", "z"):
        database.run(query, site=other, start=WISH["from"], after=WISH["to"])

    for _ in range(3):
        system.store.handle_sites(SitesTask(restores=True))

    restored = "select site_id, count(*) from filtered_events where restored_at is not null group by 1 order by 1"
    assert database.run(restored) == [["a", 1], ["s", 2], ["z", 1]]


def test_a_site_that_is_being_deleted_gets_nothing_back(
    site: Site, wish: Any, system: SteppedSystem, database: Database
) -> None:
    store_some(site)
    wish()
    database.run("insert into site_removals (site_id) values ('s')")
    while system.store.handle_sites(SitesTask(restores=True)).restores:
        pass

    assert database.run("select count(*) from filtered_restores") == [[0]]
    assert database.run("select count(*) from events") == [[1]]
