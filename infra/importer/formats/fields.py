"""What the formats have in common: addresses, times and texts as a Request has them. Pure."""

from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from infra.importer.formats.combined import Request, Unparsable

OTHER_FORMAT = "in another format than the rest of the log"
NO_CLIENT = "no address of a client"
NO_TIME = "a date or time that does not exist"
_ABSENT = b"-"


def make_request(
    line: bytes,
    *,
    address: str,
    timestamp: str | None,
    method: str,
    target: bytes,
    status: str | int,
    agent: bytes = b"",
    referrer: bytes = b"",
    host: str = "",
) -> Request | Unparsable:
    """The request of a line whose fields are as the client sent them; absent ones are empty.

    `address` may have a port. `timestamp` is RFC 3339, without an offset where the log has none.
    """
    client = read_address(address)
    if not client:
        return Unparsable(NO_CLIENT)
    if not timestamp:
        return Unparsable(NO_TIME)
    try:
        code = int(status)
    except ValueError:
        return Unparsable(OTHER_FORMAT)
    is_method = method.isascii() and method.isprintable() and method != "-"
    return Request(
        client,
        timestamp,
        method if is_method else "",
        target,
        code,
        _escape(agent) or _ABSENT,
        line,
        _escape(referrer) or _ABSENT,
        read_host(host),
    )


@lru_cache(maxsize=4096)
def read_address(text: str) -> bytes:
    """The address without its port, brackets or zone; empty if there is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return b""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address).encode()


@lru_cache(maxsize=1024)
def read_host(text: str) -> bytes:
    """A host without its port; empty for what is absent, or no host."""
    host = text if text.startswith("[") else text.partition(":")[0]
    return host.encode() if host.isascii() and host != "-" else b""


@lru_cache(maxsize=1024)
def read_time(text: str) -> str | None:
    """An ISO 8601 time as RFC 3339, with its own offset if it has one; None if it does not exist."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.isoformat() if len(text) >= len("2026-01-31T12:00:00") else None


def read_epoch(seconds: float) -> str | None:
    """Seconds since 1970 as RFC 3339, to the millisecond; None if there is no such time."""
    try:
        return datetime.fromtimestamp(round(seconds, 3), UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return None


def _escape(field: bytes) -> bytes:
    r"""As a server would log it, for whoever reads a request takes `\\` for one backslash."""
    return field.replace(b"\\", b"\\\\") if b"\\" in field else field
