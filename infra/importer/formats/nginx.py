"""nginx' log as JSON, which has no names of its own: members are named as the variables are, or as is usual. Pure.

    log_format json escape=json '{"time_iso8601":"$time_iso8601","remote_addr":"$remote_addr","host":"$host",'
        '"request":"$request","status":$status,"http_referer":"$http_referer","http_user_agent":"$http_user_agent"}';

https://nginx.org/en/docs/http/ngx_http_log_module.html
"""

from collections.abc import Mapping
from typing import Any

from infra.importer.formats.combined import Request, Unparsable, rewrite_time, split_request
from infra.importer.formats.fields import OTHER_FORMAT, make_request, read_epoch, read_time
from infra.importer.formats.json_lines import load_object, read_bytes, read_text

ADDRESS = ("remote_addr", "client_ip", "clientip", "remote_ip", "ip")
TIME = ("time_iso8601", "time_local", "msec", "timestamp", "@timestamp", "time", "date")
REQUEST = ("request",)
METHOD = ("request_method", "method")
TARGET = ("request_uri", "uri", "path", "url")
STATUS = ("status", "response_status", "status_code")
AGENT = ("http_user_agent", "user_agent", "agent")
REFERRER = ("http_referer", "http_referrer", "referer", "referrer")
HOST = ("host", "http_host", "server_name", "vhost")


def read_line(line: bytes) -> Request | Unparsable:
    """The request that a line logs. Without a method it is a GET: some configurations log the path alone."""
    loaded = load_object(line)
    if loaded is None:
        return Unparsable(OTHER_FORMAT)
    text, entry = loaded
    status, address = _pick(entry, STATUS), _pick(entry, ADDRESS)
    if status is None or address is None:
        return Unparsable(f"no status or no address: one of {', '.join(STATUS)}, and one of {', '.join(ADDRESS)}")
    method, target = _split(entry)
    return make_request(
        text,
        address=read_text(address),
        timestamp=_read_moment(_pick(entry, TIME)),
        method=method,
        target=target,
        status=status if isinstance(status, int) else read_text(status),
        agent=_drop_dash(read_bytes(_pick(entry, AGENT))),
        referrer=_drop_dash(read_bytes(_pick(entry, REFERRER))),
        host=read_text(_pick(entry, HOST)),
    )


def _pick(entry: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((entry[name] for name in names if entry.get(name) not in (None, "")), None)


def _split(entry: Mapping[str, Any]) -> tuple[str, bytes]:
    target = read_bytes(_pick(entry, TARGET))
    if target:
        return read_text(_pick(entry, METHOD)) or "GET", target
    return split_request(read_bytes(_pick(entry, REQUEST)).replace(b"\\", b"\\\\"))


def _read_moment(logged: Any) -> str | None:
    if isinstance(logged, int | float):
        return read_epoch(logged)
    text = read_text(logged)
    if text[2:3] == "/":
        return rewrite_time(text.encode()) if len(text) == len("17/May/2015:10:05:03 +0000") else None
    try:
        return read_epoch(float(text))
    except ValueError:
        return read_time(text)


def _drop_dash(value: bytes) -> bytes:
    return b"" if value == b"-" else value
