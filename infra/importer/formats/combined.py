r"""The combined log format of Apache httpd and nginx: a line in, its request out. Pure.

    address ident user [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 512 "referrer" "user agent"

Both servers escape what could end a quoted field early: `\"`, `\\`, and `\xHH` for bytes that do not print.
https://httpd.apache.org/docs/2.4/mod/mod_log_config.html and
https://nginx.org/en/docs/http/ngx_http_log_module.html
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from infra.importer.formats.address import IPV4, NO_ADDRESS, find_client
from infra.importer.formats.prefix import clean_line

UTF_16 = "the log is in UTF-16, as PowerShell writes it: save it as UTF-8"

_TAIL = re.compile(
    rb" \[(?P<time>\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    rb'"(?P<request>(?:[^"\\]|\\.)*+)" (?P<status>\d{3}) (?:\d++|-) '
    rb'"(?P<referrer>(?:[^"\\]|\\.)*+)" "(?P<agent>(?:[^"\\]|\\.)*+)"(?=\s|$)',
    re.DOTALL,
)
_PLAIN = re.compile(
    rb"(?:(%s) - -|([\w.:@%%+-]++ - [\w.:@%%+-]++)) "
    rb"\[(\d\d/[A-Za-z]{3}/\d{4}):((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d) ([+-](?:[01]\d|2[0-3]))([0-5]\d)\] "
    rb'"([A-Z]++) ([^\s"\\\x1b]++) HTTP/\d(?:\.\d)?" (\d{3}) (?:\d++|-) '
    rb'"([^"\\\x1b]*+)" "([^"\\\x1b]*+)"(?=\s|$)' % IPV4
)
"""What nearly every line is: nothing in it is escaped, and nothing stands before it."""
_REQUEST = re.compile(rb"(?P<method>[!#$%&'*+.^_`|~0-9A-Za-z-]++) ++(?P<target>.+?)(?: HTTP/\d(?:\.\d)?)?", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_CONTROLS = {b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b"f": b"\f"}
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")


class Request(NamedTuple):
    """What the importer needs of a line. `method` is empty where the client sent no valid request line."""

    address: bytes
    timestamp: str
    """RFC 3339 with the log's own offset, or without one where the log has none."""
    method: str
    target: bytes
    """As the client sent it, the server's escapes undone."""
    status: int
    agent: bytes
    line: bytes
    """The nine fields of the format as logged: without what stands before them or a server adds after them."""
    referrer: bytes = b"-"
    """As logged, like the agent."""
    host: bytes = b""
    """The requested host, if it is logged; in the combined format, just before the address."""


@dataclass(frozen=True, slots=True)
class Unparsable:
    """Why a line can't be read."""

    reason: str


def parse_line(line: bytes) -> Request | Unparsable:
    """The request that a line (without its line end) logs. Fields after the user agent are ignored."""
    if (plain := _PLAIN.match(line)) and (request := _read_plain(plain)):
        return request
    line = clean_line(line)
    match = _TAIL.search(line)
    if match is None:
        return Unparsable(UTF_16 if line.startswith((b"\xff\xfe", b"\xfe\xff")) else NO_ADDRESS)
    client = find_client(line[: match.start()])
    if isinstance(client, str):
        return Unparsable(client)
    timestamp = rewrite_time(match["time"])
    if timestamp is None:
        return Unparsable("a date or time that does not exist")
    method, target = split_request(match["request"])
    own = line[client.start : match.end()]
    return Request(
        client.address,
        timestamp,
        method,
        target,
        int(match["status"]),
        match["agent"],
        own,
        match["referrer"],
        client.host,
    )


def _read_plain(match: re.Match[bytes]) -> Request | None:
    """The same as the long way finds, in a third of the time; None where that has to look."""
    address, head, day, clock, hours, minutes, method, target, status, referrer, agent = match.groups()
    start, host = 0, b""
    if head:
        client = find_client(head)
        if isinstance(client, str):
            return None
        start, address, host = client
    date = _rewrite_day(day)
    if date is None:
        return None
    timestamp = f"{date}T{clock.decode()}{hours.decode()}:{minutes.decode()}"
    own = match.string[start : match.end()]
    return Request(address, timestamp, method.decode(), target, int(status), agent, own, referrer, host)


@lru_cache(maxsize=64)
def _rewrite_day(logged: bytes) -> str | None:
    timestamp = rewrite_time(logged + b":00:00:00 +0000")
    return timestamp and timestamp[:10]


@lru_cache(maxsize=1024)  # neighbouring lines have the same second
def rewrite_time(logged: bytes) -> str | None:
    """`17/May/2015:10:05:03 +0000` as RFC 3339; None for a time that does not exist."""
    text = logged.decode()
    try:
        month = _MONTHS.index(logged[3:6]) + 1
        timestamp = f"{text[7:11]}-{month:02}-{text[:2]}T{text[12:20]}{text[21:24]}:{text[24:]}"
        datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    return timestamp


def split_request(field: bytes) -> tuple[str, bytes]:
    """Method and target. HTTP/0.9 has no version, and sloppy clients leave spaces in the target."""
    match = _REQUEST.fullmatch(unescape(field).rstrip(b" "))
    return (match["method"].decode(), match["target"]) if match else ("", b"")


def unescape(field: bytes) -> bytes:
    """A quoted field as the client sent it."""
    return _ESCAPE.sub(_undo_escape, field) if b"\\" in field else field


def _undo_escape(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes.fromhex(match[1].decode())
    return _CONTROLS.get(match[2], match[2])
