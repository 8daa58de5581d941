"""The W3C extended log format: of IIS, and, with tabs and escapes of its own, of Amazon CloudFront. Pure.

`#Fields:` names the columns of the lines after it, and may come again with others. Times are UTC.
https://www.w3.org/TR/WD-logfile.html,
https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525807(v=vs.90) and
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
"""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from infra.importer.formats.combined import Request, Unparsable
from infra.importer.formats.fields import OTHER_FORMAT, make_request, read_time
from infra.importer.formats.kind import LineReader

_DIRECTIVE = b"#Fields:"
_NO_FIELDS = "before the first line that names the fields (#Fields:)"
_EDGE = b"x-edge-location"


def open_w3c() -> LineReader:
    """A reader of a file of IIS or of another server. IIS writes spaces within a field as `+`."""
    return _Reader(lambda value: value.replace(b"+", b" "), is_edge=False).read


def open_cloudfront() -> LineReader:
    """A reader of a file of CloudFront, which escapes fields as URLs are, spaces of old files twice."""
    return _Reader(lambda value: unquote_to_bytes(value.replace(b"%25", b"%")), is_edge=True).read


class _Reader:
    def __init__(self, unescape: Callable[[bytes], bytes], is_edge: bool) -> None:
        self._unescape, self._is_edge = unescape, is_edge
        self._names: list[bytes] = []

    def read(self, line: bytes) -> Request | Unparsable | None:
        if line.startswith(b"#"):
            if line.startswith(_DIRECTIVE):
                self._names = line[len(_DIRECTIVE) :].lower().split()
            return None
        if not self._names:
            return Unparsable(_NO_FIELDS)
        values = line.split(b"\t") if b"\t" in line else line.split(b" ")
        if len(values) != len(self._names) or (_EDGE in self._names) != self._is_edge:
            return Unparsable(OTHER_FORMAT)
        return self._make(line, dict(zip(self._names, values, strict=True)))

    def _make(self, line: bytes, fields: dict[bytes, bytes]) -> Request | Unparsable:
        def take(*names: bytes) -> bytes:
            return next((value for name in names if (value := fields.get(name, b"-")) != b"-"), b"")

        query = take(b"cs-uri-query")
        return make_request(
            line,
            address=take(b"c-ip").decode(errors="replace"),
            timestamp=read_time(f"{take(b'date').decode()}T{take(b'time').decode()}+00:00"),
            method=take(b"cs-method").decode(errors="replace"),
            target=take(b"cs-uri-stem", b"cs-uri") + (b"?" + query if query else b""),
            status=take(b"sc-status").decode(errors="replace"),
            agent=self._unescape(take(b"cs(user-agent)")),
            referrer=take(b"cs(referer)"),
            host=take(b"x-host-header", b"cs-host", b"cs(host)").decode(errors="replace"),
        )
