"""`analytics ledger`, on real servers."""

import json
import time

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from common.postgres.database import Database
from common.redis.keys import ShardKeys
from common.settings import Settings
from infra.cli.ledger import ledger
from tests.contract.everywhere import everywhere

STORED = (
    "insert into outcomes (site_id, minute, outcome, events)"
    " values (:site, to_timestamp(:minute * 60), 'stored', :events)"
)


def run(settings: Settings, *arguments: str) -> Result:
    """Of the last hour, unless told: a day is read minute by minute."""
    return CliRunner().invoke(ledger, ["--since", "1h", *arguments], obj=everywhere(settings), catch_exceptions=False)


@pytest.fixture
def minute(settings: Settings, redis: "Redis", database: Database) -> int:
    """Ten minutes ago, when two events of a blog and three of a shop were accepted, and one of these was lost."""
    minute = int(time.time() // 60) - 10
    accepted = f"{ShardKeys.of(settings.stream_name, 0).accepted}{minute}"
    redis.hset(accepted, mapping={"blog": 2, "shop": 3})
    for site in ("blog", "shop"):
        database.run(STORED, site=site, minute=minute, events=2)
    return minute


def test_a_site_whose_events_all_have_an_outcome_closes(settings: Settings, minute: int) -> None:
    result = run(settings, "--site", "blog", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.output)
    assert answer["closes"]
    [line] = answer["lines"]
    moment = time.strftime("%Y-%m-%dT%H:%M:00+00:00", time.gmtime(minute * 60))
    assert (line["site_id"], line["minute"], line["accepted"], line["stored"]) == ("blog", moment, 2, 2)


@pytest.mark.usefixtures("minute")
def test_a_lost_event_is_said_with_its_site_and_the_exit_code_is_1(settings: Settings) -> None:
    result = run(settings)
    assert result.exit_code == 1
    assert "THE LEDGER DOES NOT CLOSE" in result.output
    missing = {words[1]: words[-1] for words in (row.split() for row in result.output.splitlines()) if len(words) == 11}
    assert missing == {"blog": "0", "shop": "1"}


@pytest.mark.usefixtures("minute")
def test_it_reads_from_when_it_is_told(settings: Settings) -> None:
    assert json.loads(run(settings, "--since", "5m", "--json").output)["lines"] == []
    assert len(json.loads(run(settings, "--since", "1h", "--json").output)["lines"]) == 2
    assert run(settings, "--since", "yesterday").exit_code == 2


def test_where_no_minute_is_over_nothing_is_said_to_close(settings: Settings) -> None:
    result = run(settings)
    assert result.exit_code == 0
    assert "nothing to judge yet" in result.output
    assert "the ledger closes" not in result.output


@pytest.mark.usefixtures("minute")
def test_what_was_refused_is_no_figure_of_one_site(settings: Settings, redis: "Redis") -> None:
    redis.set(f"{ShardKeys.of(settings.stream_name, 0).refused}{int(time.time() // 60) - 10}", 5)
    assert "never accepted: 5" in run(settings).output
    assert json.loads(run(settings, "--json").output)["refused"] == 5
    assert "refused" not in run(settings, "--site", "blog").output
    assert json.loads(run(settings, "--site", "blog", "--json").output)["refused"] is None


@pytest.mark.usefixtures("minute")
def test_a_site_without_events_is_said(settings: Settings) -> None:
    assert "no event of typo was accepted" in run(settings, "--site", "typo").output


def test_fields_that_were_dropped_are_told(settings: Settings, redis: "Redis", minute: int) -> None:
    dropped = f"{ShardKeys.of(settings.stream_name, 0).dropped}{minute}"
    redis.hset(dropped, mapping={"screen blog": 3, "language shop": 1200})
    assert "fields dropped: language 1,200, screen 3" in run(settings).output
    answer = json.loads(run(settings, "--site", "blog", "--json").output)
    assert answer["dropped"] == {"screen": 3}
