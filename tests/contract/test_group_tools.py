"""The operator's commands go through the databases of all groups; what one of them can't tell, the others do."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from common.groups.slots import find_slot
from common.redis.client import connect
from common.settings import Settings
from infra.cli.main import analytics
from infra.ledger.reader import LedgerReader
from infra.queue.status import read_status
from infra.reports import schedule
from infra.watch.balance import Balance
from tests.contract.group_of_tests import KINDS, MOVED, STAYS, Groups, batch, event
from tests.contract.test_fair_shares import wait_until

pytestmark = pytest.mark.one_group("it has groups of its own")

NOBODY = "postgresql://nobody:none@127.0.0.1:1/none"
BOTH = [MOVED, STAYS]
AGO_MS = 5 * 60_000
EVERYTHING_CHANGED = """select (select json_agg(goals) from goals), (select json_agg(site_settings) from site_settings),
    (select count(*) from erasures)"""
WAITING = "select count(*) from pg_locks where locktype = 'advisory' and objid = 7201007 and not granted"
FILTER = '[{"dimension": "country", "operator": "is", "value": "DE"}]'


def make_events() -> dict[str, object]:
    """Entries that were accepted some minutes ago."""
    return batch(
        [event(1), event(2, STAYS)],
        [event(3, filtered="bot"), event(4, STAYS, filtered="bot")],
        [{"site_id": MOVED, "bogus": 1}, {"site_id": STAYS, "bogus": 2}],
        first=int(time.time() * 1000) - AGO_MS - 1_762_000_000_000,
    )


@pytest.fixture
def groups(settings: Settings, other_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Groups]:
    """One site in each group, and a command line that knows both."""
    made = Groups(settings, other_urls)
    for name in ("redis_url", "database_url", "stream_name", "database_groups"):
        monkeypatch.setenv(name.upper(), getattr(made.settings, name))
    made.move()
    made.deliver(make_events())
    yield made
    made.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(analytics, arguments)


def read(*arguments: str) -> list[dict[str, object]]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return list(json.loads(done.stdout))


@pytest.mark.parametrize("other_urls", KINDS, indirect=True)
@pytest.mark.parametrize("command", ["sites", "filtered", "rejected"])
@pytest.mark.usefixtures("groups")
def test_a_list_has_the_sites_of_all_groups_in_one_order(command: str) -> None:
    assert [one["site_id"] for one in read(command, "list")] == BOTH


def test_a_site_that_a_move_left_rows_of_is_listed_once(groups: Groups) -> None:
    row = "insert into sites (site_id, time_zone, version, changed_at) values ('blog', 'UTC', 1, now())"
    groups.home.run(row)
    assert [one["site_id"] for one in read("sites", "list")] == BOTH


def test_what_is_changed_of_a_site_is_changed_in_its_group(groups: Groups) -> None:
    for site in BOTH:
        assert run("sites", "set", site, f"name=Named {site}").exit_code == 0
        assert run("goals", "set", site, "signup", "--event", "signup").exit_code == 0
        assert run("segments", "set", site, "mine", "--filters", FILTER).exit_code == 0
        assert len(read("goals", "list", site)) == 1
    for database, site in ((groups.home, STAYS), (groups.second, MOVED)):
        assert database.run("select site_id, name from site_settings where name <> ''") == [[site, f"Named {site}"]]
        assert database.run("select site_id from goals") == [[site]]


def test_an_erasure_and_an_export_are_of_the_sites_own_group(groups: Groups) -> None:
    for site in BOTH:
        assert run("erase", "--site-id", site, "--user-id", "nobody", "--yes").exit_code == 0
        exported = run("export", "--site-id", site)
        assert f"2 events of {site}" in exported.stderr
    assert groups.second.run("select site_id from erasures") == [[MOVED]]
    assert sorted(str(one["site_id"]) for one in read("erasures")) == BOTH


def test_a_report_and_an_alarm_may_be_of_a_site_elsewhere(groups: Groups) -> None:
    assert run("reports", "add", MOVED, "ann@example.com").exit_code == 0
    assert run("reports", "add", "nobody", "ann@example.com").exit_code == 1
    assert groups.home.run("select site_id from report_subscriptions") == [[MOVED]]


@pytest.mark.parametrize(
    "change",
    [
        ["goals", "delete", MOVED, "signup"],
        ["sites", "rename", MOVED, "another"],
        ["erase", "--site-id", MOVED, "--user-id", "eve", "--yes"],
    ],
    ids=lambda words: words[0],
)
def test_a_change_waits_for_who_begins_to_move_its_site_and_is_refused_then(groups: Groups, change: list[str]) -> None:
    assert run("goals", "set", MOVED, "signup", "--event", "signup").exit_code == 0
    before = groups.second.run(EVERYTHING_CHANGED)
    with ThreadPoolExecutor(1) as pool:
        with groups.second.transaction() as fence:
            fence.run("select pg_advisory_xact_lock(7201007)")
            fence.run("insert into absent_slots values (:slot)", slot=find_slot(MOVED))
            changed = pool.submit(run, *change)
            wait_until(lambda: groups.home.run(WAITING) == [[1]])
        assert changed.result().exit_code == 1
    assert groups.second.run(EVERYTHING_CHANGED) == before


def test_a_report_of_a_site_elsewhere_is_made(groups: Groups) -> None:
    class Reporting(schedule.Reporting):
        def write(self, *_: object) -> dict[str, str]:
            return {"subject": "figures"}

    assert run("reports", "add", MOVED, "ann@example.com").exit_code == 0
    groups.home.run("update report_subscriptions set created_at = now() - interval '30 days'")
    with closing(connect(groups.settings)) as redis:
        done = Reporting(groups.settings, groups.databases, redis).step(datetime.now(UTC))
    assert done["reports"] == 1
    assert groups.home.run("select site_id from outbox") == [[MOVED]]


def test_a_rejected_event_is_shown_edited_and_replayed_wherever_it_is(groups: Groups) -> None:
    for one in read("rejected", "list"):
        assert json.loads(run("rejected", "show", str(one["source"])).stdout)["site_id"] == one["site_id"]
    assert "replayed 0, 2 are not valid" in run("rejected", "replay", "--all").output


def test_status_adds_up_all_groups(groups: Groups) -> None:
    done = json.loads(run("status", "--json").stdout)
    assert (done["rejected"], done["filtered_24h"].get("bot", 0)) == (2, 2)
    assert done["groups"] == {"home": "up", "second": "up"}
    assert done["last_commit"]


def test_the_schema_of_each_group_is_brought_up_to_date(groups: Groups) -> None:
    assert run("migrate").output == "home: up to date\nsecond: up to date\n"


def test_verify_says_in_which_group_a_figure_is_wrong_and_repairs_it(groups: Groups) -> None:
    assert run("verify").output == "every aggregate equals its recount\n"
    groups.second.run("update rollups set page_views = page_views + 1 where dimension = '' and grain = 'day'")
    found = run("verify", "--json")
    assert found.exit_code == 1
    assert {(one["group"], one["site_id"]) for one in json.loads(found.stdout)} == {("second", MOVED)}
    assert run("verify", "--repair").exit_code == 0
    assert run("verify").exit_code == 0


def test_every_command_that_lists_tells_what_the_groups_have_that_answer(
    groups: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_GROUPS", f"{groups.settings.database_groups} third={NOBODY}")
    for command in (["sites"], ["filtered"], ["rejected"], ["verify"], ["status"], ["days", "close"]):
        done = run(*command)
        assert done.exit_code == 1, command
        assert "third: " in done.output, command
        assert done.stdout.strip(), command
    assert [line.split()[0] for line in run("sites").stdout.splitlines()][:2] == BOTH


def test_the_ledger_has_the_outcomes_of_all_groups_and_names_the_one_that_is_down(groups: Groups) -> None:
    minute = int(time.time() // 60) - 10
    with closing(connect(groups.settings)) as redis:
        ledger = LedgerReader(redis, groups.databases, groups.settings).read(minute)
        assert (ledger.total.stored, ledger.total.filtered, ledger.total.rejected) == (2, 2, 2)
        assert ledger.unreachable == ()
        groups.second.close()
        groups.databases.groups["second"] = type(groups.second)(NOBODY, connections=1, timeout_seconds=1)
        ledger = LedgerReader(redis, groups.databases, groups.settings).read(minute)
        assert ledger.unreachable == ("second",)
        assert not ledger.closes
        assert ledger.total.stored == 1


def test_the_watchs_metrics_say_which_database_is_down(groups: Groups) -> None:
    with closing(connect(groups.settings)) as redis:
        groups.second.close()
        groups.databases.groups["second"] = type(groups.second)(NOBODY, connections=1, timeout_seconds=1)
        reader = LedgerReader(redis, groups.databases, groups.settings)
        balance = Balance(reader, lambda: read_status(redis, groups.settings), time.time, ["home", "second"])
        balance.read()
        text = balance.render().decode()
    assert 'analytics_database_up{group="home"} 1.0' in text
    assert 'analytics_database_up{group="second"} 0.0' in text
    alone = Balance(reader, lambda: read_status(redis, groups.settings)).render().decode()
    assert "analytics_database_up" not in alone
