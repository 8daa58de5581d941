"""Where a log may come from, and what may be wrong with it."""

import bz2
import gzip
import lzma
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO, RawIOBase
from pathlib import Path

import pytest
from ingest_stand_in import GOOGLEBOT, LOG, TAKE, Answer, Import, Ingest, log_line

pytestmark = pytest.mark.long

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_plain_packed_and_piped_logs_give_the_same_events(import_log: Import, ingest: Ingest, tmp_path: Path) -> None:
    whole = LOG.read_bytes()
    members = gzip.compress(whole[:300_000]) + gzip.compress(whole[300_000:])
    for source in (
        LOG,
        write(tmp_path / "packed", gzip.compress(whole)),
        write(tmp_path / "members.gz", members),
        write(tmp_path / "plain.gz", whole),
        write(tmp_path / "packed.bz2", bz2.compress(whole)),
        write(tmp_path / "packed.xz", lzma.compress(whole)),
        write(tmp_path / "packed.zst", zstd.compress(whole)),
        lzma.compress(whole),
        whole,
        gzip.compress(whole),
    ):
        report = import_log(source)
        assert (report.read, report.accepted, report.exit_code) == (4_525, len(ingest.events), 0)


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress, zstd.compress])
def test_what_could_be_read_of_any_cut_file_is_sent(
    import_log: Import, ingest: Ingest, tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(LOG.read_bytes() * 8)
    report = import_log(write(tmp_path / "cut", packed[: len(packed) // 2]))
    assert report.exit_code == 1
    assert "can't be read to its end" in report.problem
    assert report.accepted > 0


def test_several_logs_of_several_formats_are_one_import(import_log: Import, ingest: Ingest, tmp_path: Path) -> None:
    common = b'192.0.2.7 - - [17/May/2015:10:00:00 +0000] "GET /common HTTP/1.1" 200 5\nnonsense\n'
    paths = [
        write(tmp_path / "one.log", log_line(1) + log_line(2)),
        write(tmp_path / "cut.gz", gzip.compress(LOG.read_bytes())[:60_000]),
        write(tmp_path / "other.log", common),
    ]
    report = import_log(paths)
    assert (report.exit_code, len(report.problem.split(" can't be read"))) == (1, 2)
    assert list(report.formats.values()) == ["combined (Apache httpd, nginx)"] * 2 + ["common (Apache httpd)"]
    assert "/common" in {event["path"] for event in ingest.events.values()}
    assert (2, f"in another format than the rest of the log ({paths[2]})") in report.unparsable.first


def test_a_named_format_is_taken_whatever_the_log_looks_like(import_log: Import, ingest: Ingest) -> None:
    assert import_log(log_line(), format="caddy").unparsable.count == 1
    assert import_log(log_line(), format="combined").accepted == 1


def test_a_dry_run_sends_nothing_and_says_what_it_would(import_log: Import, ingest: Ingest, tmp_path: Path) -> None:
    log = log_line(1) + log_line(2, b"/logo.png") + log_line(3, agent=GOOGLEBOT) + b"nonsense\n"
    unused = tmp_path / "unused.txt"
    report = import_log(log, dry_run=True, report_path=unused)
    assert not ingest.bodies
    assert (report.exit_code, report.sent, report.accepted, report.unconfirmed) == (0, 1, 0, 0)
    assert report.sample is not None
    assert report.sample["path"] == "/home"
    assert "1 events would be sent" in report.as_text()
    assert unused.read_text().splitlines() == [
        "The input:2: skipped: asset, not a page",
        "The input:3: skipped: known bot",
        "The input:4: not parsed: not in the combined log format",
    ]


def test_a_log_without_offsets_is_of_the_zone_that_is_named(import_log: Import, ingest: Ingest) -> None:
    line = b"192.0.2.1:33317 [06/Jul/2026:12:14:14.655] in web/1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0"
    line += b' "GET / HTTP/1.1"'
    import_log(line)
    import_log(line, timezone="Europe/Berlin")
    assert import_log(line, timezone="Nowhere/Else").exit_code == 1
    assert [event["timestamp"] for event in ingest.events.values()] == [
        "2026-07-06T12:14:14.655000+00:00",
        "2026-07-06T12:14:14.655000+02:00",
    ]


def test_an_open_stream_is_left_open(import_log: Import) -> None:
    stream = BytesIO(log_line())
    import_log(stream)
    assert not stream.closed


def test_lines_that_cannot_be_parsed_are_counted_with_their_numbers(import_log: Import) -> None:
    log = b"\n".join([b"nonsense", log_line(1).strip(), b"", b"a" * 200_000, log_line(2).strip(), b"\xff\x00"])
    report = import_log(log)
    assert (report.read, report.accepted, report.exit_code) == (6, 2, 0)
    assert report.unparsable.count == 4
    assert report.unparsable.first == [
        (1, "not in the combined log format"),
        (3, "not in the combined log format"),
        (4, "longer than 65,536 bytes"),
        (6, "not in the combined log format"),
    ]


def test_line_ends_do_not_matter(import_log: Import, ingest: Ingest) -> None:
    import_log(log_line())
    import_log(log_line().replace(b"\n", b"\r\n"))
    import_log(log_line().strip())
    assert len(ingest.events) == 1


def test_a_file_in_another_format_is_doubtful(import_log: Import, ingest: Ingest) -> None:
    report = import_log(b"{}\n" * 20)
    assert (report.exit_code, report.unparsable.count, len(report.unparsable.first)) == (3, 20, 10)
    assert not ingest.bodies


def test_an_empty_log_is_no_fault(import_log: Import) -> None:
    assert import_log(b"").exit_code == 0


def test_what_could_be_read_of_a_cut_file_is_sent(import_log: Import, ingest: Ingest, tmp_path: Path) -> None:
    path = write(tmp_path / "cut.gz", gzip.compress(LOG.read_bytes())[:60_000])
    report = import_log(path)
    assert report.exit_code == 1
    assert report.problem.startswith(f"{path} can't be read to its end: ")
    assert 1_000 < report.read < 4_525
    assert 100 < report.accepted == len(ingest.events)
    assert report.unconfirmed == 0


def test_what_could_be_read_of_a_damaged_file_is_sent(import_log: Import, ingest: Ingest) -> None:
    packed = bytearray(gzip.compress(LOG.read_bytes()))
    packed[60_000:60_100] = bytes(100)
    report = import_log(bytes(packed))
    assert report.exit_code == 1
    assert report.problem.startswith("The input can't be read to its end: ")
    assert 100 < report.accepted == len(ingest.events)


@pytest.mark.parametrize("name", ["missing.log", "."])
def test_a_path_that_is_no_readable_file_is_said(import_log: Import, tmp_path: Path, name: str) -> None:
    report = import_log(tmp_path / name)
    assert report.exit_code == 1
    assert str(tmp_path) in report.problem


class Pipe(RawIOBase):
    """Gives its chunks one by one, then Ctrl-C if so told."""

    def __init__(self, chunks: Iterable[bytes], interrupt: bool = False) -> None:
        self._chunks, self._rest, self._interrupt = iter(chunks), b"", interrupt

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        self._rest = self._rest or next(self._chunks, b"")
        if not self._rest and self._interrupt:
            raise KeyboardInterrupt
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def test_an_interrupted_import_says_what_it_did_and_can_be_repeated(import_log: Import, ingest: Ingest) -> None:
    lines = [log_line(number) for number in range(2_500)]
    report = import_log(Pipe(lines[:1_700], interrupt=True))
    assert (report.exit_code, report.read, report.accepted, len(ingest.events)) == (130, 1_700, 1_000, 1_000)
    assert import_log(b"".join(lines)).accepted == len(ingest.events) == 2_500


def test_lines_are_read_while_ingest_answers(
    import_log: Import, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [log_line(number) for number in range(2_500)]
    is_read_on, were_read_on = threading.Event(), []

    def give() -> Iterator[bytes]:
        yield from lines[:1_600]
        is_read_on.set()
        yield from lines[1_600:]

    def take(body: bytes, content_type: str | None, path: str) -> Answer:
        were_read_on.append(is_read_on.wait(30))
        return Ingest.take(ingest, body, content_type, path)

    monkeypatch.setattr(ingest, "take", take)
    assert import_log(Pipe(give())).accepted == len(ingest.events) == 2_500
    assert were_read_on == [True, True, True]
    assert [len(batch) for batch in ingest.batches] == [1_000, 1_000, 500]


def test_what_was_read_behind_a_batch_that_fails_is_not_sent(import_log: Import, ingest: Ingest) -> None:
    ingest.script.extend([TAKE, Answer(400, {"detail": "no"})])
    report = import_log(b"".join(log_line(number) for number in range(3_500)))
    assert (report.exit_code, report.sent, report.accepted, len(ingest.events)) == (1, 2_000, 1_000, 1_000)


def test_memory_does_not_grow_with_the_log(import_log: Import) -> None:
    line = log_line(target=b"/logo.png", agent=b"a" * 400)
    tracemalloc.start()
    try:
        assert import_log(Pipe(line for _ in range(20_000))).read == 20_000
        assert tracemalloc.get_traced_memory()[1] < len(line) * 20_000 / 5
    finally:
        tracemalloc.stop()


def test_nothing_is_drawn_where_nobody_watches(import_log: Import, capfd: pytest.CaptureFixture[str]) -> None:
    import_log(LOG)
    assert capfd.readouterr() == ("", "")


def test_a_bar_of_bytes_is_drawn_on_a_terminal_for_a_file_only(
    import_log: Import, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    import_log(LOG)
    out, err = capfd.readouterr()
    assert (out, "1.0/1.0 MB" in err) == ("", True)
    import_log(LOG.read_bytes())
    assert "MB" not in capfd.readouterr().err
