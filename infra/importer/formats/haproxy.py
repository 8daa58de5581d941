"""HAProxy's HTTP log (`option httplog`, `option httpslog`). Pure.

    192.0.2.7:33317 [06/Feb/2026:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0
        {www.example.com|agent} {} "GET /index.html HTTP/1.1"

The time has no offset: it is of the time zone of HAProxy's machine. Host, agent and referrer are there if the frontend
captures these request headers; captures have no names, so they are told by their form.
https://docs.haproxy.org/3.0/configuration.html#8.2.3
"""

import re

from infra.importer.formats.combined import Request, Unparsable, rewrite_time, split_request
from infra.importer.formats.fields import NO_TIME, OTHER_FORMAT, make_request, read_host
from infra.importer.formats.prefix import clean_line

_LINE = re.compile(
    rb"(?:^|\s)(?P<own>(?P<client>[0-9A-Fa-f.:\[\]]+:\d+)"
    rb" \[(?P<time>\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d)(?P<part>\.\d+)?\]"
    rb" \S+ \S+ [-+\d/]+ (?P<status>-?\d+) \S+ \S+ \S+ \S+ [+\d/]+ \d+/\d+ (?P<captures>\{.*?\} )?(?:\{.*?\} )?"
    rb'"(?P<request>[^"]*))'
)
_HOST = re.compile(rb"(?:[\w-]+\.)+[A-Za-z][\w-]*(?::\d+)?|localhost(?::\d+)?")


def read_line(line: bytes) -> Request | Unparsable:
    """The request of a line; its timestamp has no offset."""
    match = _LINE.search(clean_line(line))
    if match is None:
        return Unparsable(OTHER_FORMAT)
    moment = rewrite_time(match["time"] + b" +0000")
    if moment is None:
        return Unparsable(NO_TIME)
    method, target = split_request(match["request"])
    host, agent, referrer = _read_captures(match["captures"] or b"")
    return make_request(
        match["own"],
        address=match["client"].decode().rpartition(":")[0],
        timestamp=moment.removesuffix("+00:00") + (match["part"] or b"").decode(),
        method=method,
        target=target,
        status=match["status"].decode(),
        agent=agent,
        referrer=referrer,
        host=host,
    )


def _read_captures(captures: bytes) -> tuple[str, bytes, bytes]:
    """Host, agent and referrer."""
    host, agent, referrer = "", b"", b""
    for capture in captures.strip().strip(b"{}").split(b"|"):
        if capture.startswith((b"http://", b"https://")):
            referrer = referrer or capture
        elif _HOST.fullmatch(capture):
            host = host or read_host(capture.decode()).decode()
        elif len(capture) > len(agent) and b"/" in capture:
            agent = capture
    return host, agent, referrer
