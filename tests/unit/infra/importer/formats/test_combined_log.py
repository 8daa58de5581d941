from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.importer.formats.combined import Request, Unparsable, parse_line

AGENT = b"Mozilla/5.0 (X11; Linux x86_64)"
REFERRER = b"http://example.com/"


def log_line(
    address: bytes = b"192.0.2.7",
    user: bytes = b"-",
    time: bytes = b"17/May/2015:10:05:03 +0000",
    request: bytes = b"GET /home HTTP/1.1",
    rest: bytes = b'200 512 "http://example.com/" "' + AGENT + b'"',
) -> bytes:
    return b'%s - %s [%s] "%s" %s' % (address, user, time, request, rest)


def parse(line: bytes) -> Request:
    parsed = parse_line(line)
    assert isinstance(parsed, Request)
    return parsed


def test_a_line_gives_its_request() -> None:
    line = log_line()
    assert parse(line) == Request(
        b"192.0.2.7", "2015-05-17T10:05:03+00:00", "GET", b"/home", 200, AGENT, line, REFERRER
    )


@pytest.mark.parametrize("address", [b"192.0.2.7", b"2001:db8::7", b"::1", b"::ffff:192.0.2.7", b"host.example"])
def test_addresses_of_every_kind_are_read(address: bytes) -> None:
    assert parse(log_line(address=address)).address == address


@pytest.mark.parametrize("user", [b"-", b"alice", b"alice smith", b'\\"alice\\"', b"a [b] c", b"\xff\xfe"])
def test_user_names_may_hold_what_people_type(user: bytes) -> None:
    assert parse(log_line(user=user)).address == b"192.0.2.7"


@pytest.mark.parametrize(
    ("logged", "timestamp"),
    [
        (b"17/May/2015:10:05:03 +0000", "2015-05-17T10:05:03+00:00"),
        (b"31/Dec/2024:23:59:59 -0330", "2024-12-31T23:59:59-03:30"),
        (b"29/Feb/2024:00:00:00 +1400", "2024-02-29T00:00:00+14:00"),
    ],
)
def test_the_time_keeps_the_offset_of_the_log(logged: bytes, timestamp: str) -> None:
    assert parse(log_line(time=logged)).timestamp == timestamp


@pytest.mark.parametrize(
    ("request_field", "method", "target"),
    [
        (b"GET / HTTP/1.1", "GET", b"/"),
        (b"GET / HTTP/2.0", "GET", b"/"),
        (b"GET / HTTP/3", "GET", b"/"),
        (b"GET /", "GET", b"/"),
        (b"GET http://example.com/a HTTP/1.1", "GET", b"http://example.com/a"),
        (b"GET /two words HTTP/1.1", "GET", b"/two words"),
        (b'GET /\\"quoted\\" HTTP/1.1', "GET", b'/"quoted"'),
        (b"GET /back\\\\slash HTTP/1.1", "GET", b"/back\\slash"),
        (b"GET /caf\\xc3\\xa9 HTTP/1.1", "GET", b"/caf\xc3\xa9"),
        (b"GET /caf\xe9 HTTP/1.1", "GET", b"/caf\xe9"),
        (b"GET /tab\\t HTTP/1.1", "GET", b"/tab\t"),
        (b"OPTIONS * HTTP/1.0", "OPTIONS", b"*"),
        (b"CONNECT example.com:443 HTTP/1.1", "CONNECT", b"example.com:443"),
        (b"-", "", b""),
        (b"", "", b""),
        (b"\\x16\\x03\\x01\\x02", "", b""),
    ],
)
def test_the_request_is_split_as_the_client_sent_it(request_field: bytes, method: str, target: bytes) -> None:
    request = parse(log_line(request=request_field))
    assert (request.method, request.target) == (method, target)


def test_absent_fields_are_dashes() -> None:
    assert parse(log_line(rest=b'304 - "-" "-"')).agent == b"-"


