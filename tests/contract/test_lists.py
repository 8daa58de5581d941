"""The commands that list things: where a group stands alone, and where there is nothing."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.cli.main import analytics
from tests.contract.everywhere import everywhere
from tests.contract.history import batch, event

EMPTY = {
    "rejected": "No rejected events.\n",
    "dead-letters": "No dead letters.\n",
    "filtered": "No filtered events.\n",
    "sites": "No sites: no event has been counted yet.\n",
}


@pytest.fixture
def found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("redis_url", "database_url", "database_groups", "stream_name"):
        monkeypatch.setenv(name.upper(), getattr(everywhere(settings), name))


def run(*arguments: str) -> str:
    done = CliRunner().invoke(analytics, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


NASTY = "\x1b]0;owned\x07\x9b2J\r\nforged  line\u202e"
"""A title for the window, a cleared screen, a line of its own, and what follows from right to left."""


@pytest.mark.usefixtures("found")
def test_no_text_that_others_sent_commands_the_terminal(database: Database) -> None:
    noon = datetime(2025, 11, 12, 12, tzinfo=UTC)
    events = [event(1, noon, site_id=NASTY), event(2, noon, site_id=NASTY, filtered="bot")]
    broken = {**event(3, noon, site_id=NASTY), NASTY: 1}
    handle_batch(batch([*events, broken]), PostgresStore(database))
    database.run("update daily_stats set total_views = total_views + 1")
    printed = {group: run(group) for group in ("rejected", "filtered", "sites")}
    printed["verify"] = CliRunner().invoke(analytics, ["verify"]).output
    printed["show"] = run("rejected", "show", json.loads(run("rejected", "--json"))[0]["source"])
    for command, text in printed.items():
        assert "owned" in text, command
        assert not [one for one in text if one != "\n" and not one.isprintable()], command
        assert not [line for line in text.splitlines() if line.startswith("forged")], command
    assert [site["site_id"] for site in json.loads(run("sites", "--json"))] == [NASTY]
    assert json.loads(printed["show"])["site_id"] == NASTY


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("group", EMPTY)
def test_a_group_alone_lists_and_nothing_is_said_to_be_nothing(group: str) -> None:
    assert run(group) == run(group, "list") == EMPTY[group]
    assert json.loads(run(group, "--json")) == json.loads(run(group, "list", "--json")) == []
    assert "Commands:" in run(group, "--help")
