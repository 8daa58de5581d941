"""The access logs of AWS's load balancers, Application (ALB) and Classic (ELB). Pure.

    https 2026-01-31T12:00:00.186641Z app/lb/50dc 192.0.2.7:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57
        "GET https://www.example.com:443/ HTTP/1.1" "agent" cipher TLSv1.2 … (ELB: without the type in front)

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html and
https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html
"""

import re

from infra.importer.formats.combined import Request, Unparsable, split_request, unescape
from infra.importer.formats.fields import OTHER_FORMAT, make_request, read_time

_MOMENT = rb"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"
_REST = (
    rb" \S+ (?P<client>\S+) \S+ (?:-?[\d.]+ ){3}(?P<status>\d{3}|-) \S+ \d+ \d+"
    rb' "(?P<request>(?:[^"\\]|\\.)*+)" "(?P<agent>(?:[^"\\]|\\.)*+)"'
)
_ALB = re.compile(rb"(?:https?|h2|grpcs?|wss?) " + _MOMENT + _REST)
_ELB = re.compile(_MOMENT + _REST)
_HOST = re.compile(rb"[a-z]+://([^/?#]+)")


def read_alb(line: bytes) -> Request | Unparsable:
    """The request of an Application Load Balancer's line. Its referrer is not logged."""
    return _read(line, _ALB)


def read_elb(line: bytes) -> Request | Unparsable:
    """The request of a Classic Load Balancer's line. Its referrer is not logged."""
    return _read(line, _ELB)


def _read(line: bytes, pattern: re.Pattern[bytes]) -> Request | Unparsable:
    match = pattern.match(line)
    if match is None:
        return Unparsable(OTHER_FORMAT)
    method, target = split_request(match["request"])
    host = _HOST.match(target)
    agent = unescape(match["agent"])
    return make_request(
        line,
        address=match["client"].decode(errors="replace"),
        timestamp=read_time(match["time"].decode()),
        method=method,
        target=target,
        status=match["status"].decode().replace("-", "0"),
        agent=b"" if agent == b"-" else agent,
        host=host[1].decode(errors="replace") if host else "",
    )
