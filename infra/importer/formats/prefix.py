"""Strips the prefixes that logging tools put before a server's own line, if their form is certain. Pure."""

import re

_STAMP = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)"
_SYSLOG_STAMPS = (
    rb"[A-Z][a-z]{2} [ \d]\d(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d+)?",  # RFC 3164; journalctl -o short, short-precise
    _STAMP,  # rsyslog's own format; journalctl -o short-iso, short-iso-precise
    rb"[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \S+",  # journalctl -o short-full, with-unit
    rb"\d{9,11}\.\d+",  # journalctl -o short-unix
    rb"\[ *\d+\.\d+(?: <[^>]*>)?\]",  # journalctl -o short-monotonic, short-delta
)
_PREFIX = re.compile(
    b"|".join(
        (
            rb"(?:<\d{1,3}>)?(?:" + b"|".join(_SYSLOG_STAMPS) + rb") +(?:[^\s|]+ +)?[^\s:\[|]+(?:\[[^\s\]]*\])?: +",
            rb"<\d{1,3}>1 (?:\S+ ){5}(?:-|(?:\[(?:[^\]\\]|\\.)*\])+) ",  # RFC 5424, without its message
            _STAMP + rb" +(?:std(?:out|err) [FP] +)?",  # docker logs -t, kubectl logs --timestamps, a node's CRI file
            rb"\[[^\s\[\]]+/[^\s\[\]]+\] +",  # kubectl logs --prefix
            rb"[\w.@-]+ +\| +",  # docker compose logs, docker service logs
        )
    )
)
_COLOUR = re.compile(rb"\x1b\[[\d;]*[A-Za-z]")
_PADDING = b"\0 \t"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def clean_line(line: bytes) -> bytes:
    """Without colours, and without a byte order mark and the NULs that logrotate's copytruncate leaves before it."""
    if b"\x1b" in line:  # servers escape it: only a tool's own colours have it
        line = _COLOUR.sub(b"", line)
    return line.lstrip(_PADDING).removeprefix(_BYTE_ORDER_MARK).lstrip(_PADDING)


def find_prefix_end(head: bytes) -> int:
    """Where the server's own line begins; 0 if there is no known prefix."""
    end = 0
    while match := _PREFIX.match(head, end):
        end = match.end()
    return end + len(_BYTE_ORDER_MARK) if head.startswith(_BYTE_ORDER_MARK, end) else end
