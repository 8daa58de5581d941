"""The common log format of Apache httpd, with or without a virtual host before it. Pure.

    address - user [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 512

It has neither referrer nor user agent. Fields that a server adds after the size are ignored.
https://httpd.apache.org/docs/2.4/logs.html#common
"""

import re

from infra.importer.formats.address import find_client
from infra.importer.formats.combined import Request, Unparsable, rewrite_time, split_request
from infra.importer.formats.fields import NO_TIME, OTHER_FORMAT
from infra.importer.formats.prefix import clean_line

_TAIL = re.compile(
    rb" \[(?P<time>\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    rb'"(?P<request>(?:[^"\\]|\\.)*+)" (?P<status>\d{3}) (?:\d++|-)(?=\s|$)',
    re.DOTALL,
)


def read_line(line: bytes) -> Request | Unparsable:
    """The request that a line logs."""
    line = clean_line(line)
    match = _TAIL.search(line)
    if match is None:
        return Unparsable(OTHER_FORMAT)
    client = find_client(line[: match.start()])
    if isinstance(client, str):
        return Unparsable(client)
    timestamp = rewrite_time(match["time"])
    if timestamp is None:
        return Unparsable(NO_TIME)
    method, target = split_request(match["request"])
    own = line[client.start : match.end()]
    return Request(client.address, timestamp, method, target, int(match["status"]), b"-", own, host=client.host)
