"""A log that is followed: over rotations, and on from where it stopped. The clock is the test's own."""

import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ingest_stand_in import STORE_AND_DROP, TAKE, Answer, Ingest, log_line

from common.settings import Settings
from infra.importer.follow import follow_logs
from infra.importer.options import ImportOptions
from infra.importer.report import ImportReport
from infra.importer.run import run

Step = Callable[[], object]
Follow = Callable[..., ImportReport]


def lines(first: int, after: int) -> bytes:
    return b"".join(log_line(number, b"/p%d" % number) for number in range(first, after))


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def list_paths(ingest: Ingest) -> list[str]:
    return sorted((event["path"] for event in ingest.events.values()), key=lambda path: int(path[2:]))


def name_paths(after: int) -> list[str]:
    return [f"/p{number}" for number in range(after)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs" / "access.log"


@pytest.fixture
def follow(log: Path, settings: Settings) -> Follow:
    """Follows the log. Between its looks it does a step each; after the last it is ended as by Ctrl-C."""

    def follow_log(*steps: Step, paths: list[Path] | None = None) -> ImportReport:
        ahead = list(steps)

        def pause(seconds: float) -> None:
            if not ahead:
                raise KeyboardInterrupt
            ahead.pop(0)()

        return follow_logs(paths or [log], ImportOptions("site"), settings, clock=lambda: 0.0, pause=pause)

    return follow_log


def test_lines_are_imported_as_they_come_and_a_half_one_when_it_is_whole(
    follow: Follow, log: Path, ingest: Ingest
) -> None:
    log.write_bytes(lines(0, 2))
    sent: list[int] = []
    half = lines(2, 3)
    follow(
        lambda: append(log, half[:30]),
        lambda: (sent.append(len(ingest.events)), append(log, half[30:])),
        lambda: sent.append(len(ingest.events)),
    )
    assert sent == [2, 3]


def test_it_goes_on_where_it_stopped(follow: Follow, log: Path, ingest: Ingest) -> None:
    log.write_bytes(lines(0, 5))
    assert follow().accepted == 5
    append(log, lines(5, 7))
    assert follow().accepted == 2
    assert follow().accepted == 0
    assert list_paths(ingest) == name_paths(7)


def test_events_are_those_of_an_import_of_the_whole_log(
    follow: Follow, log: Path, ingest: Ingest, settings: Settings
) -> None:
    twice = log_line(1, b"/p1")
    log.write_bytes(lines(0, 2))
    follow(lambda: append(log, twice))
    append(log, twice + lines(2, 3))
    follow()
    assert len(ingest.events) == 5
    run(log, ImportOptions("site"), settings)
    assert len(ingest.events) == 5


def test_a_renamed_log_is_read_to_its_end_and_the_new_one_from_its_beginning(
    follow: Follow, log: Path, ingest: Ingest
) -> None:
    old = log.with_name("access.log.1")
    log.write_bytes(lines(0, 3))
    follow(
        lambda: (append(log, lines(3, 4)), log.rename(old), append(old, lines(4, 5))),
        lambda: log.write_bytes(lines(5, 6)),
        lambda: append(old, lines(6, 7)),  # a worker that has not opened the new one yet
        lambda: append(log, lines(7, 8)),
    )
    assert list_paths(ingest) == name_paths(8)


def test_a_log_that_was_renamed_meanwhile_is_found_again(follow: Follow, log: Path, ingest: Ingest) -> None:
    log.write_bytes(lines(0, 3))
    follow()
    append(log, lines(3, 5))
    log.rename(log.with_name("access.log.1"))
    log.write_bytes(lines(5, 8))
    report = follow()
    assert (list_paths(ingest), report.accepted) == (name_paths(8), 5)


def test_logs_that_were_rotated_twice_and_packed_meanwhile_are_read(follow: Follow, log: Path, ingest: Ingest) -> None:
    log.write_bytes(lines(0, 3))
    follow()
    append(log, lines(3, 5))
    log.with_name("access.log.2.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    log.with_name("access.log.1").write_bytes(lines(5, 7))
    log.write_bytes(lines(7, 9))
    follow()
    assert list_paths(ingest) == name_paths(9)


@pytest.mark.parametrize("after", [6, 40], ids=["shorter", "longer"])
def test_a_log_that_is_copied_and_emptied_loses_nothing(follow: Follow, log: Path, ingest: Ingest, after: int) -> None:
    log.write_bytes(lines(0, 3))

    def rotate() -> None:
        append(log, lines(3, 5))
        shutil.copyfile(log, log.with_name("access.log.1"))
        os.truncate(log, 0)
        append(log, lines(5, after))

    follow(rotate, lambda: append(log, lines(after, after + 2)))
    assert list_paths(ingest) == name_paths(after + 2)
    assert follow().accepted == 0


def test_what_was_not_answered_is_sent_again_and_counts_once(follow: Follow, log: Path, ingest: Ingest) -> None:
    log.write_bytes(lines(0, 2_500))
    ingest.script.extend([STORE_AND_DROP, Answer(503)])

    def fail() -> None:
        raise KeyboardInterrupt

    follow(fail)  # in the pause before the first batch is sent again
    assert len(ingest.events) == 1_000
    ingest.script.clear()
    assert follow().accepted == 2_500
    assert len(ingest.events) == 2_500


def test_a_rotated_log_whose_reading_was_broken_off_is_read_whole_the_next_time(
    follow: Follow, log: Path, ingest: Ingest
) -> None:
    log.write_bytes(lines(0, 3))
    follow()
    append(log, lines(3, 2_500))
    log.with_name("access.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    log.write_bytes(lines(2_500, 2_502))
    ingest.script.extend([TAKE, Answer(503)])

    def fail() -> None:
        raise KeyboardInterrupt

    follow(fail)
    assert len(ingest.events) == 1_000
    ingest.script.clear()
    follow()
    assert list_paths(ingest) == name_paths(2_502)


def test_several_logs_are_followed_each_by_itself(follow: Follow, log: Path, ingest: Ingest) -> None:
    other = log.with_name("other.log")
    log.write_bytes(lines(0, 2))
    report = follow(lambda: other.write_bytes(lines(2, 4)), lambda: append(log, lines(4, 5)), paths=[log, other])
    assert (list_paths(ingest), report.exit_code) == (name_paths(5), 0)


def test_the_fields_of_a_w3c_log_are_known_where_it_goes_on(follow: Follow, log: Path, ingest: Ingest) -> None:
    head = b"#Fields: date time cs-method cs-uri-stem c-ip cs(User-Agent) sc-status\r\n"
    line = b"2026-01-31 12:00:0%d GET /p%d 192.0.2.7 Mozilla/5.0+(X11) 200\r\n"
    log.write_bytes(head + line % (0, 0))
    follow()
    append(log, line % (1, 1))
    report = follow()
    assert (list_paths(ingest), report.unparsable.count) == (name_paths(2), 0)
