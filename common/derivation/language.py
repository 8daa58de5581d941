"""Finds a reader's language from what the browser asks for."""

import re
from functools import lru_cache

_TAG = re.compile(r"\s*([a-z]{2,3})((?:-[a-z0-9]{1,8})*)(?![a-z0-9-])", re.IGNORECASE | re.ASCII)
_EXTENSION = re.compile(r"-[a-z0-9](?=-|$)", re.ASCII)
_REGION = re.compile(r"-([a-z]{2}|[0-9]{3})(?=-|$)", re.ASCII)


def read_language(accept_language: str) -> str | None:
    """The first language of an Accept-Language header as primary[-region] in lower case, such as en-us; else None."""
    return _read(accept_language[:64])


@lru_cache(maxsize=1024)
def _read(accept_language: str) -> str | None:
    tag = _TAG.match(accept_language)
    if tag is None:
        return None
    primary, rest = tag[1].lower(), tag[2].lower()
    # behind a single letter stand an extension's words (u-co-phonebk: a collation) or private ones, and no region
    region = _REGION.search(_EXTENSION.split(rest, maxsplit=1)[0])
    return f"{primary}-{region[1]}" if region else primary
