"""The commands that list things: where a group stands alone, and where there is nothing."""

import json

import pytest
from click.testing import CliRunner

from common.settings import Settings
from infra.cli.main import analytics

EMPTY = {
    "rejected": "No rejected events.\n",
    "dead-letters": "No dead letters.\n",
    "filtered": "No filtered events.\n",
    "sites": "No sites: no event has been counted yet.\n",
}


@pytest.fixture
def found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("redis_url", "database_url", "stream_name"):
        monkeypatch.setenv(name.upper(), getattr(settings, name))


def run(*arguments: str) -> str:
    done = CliRunner().invoke(analytics, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("group", EMPTY)
def test_a_group_alone_lists_and_nothing_is_said_to_be_nothing(group: str) -> None:
    assert run(group) == run(group, "list") == EMPTY[group]
    assert json.loads(run(group, "--json")) == json.loads(run(group, "list", "--json")) == []
    assert "Commands:" in run(group, "--help")
