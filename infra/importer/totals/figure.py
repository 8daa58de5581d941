"""A total of a day as another tracker's file tells it, and the texts that it may be of. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from common.derivation.codes import load_countries
from common.derivation.page import read_path
from common.derivation.sources import find_by_name
from common.derivation.text import shorten
from common.event import MAX_CAMPAIGN_BYTES, MAX_HOSTNAME_BYTES, MAX_LABEL_BYTES, MAX_NAME_BYTES, MAX_REFERRER_BYTES
from infra.importer.histories.draft import read_number
from infra.importer.histories.names import name_browser, name_device, name_system

_NO_SOURCE = frozenset({"direct / none", "(direct)", "(none)", "(not set)", ""})


class Figure(NamedTuple):
    """What a file says of a value of a dimension ('' of '': of the whole site) on a day, by measure."""

    dimension: str
    value: str
    day: date
    measures: Mapping[str, int]


def read_day(text: Any) -> date | None:
    """A day, 2024-06-01 or 20240601; None if it is none."""
    try:
        return date.fromisoformat(str(text).strip()[:10])
    except ValueError:
        return None


def read_count(given: Any) -> int | None:
    """A whole number, perhaps with commas between its thousands; None if it is none."""
    number = read_number(given.strip().replace(",", "") if isinstance(given, str) else given)
    return None if number is None or number != int(number) else int(number)


def clean(dimension: str, given: str) -> str | None:
    """A value as an event of this site would have it; None if it says nothing."""
    text = given.strip()
    if not text or text.lower() in ("(not set)", "(none)", "(not provided)"):
        return None
    if dimension in ("path", "entry", "exit"):
        return read_path(text if text.startswith("/") else f"/{text}").path if text != "(other)" else None
    if dimension == "source":
        return _name_source(text)
    if dimension == "country":
        return text.upper() if text.upper() in load_countries() else None
    if dimension == "browser":
        return shorten(name_browser(text, ""), MAX_LABEL_BYTES)
    if dimension == "os":
        return shorten(name_system(text), MAX_LABEL_BYTES)
    if dimension == "device":
        return name_device(text)
    if dimension == "hostname":
        return shorten(text.lower(), MAX_HOSTNAME_BYTES)
    return shorten(text, _MOST_BYTES.get(dimension, MAX_LABEL_BYTES))


_MOST_BYTES = {
    "event_type": MAX_NAME_BYTES,
    "referrer": MAX_REFERRER_BYTES,
    **dict.fromkeys(("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"), MAX_CAMPAIGN_BYTES),
}


def _name_source(text: str) -> str | None:
    if text.lower() in _NO_SOURCE:
        return None
    known = find_by_name(text)
    return known.name if known else shorten(text, MAX_LABEL_BYTES)
