"""A web address as browsers read it (WHATWG's URL Standard), which is not how urllib does.

What a browser would not go to is refused, and so are addresses that it would have to guess at (`https:example.com`).
"""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple
from unicodedata import category
from urllib.parse import quote, unquote_to_bytes

from common.event import MAX_HOSTNAME_BYTES

MAX_PORT = 65_535

_EXAMPLE = ', such as "https://example.com/pricing?utm_source=newsletter"'
_NOT_ABSOLUTE = f"URL should be absolute and begin with http:// or https://{_EXAMPLE}"
_NO_HOST = f"URL should have a valid host{_EXAMPLE}"
_NO_PORT = f"URL should have a port of at most {MAX_PORT:,}, or none{_EXAMPLE}"

_AROUND = "".join(map(chr, range(0x21)))
_WITHIN = str.maketrans("", "", "\t\n\r")
_PLAIN_HOST = re.compile(r"(?!xn--)[a-z0-9_-]+(?:\.(?!xn--)[a-z0-9_-]+)*\.[a-z][a-z0-9_-]*")
_WRONG_IN_A_HOST = re.compile(r"[\x00-\x20\x7f\"#%/:<>?@\[\\\]^`{|}]")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_PORT = re.compile(r"(?::([0-9]*))?")
_PLAIN_PATH = re.compile(r"(?!.*/(?:\.|%2[Ee]))[!$-;=@-\]_a-z|~]*")
_KEPT_IN_A_PATH = "!$%&'()*+,-./:;=@[\\]_|~"


class Url(NamedTuple):
    """The parts of an http(s) URL that tell of a page; user, password, port and fragment are none of them."""

    host: str
    """In lower case and Punycode, without a dot at its end; an IPv6 address without brackets."""
    path: str
    """At least "/", percent-encoded, without `.` and `..`."""
    query: str
    """As sent."""


def split_url(text: str) -> Url:
    """Take an http(s) URL apart. Raises ValueError, with a sentence for who sent it, for anything else."""
    text = text.strip(_AROUND)
    scheme, _, rest = (text if text.isprintable() else text.translate(_WITHIN)).partition(":")
    if scheme.lower() not in ("http", "https"):
        raise ValueError(_NOT_ABSOLUTE)
    before, _, query = rest.partition("#")[0].partition("?")
    before = before.replace("\\", "/")
    authority, slash, path = before[2:].partition("/")
    if before[:2] != "//" or not authority:
        raise ValueError(_NOT_ABSOLUTE)
    return Url(_read_authority(authority), _read_path(slash + path), query)


def _read_authority(authority: str) -> str:
    text = authority.rpartition("@")[2]
    end = text.find("]") + 1 if text.startswith("[") else (text + ":").index(":")
    port = _PORT.fullmatch(text, end)
    if end == 0 or not text[:end]:
        raise ValueError(_NO_HOST)
    if port is None or _is_beyond(port[1] or "", MAX_PORT):
        raise ValueError(_NO_PORT)
    host = _lower(text[:end])
    if not _PLAIN_HOST.fullmatch(host):
        try:
            host = str(IPv6Address(host[1:-1])) if host.startswith("[") and "%" not in host else _read_name(host)
        except ValueError:  # of UTF-8, Punycode, IDNA and addresses alike
            raise ValueError(_NO_HOST) from None
    if len(host) > MAX_HOSTNAME_BYTES:
        raise ValueError(_NO_HOST)
    return host


def _lower(host: str) -> str:
    """Of other scripts IDNA says what is the lower case."""
    return host.lower() if host.isascii() else host


def _is_beyond(digits: str, most: int) -> bool:
    number = digits.lstrip("0")
    return len(number) > len(str(most)) or int(number or 0) > most


def _read_name(host: str) -> str:
    """A host that is no plain name: encoded, in another script, an IPv4 address in one of its forms, or none at all."""
    name = _lower(unquote_to_bytes(host).decode())
    if not name.isascii() or "xn--" in name:
        name = ".".join(map(_encode_label, _map_characters(name).split(".")))
    labels = name.removesuffix(".").split(".")
    if "" in labels or _WRONG_IN_A_HOST.search(name):
        raise ValueError("no name")
    return _read_ipv4(labels) if _NUMBER.fullmatch(labels[-1]) else ".".join(labels)


def _encode_label(label: str) -> str:
    """A label of a name, in Punycode where it needs that. Raises ValueError where it is none, also by its Punycode."""
    shown = label[4:].encode().decode("punycode") if label.startswith("xn--") else label
    if shown.isascii():
        if label.startswith("xn--"):
            raise ValueError("no need of Punycode")
        return label
    if category(shown[0]).startswith("M") or _map_characters(shown) != shown:
        raise ValueError("no label")
    return f"xn--{shown.encode('punycode').decode()}"


def _map_characters(name: str) -> str:
    from idna import uts46_remap  # here, for few names need it, and its tables take 10 ms

    return uts46_remap(name, std3_rules=False)


def _read_ipv4(labels: list[str]) -> str:
    """Of up to four numbers, each in decimal, octal (0…) or hexadecimal (0x…); the last fills the rest."""
    *first, last = (_read_number(label) for label in labels)
    if len(first) > 3 or any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        raise ValueError("no address")
    return str(IPv4Address(sum(number << (24 - 8 * place) for place, number in enumerate(first)) + last))


def _read_number(label: str) -> int:
    if not _NUMBER.fullmatch(label) or len(label) > 20:
        raise ValueError("no number")
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if label.startswith("0") else 10)


def _read_path(path: str) -> str:
    if _PLAIN_PATH.fullmatch(path):
        return path or "/"
    kept: list[str] = []
    *before, last = path.split("/")[1:]
    for segment in before:
        _follow(segment, kept)
    if _follow(last, kept):
        kept.append("")
    return quote("/" + "/".join(kept), safe=_KEPT_IN_A_PATH, errors="replace")


def _follow(segment: str, kept: list[str]) -> bool:
    """Go one step down a path, or up; whether the step was none of a name."""
    dots = segment.lower().replace("%2e", ".")
    if dots == "..":
        del kept[-1:]
    elif dots != ".":
        kept.append(segment)
    return dots in (".", "..")
