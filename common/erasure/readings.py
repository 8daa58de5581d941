"""What a text may say that was quoted within JSON, within a query, within JSON … Pure."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_plus

QUOTED_TIMES = 3
"""How often a text may be quoted."""
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def list_readings(text: str) -> Iterator[str]:
    """The text, and what it says without its escapes, one layer after the other, each reading once."""
    known = {text}
    latest = [text]
    yield text
    for _ in range(QUOTED_TIMES):
        found = dict.fromkeys(way(one) for one in latest for way in (_unescape, unquote, unquote_plus))
        latest = [one for one in found if one not in known]
        known.update(latest)
        yield from latest


def _unescape(text: str) -> str:
    """Without the escapes of JSON's strings, wherever they are."""
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _SHORT.get(found[2], found[2]), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # pairs of \u are one character
