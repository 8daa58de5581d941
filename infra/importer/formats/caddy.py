"""Caddy's access log: a JSON object a line, with the request in `request`. Pure.

https://caddyserver.com/docs/logging
"""

from collections.abc import Mapping
from typing import Any

from infra.importer.formats.combined import Request, Unparsable
from infra.importer.formats.fields import OTHER_FORMAT, make_request, read_epoch, read_time
from infra.importer.formats.json_lines import load_object, read_bytes, read_text


def read_line(line: bytes) -> Request | Unparsable:
    """The request that a line logs. Lines of Caddy's other loggers have none."""
    loaded = load_object(line)
    if loaded is None:
        return Unparsable(OTHER_FORMAT)
    text, entry = loaded
    request, status = entry.get("request"), entry.get("status")
    if not isinstance(request, dict) or not isinstance(status, int) or "uri" not in request:
        return Unparsable("no access: a line of another of Caddy's loggers")
    headers = request.get("headers")
    headers = headers if isinstance(headers, dict) else {}
    return make_request(
        text,
        address=_find_address(request),
        timestamp=_read_moment(entry.get("ts")),
        method=read_text(request.get("method")),
        target=read_bytes(request["uri"]),
        status=status,
        agent=read_bytes(headers.get("User-Agent")),
        referrer=read_bytes(headers.get("Referer")),
        host=read_text(request.get("host")),
    )


def _find_address(request: Mapping[str, Any]) -> str:
    """`client_ip` is the client's behind trusted proxies (since 2.7); before 2.5 there was only `remote_addr`."""
    names = ("client_ip", "remote_ip", "remote_addr")
    return next((text for name in names if (text := read_text(request.get(name)))), "")


def _read_moment(logged: Any) -> str | None:
    """Seconds since 1970, or a text if the encoder was told so (`time_format`)."""
    if isinstance(logged, int | float):
        return read_epoch(logged)
    return read_time(read_text(logged).replace("/", "-"))
