"""One supervised child."""

import io
import sys
from pathlib import Path

import pytest

from infra.local.console import Console, readable
from infra.local.part import Child, Part, delay_after


def test_delays_double_up_to_ten_seconds() -> None:
    assert [delay_after(deaths) for deaths in range(1, 8)] == [0.5, 1, 2, 4, 8, 10, 10]


def test_child_does_nothing_before_it_is_noted(tmp_path: Path) -> None:
    """A supervisor that is killed in between therefore leaves nothing that nobody knows of."""
    proof = tmp_path / "proof"
    child = Child(Part("part", ["touch", str(proof)]), "mark", Console(io.StringIO()))

    def fail() -> None:
        raise OSError("killed here")

    with pytest.raises(OSError, match="killed here"):
        child.start(fail)
    process = child._process
    assert process is not None
    with process:  # closes the pipe, as the end of the supervisor does
        pass
    assert process.returncode != 0
    assert not proof.exists()


def test_child_that_was_stable_starts_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    child = Child(Part("part", [sys.executable, "-c", "raise SystemExit(7)"]), "mark", Console(io.StringIO()))

    def die() -> None:
        child.start(lambda: None)
        assert child._process is not None
        child._process.wait()
        assert child.reap() == 7

    die()
    die()
    assert child.deaths == 2
    monkeypatch.setattr("infra.local.part.STABLE_SECONDS", -1)
    die()
    assert child.deaths == 1


def test_every_line_has_its_name_in_front() -> None:
    output = io.StringIO()
    child = Child(Part("stats", ["printf", "one\\ntwo"]), "mark", Console(output))
    child.start(lambda: None)
    assert child._process is not None
    child._process.wait()
    child.drain()
    assert output.getvalue() == "stats    | one\nstats    | two\n"


def test_json_log_line_is_made_readable() -> None:
    line = (
        '{"time":"2026-01-02T03:04:05.678+00:00","level":"INFO","logger":"x","message":"stored","events":3,'
        '"exception":"Traceback"}'
    )
    assert readable(line) == "03:04:05.678 INFO stored events=3\nTraceback"


@pytest.mark.parametrize("line", ["plain", "{not json", '{"a":1}', "{}", '{"time":1,"level":2}'])
def test_other_lines_stay_as_they_are(line: str) -> None:
    assert readable(line) == line


def test_console_notices_that_nobody_reads_any_more() -> None:
    output = io.StringIO()
    console = Console(output)
    output.close()
    console.say("anyone?")
    assert console.is_closed
