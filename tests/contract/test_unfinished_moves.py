"""`analytics status` says which slots are being moved, since when, and whether anybody goes on with it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from common.groups.slots import find_slot
from common.settings import Settings
from infra.cli.main import analytics
from tests.contract.group_of_tests import MOVED, Groups

pytestmark = pytest.mark.one_group("it has groups of its own")

SLOT = find_slot(MOVED)


class Interrupted(Exception):
    """What a kill does to a move."""


@pytest.fixture
def groups(settings: Settings, other_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Groups]:
    made = Groups(settings, other_urls)
    for name in ("redis_url", "database_url", "stream_name", "database_groups"):
        monkeypatch.setenv(name.upper(), getattr(made.settings, name))
    yield made
    made.close()


def read_status(*arguments: str) -> str:
    done = CliRunner().invoke(analytics, ["status", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def interrupt(groups: Groups, at: str) -> None:
    def step(name: str) -> None:
        if name == at:
            raise Interrupted

    with pytest.raises(Interrupted):
        groups.move(step=step)


def test_an_interrupted_move_is_shown_with_its_time_until_it_is_finished(groups: Groups) -> None:
    interrupt(groups, "copy")
    [move] = json.loads(read_status("--json"))["moving"]
    since = datetime.fromisoformat(move.pop("since"))
    assert abs(datetime.now(UTC) - since) < timedelta(hours=1)
    assert move == {"slot": SLOT, "from": "home", "to": "second", "copied": False, "running": False}
    line = (
        f"moving        slot {SLOT} from home to second since {since.isoformat(timespec='seconds')}; its events wait."
    )
    assert f"{line} Interrupted: run `analytics groups move` again" in read_status()
    groups.move()
    assert json.loads(read_status("--json"))["moving"] == []
    assert "moving" not in read_status()


def test_a_move_that_was_interrupted_after_its_copy_is_shown_with_what_it_left(groups: Groups) -> None:
    interrupt(groups, "open")
    [move] = json.loads(read_status("--json"))["moving"]
    assert move.pop("since")
    assert move == {"slot": SLOT, "from": "home", "to": "second", "copied": True, "running": False}
    assert f"slot {SLOT} from home to second since" in read_status()
    assert "; rows are left in home, and events may wait. Interrupted" in read_status()


def test_a_move_that_runs_is_not_called_interrupted(groups: Groups) -> None:
    seen: list[str] = []
    groups.move(step=lambda name: seen.append(read_status()) if name == "copy" else None)
    assert f"moving        slot {SLOT} from home to second since" in seen[0]
    assert "its events wait  (analytics groups)" in seen[0]
    assert "Interrupted" not in seen[0]
