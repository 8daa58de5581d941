"""What others sent is shown at a terminal, and not obeyed."""

import json
import re
from pathlib import Path

import pytest

from infra.importer.report import ImportReport
from infra.local.console import Console, readable
from infra.terminal import printable

PROJECT = Path(__file__).resolve().parents[3]
NASTY = "\x1b[2J\x9b31m\x07\r\nforged\x7f\u202eabc\u2028\u200b\ufeff\U000e0041"


@pytest.mark.parametrize("text", ["", "blog", "ブログ é 👩\u200d💻", "a\tb", "می\u200cخواهم", "C:\\path"])
def test_what_can_be_shown_is_left_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_what_a_terminal_would_obey_is_spelled_as_in_json() -> None:
    shown = printable(NASTY)
    assert shown.isprintable()
    assert json.loads(f'"{shown}"') == NASTY


def test_a_lone_surrogate_can_be_printed() -> None:
    assert printable("a\ud800") == "a\\ud800"


def test_a_parts_log_line_stays_one_line_of_plain_text() -> None:
    line = json.dumps({"time": "2025-01-02T03:04:05.678Z", "level": "INFO", "message": NASTY, "site": NASTY})
    assert readable(line).isprintable()


def test_the_console_shows_no_commands_of_a_part(capsys: pytest.CaptureFixture[str]) -> None:
    Console().write("postgres", "ERROR \x1b[2J\rforged\nDETAIL")
    assert capsys.readouterr().out.count("\x1b") == 0


def test_the_importers_report_shows_what_was_wrong_as_one_line() -> None:
    report = ImportReport()
    report.unparsable.add(1, NASTY)
    report.problem = NASTY
    assert all(line.isprintable() for line in report.as_text().split("\n"))
    assert not [line for line in report.as_text().split("\n") if line.startswith("forged")]


def test_no_command_prints_around_it() -> None:
    texts = {path.name: path.read_text() for path in (PROJECT / "infra" / "cli").glob("*.py")}
    assert not [name for name, text in texts.items() if re.search(r"\b(echo|print)\(", text)]
