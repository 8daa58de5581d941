"""A reader's language, by what the browser asks for."""

import re
from functools import lru_cache

_TAG = re.compile(r"\s*([a-z]{2,3})((?:-[a-z0-9]{1,8})*)(?![a-z0-9-])", re.IGNORECASE | re.ASCII)
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
    region = _REGION.search(rest.partition("-x-")[0])  # after x there are private words
    return f"{primary}-{region[1]}" if region else primary