def test_quotes_inside_a_field_do_not_end_it() -> None:
    line = log_line(rest=b'200 5 "http://example.com/?q=\\"x\\"" "say \\"hi\\" \\\\"')
    assert parse(line).agent == b'say \\"hi\\" \\\\'


def test_what_a_server_adds_after_the_agent_is_no_part_of_the_line() -> None:
    bare = log_line()
    assert parse(bare + b' "198.51.100.4" 0.042').line == bare


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"\x00\xff",
        log_line()[:-1],
        log_line(rest=b"200 512"),
        log_line(rest=b'2000 512 "-" "-"'),
        log_line(rest=b'200 512 "-" "a"b"'),
        log_line(request=b'GET /"raw" HTTP/1.1'),
    ],
)
def test_other_formats_are_unparsable(line: bytes) -> None:
    assert parse_line(line) == Unparsable("not in the combined log format")


@pytest.mark.parametrize(
    "time",
    [b"30/Feb/2015:10:05:03 +0000", b"17/Mai/2015:10:05:03 +0000", b"17/May/2015:24:05:03 +0000",
     b"17/May/2015:10:05:03 +2500", b"17/May/0000:10:05:03 +0000"],
)  # fmt: skip
def test_times_that_do_not_exist_are_unparsable(time: bytes) -> None:
    assert parse_line(log_line(time=time)) == Unparsable("a date or time that does not exist")


def test_a_line_is_read_the_same_with_a_blank_before_it() -> None:
    """The blank sends it the long way."""
    parts = product(
        [b"192.0.2.7", b"2001:db8::7", b"host.example", b"www.example.com 192.0.2.7", b"\xef\xbb\xbf192.0.2.7",
         b"\0" b"192.0.2.7", b"192.0.2.7, 10.0.0.1", b"192.0.2.700", b"-", b"Nov 28 01:00:00 web app: 192.0.2.7"],
        [b"-", b"alice", b"alice smith", b"192.0.2.9", b"192.0.2.9:80", b"a [b] c"],
        [b"17/May/2015:10:05:03 +0000", b"31/Dec/2024:23:59:59 -0330", b"30/Feb/2015:10:05:03 +0000",
         b"17/May/0000:10:05:03 +0000", b"17/May/2015:23:59:60 +0000", b"17/mai/2015:10:05:03 +0000"],
        [b"GET /a HTTP/1.1", b"GET /a\x1b[0mb HTTP/1.1", b"get / HTTP/3", b"GET /a\\x20b HTTP/1.1", b"GET  / HTTP/1.1",
         b"GET /a\tb HTTP/2", b"GET /\xff HTTP/1.0", b"GET / HTTP/1.1 ", b"GET /", b"-"],
        [b'200 512 "-" "a"', b'304 - "http://x.example/" "a" "b"', b'200 5 "-" "say \\"a\\""', b'200 5 "\x1b[0m" "a"',
         b'200 5 "-" "a\x1b[0m"', b'200 5 "-" "a"\x1b[0m', b'200 5 "-" "a"b"', b'200 5 "-"'],
    )  # fmt: skip
    lines = [log_line(*given) for given in parts]
    assert [line for line in lines if parse_line(line) != parse_line(b" " + line)] == []


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_parser(noise: bytes) -> None:
    assert isinstance(parse_line(noise), Unparsable)
    assert isinstance(parse_line(log_line(request=noise)), Request | Unparsable)


@pytest.mark.parametrize(
    "line",
    [
        b"a - " + b"[17/May/2015:10:05:03 +0000] " * 2_000,
        log_line(request=b"\\" * 60_001),
        b"a - " + b" " * 60_000,
        log_line(address=b"-", user=b"a, " * 2_700 + b","),
        b"Nov 28 01:00:00 " + b"x " * 4_000 + log_line(address=b"-"),
        b"\x1b[" + b"1" * 60_000,
    ],
)
def test_hostile_lines_do_not_hang_the_parser(line: bytes) -> None:
    assert isinstance(parse_line(line), Unparsable)
