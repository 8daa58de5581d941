"""Traefik's access log, in its common log format and as JSON. Pure.

    address - user [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 512 "referrer" "agent" 7 "router" "http://url" 5ms

https://doc.traefik.io/traefik/reference/install-configuration/observability/logs-and-accesslogs/
"""

import re

from infra.importer.formats.combined import Request, Unparsable
from infra.importer.formats.fields import OTHER_FORMAT, make_request, read_time
from infra.importer.formats.json_lines import load_object, read_bytes, read_text
from infra.importer.formats.kind import list_lines

_OWN_FIELDS = re.compile(rb'" \d+ "[^"]*" "[^"]*" \d+ms\s*$')


def is_own_clf(head: bytes) -> bool:
    """Whether a line has Traefik's four fields after those of the combined format, as which it is read."""
    return any(_OWN_FIELDS.search(line) for line in list_lines(head))


def read_json(line: bytes) -> Request | Unparsable:
    """The request of a line. Agent and referrer are there where Traefik is told to keep these headers."""
    loaded = load_object(line)
    if loaded is None:
        return Unparsable(OTHER_FORMAT)
    text, entry = loaded
    status = entry.get("DownstreamStatus", entry.get("OriginStatus"))
    if "RequestPath" not in entry or not isinstance(status, int):
        return Unparsable("no access: RequestPath or DownstreamStatus is not there")
    moments = (entry.get(name) for name in ("StartUTC", "StartLocal", "time"))
    return make_request(
        text,
        address=read_text(entry.get("ClientHost")) or read_text(entry.get("ClientAddr")),
        timestamp=next((read for moment in moments if (read := _read_moment(read_text(moment)))), None),
        method=read_text(entry.get("RequestMethod")),
        target=read_bytes(entry["RequestPath"]),
        status=status,
        agent=read_bytes(entry.get("request_User-Agent")),
        referrer=read_bytes(entry.get("request_Referer")),
        host=read_text(entry.get("RequestHost")) or read_text(entry.get("RequestAddr")),
    )


def _read_moment(logged: str) -> str | None:
    """Traefik logs nanoseconds; an event's time has microseconds."""
    return read_time(re.sub(r"(\.\d{6})\d+", r"\1", logged))
