"""What the benchmark takes from a move: what the command says of it, and the batches that the processor logs."""

import logging
from pathlib import Path

import pytest

from bench import slot_traffic
from bench.rows import groups, move
from common.groups.slots import HOME, find_slot
from common.log import _JsonLine, fields
from common.settings import Settings
from infra.cli.groups import _say
from infra.groups.move import Moved


def test_what_the_command_says_of_a_slot_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    _say(Moved(158, HOME, move.SECOND, 1_234_567, 11.52))
    found = move.WAITED.search(capsys.readouterr().out)
    assert found is not None
    assert found.groups() == ("1,234,567", "11.5")


def test_the_probe_is_of_the_moved_slot_and_the_other_traffic_is_not() -> None:
    assert find_slot(slot_traffic.PROBE) == slot_traffic.SLOT
    assert slot_traffic.PROBE != slot_traffic.MOVED
    assert sum(find_slot(f"site-{number}") == slot_traffic.SLOT for number in range(20)) == 0


@pytest.mark.parametrize(("since", "until", "found"), [(0, 1_000, [12.5, 80.0]), (101, 1_000, [80.0]), (0, 99, [])])
def test_a_batch_belongs_to_the_time_in_which_it_ended(
    tmp_path: Path, since: float, until: float, found: list[float]
) -> None:
    lines = ["Listening"]
    for message, at, milliseconds in (
        ("batch processed", 100, 12.5),
        ("started", 101, 1),
        ("batch processed", 102, 80),
    ):
        record = logging.LogRecord("process", logging.INFO, "", 0, message, (), None)
        record.created = at
        record.__dict__ |= fields(milliseconds=milliseconds)
        lines.append(_JsonLine().format(record))
    (tmp_path / "log").write_text("\n".join(lines))
    assert move.list_batches(tmp_path / "log", since, until) == found


def test_the_databases_are_named_as_the_settings_read_them() -> None:
    urls = {
        HOME: "postgresql://a@h/x",
        "g1": "postgresql://a@h/x?options=-csearch_path%3Dg1",
        "g2": "postgresql://a@i/y",
    }
    named = groups.name_groups(urls)
    settings = Settings(database_url=named["DATABASE_URL"], database_groups=named["DATABASE_GROUPS"])
    assert {HOME: settings.database_url, **settings.database_urls} == urls
    alone = groups.name_groups({HOME: "postgresql://a@h/x"})
    assert Settings(database_groups=alone["DATABASE_GROUPS"]).database_urls == {}
