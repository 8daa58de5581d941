"""Which requests are page views, and under which path they count; docs/importing.md puts it in words."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote_from_bytes

from common.event import MAX_PATH_BYTES
from infra.importer.combined import Request

PAGE_EXTENSIONS = frozenset(
    b"htm html xhtml shtml php php3 php4 php5 php7 phtml asp aspx jsp jspx jsf do action cfm cgi pl".split()
)
_ORIGIN = re.compile(rb"https?://[^/?#]*+", re.IGNORECASE)
# At least one letter: the end of /blog/version-1.2 is no extension.
_EXTENSION = re.compile(rb"\.(?=[0-9]*+[A-Za-z])([0-9A-Za-z]++)$")
_PRINTABLE = bytes(range(0x21, 0x7F))
_NOT_MODIFIED = 304


class Skip(StrEnum):
    """Why a request is not imported."""

    NO_REQUEST = "no_request"
    METHOD = "method"
    STATUS = "status"
    ASSET = "asset"
    BOT = "bot"


@dataclass(frozen=True)
class Rule:
    """How far the default rule is widened."""

    all_requests: bool = False
    keep_query: bool = False


def find_skip(request: Request, rule: Rule) -> Skip | None:
    """Why the request is no page view; None if it is one."""
    if not request.method:
        return Skip.NO_REQUEST
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
    path = quote_from_bytes(_strip_target(target, rule.keep_query), safe=_PRINTABLE)
    if len(path) > longest:
        return re.sub(r"%[0-9A-Fa-f]?$", "", path[:longest])
    return path


def _is_page(target: bytes) -> bool:
    path = _strip_target(target, keep_query=False)
    extension = _EXTENSION.search(path.rpartition(b"/")[2])
    return path.startswith(b"/") and (extension is None or extension[1].lower() in PAGE_EXTENSIONS)


def _strip_target(target: bytes, keep_query: bool) -> bytes:
    """Without scheme and host (RFC 9112, 3.2.2: proxies send them), fragment, and query unless it is kept."""
    path, origins = _ORIGIN.subn(b"", target, count=1) if _ORIGIN.match(target) else (target, 0)
    path = path.partition(b"#")[0]
    if not keep_query:
        path = path.partition(b"?")[0]
    return b"/" + path if (origins or not path) and not path.startswith(b"/") else path
