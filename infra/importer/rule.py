"""Decides which requests are page views, and under which path they count (see docs/importing.md)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote_from_bytes

from common.derivation.url import split_url
from common.event import MAX_PATH_BYTES
from infra.importer.formats.combined import Request
from infra.importer.static import STATIC_EXTENSIONS

_ORIGIN = re.compile(rb"https?://[^/?#]*+", re.IGNORECASE)
_EXTENSION = re.compile(rb"\.([0-9A-Za-z]++)$")
_HIDDEN = re.compile(rb"\.(?!(?:net|com|org|info|[a-z]{2}(?:\.[a-z]{2})?)(?![0-9a-z_]))", re.IGNORECASE)
"""How a hidden file's name begins, and no page's about .NET or a domain's ending: /tag/.net, /domains/.co.uk."""
_HIDDEN_ROOT = b"/."
"""What /.well-known/ and /.git/ hold is for programs, whatever its name."""
_PRINTABLE = bytes(range(0x21, 0x7F))
_NOT_MODIFIED = 304
_MAX_CACHED_LENGTH = 200
"""Of a target: a longer one is hardly ever seen twice, and thousands would fill the memory."""


class Skip(StrEnum):
    """Why a request is not imported."""

    NO_REQUEST = "no_request"
    METHOD = "method"
    STATUS = "status"
    ASSET = "asset"
    OTHER_HOST = "other_host"
    BOT = "bot"
    NO_EVENT = "no_event"


@dataclass(frozen=True)
class Rule:
    """How far the default rule is widened."""

    all_requests: bool = False
    keep_query: bool = False
    hostname: str = ""
    """The site's host, as in a URL. Requests that name another host are skipped. Empty if it is not known."""


def find_skip(request: Request, rule: Rule) -> Skip | None:
    """Why the request is not a page view; None if it is one."""
    if not request.method:
        return Skip.NO_REQUEST
    if rule.hostname and _names_another_host(request, rule.hostname):
        return Skip.OTHER_HOST
    if rule.all_requests:
        return None
    if request.method != "GET":
        return Skip.METHOD
    if not (200 <= request.status <= 299 or request.status == _NOT_MODIFIED):
        return Skip.STATUS
    return None if _is_page(request.target) else Skip.ASSET


def read_path(target: bytes, rule: Rule, longest: int = MAX_PATH_BYTES) -> str:
    """The path that a request counts under: printable ASCII, 1 to `longest` bytes.

    What can't stand in a URL as it is becomes %HH, as a browser would have sent it.
    """
    stripped = _strip_target(target, rule.keep_query)
    is_plain = not stripped.translate(None, _PRINTABLE)
    path = stripped.decode() if is_plain else quote_from_bytes(stripped, safe=_PRINTABLE)
    if len(path) > longest:
        return re.sub(r"%[0-9A-Fa-f]?$", "", path[:longest])
    return path


def _is_page(target: bytes) -> bool:
    return _judge_known(target) if len(target) <= _MAX_CACHED_LENGTH else _judge(target)


def _judge(target: bytes) -> bool:
    path = _strip_target(target, keep_query=False)
    name = path.rpartition(b"/")[2].partition(b";")[0]  # without `;jsessionid=…`
    extension = _EXTENSION.search(name)
    is_static = extension is not None and extension[1].lower() in STATIC_EXTENSIONS
    is_hidden = path.startswith(_HIDDEN_ROOT) or (name.startswith(b".") and _HIDDEN.match(name) is not None)
    return path.startswith(b"/") and not is_static and not is_hidden


_judge_known = lru_cache(maxsize=8192)(_judge)


def _names_another_host(request: Request, hostname: str) -> bool:
    """Whether the target is a URL of another host (probes for open proxies), or the log names another host."""
    host = request.host.decode().lower().rstrip(".")
    if origin := _ORIGIN.match(request.target):
        try:
            host = split_url(origin[0].decode()).host
        except ValueError:
            return True
    return bool(host) and host.removeprefix("www.") != hostname.removeprefix("www.")


def _strip_target(target: bytes, keep_query: bool) -> bytes:
    """Without scheme and host (RFC 9112, 3.2.2: proxies send them), fragment, and query unless it is kept."""
    if target.startswith(b"/"):
        path = target.partition(b"#")[0]
        return path if keep_query else path.partition(b"?")[0]
    path, origins = _ORIGIN.subn(b"", target, count=1) if _ORIGIN.match(target) else (target, 0)
    path = path.partition(b"#")[0]
    if not keep_query:
        path = path.partition(b"?")[0]
    return b"/" + path if (origins or not path) and not path.startswith(b"/") else path
