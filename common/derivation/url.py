"""A web address as browsers read it (WHATWG's URL Standard), which is not how urllib does.

The parser is the one that pydantic brings. On top of it are our own rules for a page's address: a browser must get
there without guessing (as it would at `https:example.com`), and its host must be a possible name.
"""

import re
from typing import NamedTuple

import pydantic_core

from common.event import MAX_HOSTNAME_BYTES

MAX_PORT = 65_535

_EXAMPLE = ', such as "https://example.com/pricing?utm_source=newsletter"'
_NOT_ABSOLUTE = f"URL should be absolute and begin with http:// or https://{_EXAMPLE}"
_NO_HOST = f"URL should have a valid host{_EXAMPLE}"
_NO_PORT = f"URL should have a port of at most {MAX_PORT:,}, or none{_EXAMPLE}"

_WITHIN = str.maketrans("", "", "\t\n\r")
_START = re.compile(r"[\x00-\x20]*https?:[/\\]{2}[^/\\?#\t\n\r][^/\\?#]*", re.IGNORECASE)
_MAX_START = 1_000
"""Characters before the path. Punycode costs the square of a label's length: a millisecond for one this long."""
_NAME = re.compile(r'[^"`{}]+')
_SURROGATE = re.compile("[\ud800-\udfff]")
_CUT_CHARACTER = re.compile(
    r"(?:%[C-F][0-9A-F]|%[EF][0-9A-F]%[89AB][0-9A-F]|%F[0-9A-F](?:%[89AB][0-9A-F]){2})?(?:%[0-9A-F]?)?$", re.IGNORECASE
)
"""What is left of a percent-encoded character at the end of a text that was cut."""


class Url(NamedTuple):
    """The parts of an http(s) URL that identify a page. User, password, port and fragment do not."""

    host: str
    """In lower case and Punycode, without a dot at its end; an IPv6 address without brackets."""
    path: str
    """At least "/", percent-encoded, without `.` and `..`."""
    query: str
    """As sent, but percent-encoded where a browser encodes."""


def split_url(text: str) -> Url:
    """Take an http(s) URL apart. Raises ValueError, with a sentence for whoever sent it, for anything else."""
    start = _START.match(text) or _START.match(text.translate(_WITHIN))
    if start is None:
        raise ValueError(_NOT_ABSOLUTE)
    if start.end() > _MAX_START:
        raise ValueError(_NO_HOST)
    try:
        url = pydantic_core.Url(text if text.isascii() else _SURROGATE.sub("\ufffd", text))
    except pydantic_core.ValidationError as error:
        is_port = error.errors()[0].get("ctx") == {"error": "invalid port number"}
        raise ValueError(_NO_PORT if is_port else _NO_HOST) from None
    host = url.host or ""
    name = host.removesuffix(".").strip("[]")
    if len(name) > MAX_HOSTNAME_BYTES or ".." in host or host.startswith(".") or not _NAME.fullmatch(name):
        raise ValueError(_NO_HOST)
    return Url(name, (url.path or "/").replace("^", "%5E"), url.query or "")


def cut_path(path: str, max_bytes: int) -> str:
    """The first bytes of a percent-encoded path, whole characters only."""
    return path if len(path) <= max_bytes else _CUT_CHARACTER.sub("", path[:max_bytes], count=1)
