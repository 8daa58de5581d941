"""Collects what is wrong with a query string: every fault is named, with what is supported."""

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from common.errors import Fault, InvalidInput
from common.event import MAX_NAME_BYTES
from common.filters import words
from functions.stats.query.zones import find_zone

MAX_FAULTS = 20
_EVENTS = ("site_id", "period", "from", "to", "timezone", "filters", "format")
_RANGE = (*_EVENTS, "metrics", "compare")
PARAMETERS = {
    "summary": _RANGE,
    "timeseries": (*_RANGE, "interval"),
    "breakdown": (*_RANGE, "dimension", "sort", "limit", "offset"),
    "filtered": ("site_id", "period", "from", "to", "timezone"),
    "goals": (*_EVENTS, "compare", "goal", "dimension", "limit"),
    "funnel": (*_EVENTS, "funnel", "steps", "mode", "within", "exclude", "dimension", "limit"),
    "retention": (*_EVENTS, "unit", "by", "goal"),
    "journeys": (*_EVENTS, "start", "end", "depth", "nodes", "prefixes", "limit"),
    "realtime": ("site_id", "timezone"),
    "dimensions": ("site_id",),
    "export": ("site_id", "format"),
    "day": ("site_id", "date", "limit"),
}


class Faults:
    """What is wrong with a query string, parameter by parameter."""

    def __init__(self, query: QueryParams, endpoint: str) -> None:
        self.found = [
            Fault(f"Unknown parameter; the parameters are {', '.join(PARAMETERS[endpoint])}.", parameter=name[:100])
            for name in query
            if name not in PARAMETERS[endpoint]
        ]
        self._query = query
        for name in PARAMETERS[endpoint]:
            if len(query.getlist(name)) > 1:
                self.add("Give this parameter once.", name)

    def add(self, detail: str, parameter: str) -> None:
        """One more."""
        self.found.append(Fault(detail, parameter=parameter))

    def choose(self, name: str, supported: Sequence[str], default: str = "") -> str:
        """The parameter's value, one of these."""
        value = self._query.get(name, default)
        if value not in (*supported, default):
            self.add(f"One of {', '.join(supported)}.", name)
        return value

    def count(self, name: str, default: int, least: int, most: int) -> int:
        """The parameter's value, a whole number."""
        text = self._query.get(name, str(default))
        if not re.fullmatch("[0-9]{1,7}", text) or not least <= int(text) <= most:
            self.add(f"A whole number from {least} to {most:,}.", name)
            return default
        return int(text)

    def site(self) -> str:
        """The parameter site_id."""
        value = self._query.get("site_id", "")
        if not words.is_text(value, MAX_NAME_BYTES):
            self.add(f"The site, 1 to {MAX_NAME_BYTES} bytes.", "site_id")
        return value

    def zone(self) -> ZoneInfo | None:
        """The parameter timezone."""
        name = self._query.get("timezone")
        zone = None if name is None else find_zone(name)
        if name is not None and zone is None:
            self.add("An IANA time zone, such as Europe/Berlin; without it the site's own.", "timezone")
        return zone

    def check(self) -> None:
        """Raises InvalidInput if there are any."""
        if self.found:
            raise InvalidInput("The query is not valid.", tuple(self.found[:MAX_FAULTS]))
