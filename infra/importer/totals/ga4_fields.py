"""The names of Google Analytics 4's dimensions and metrics, in its API and its pages, and what is made of them. Pure.

Sessions and users are told by each value only where the other dimensions of a report are of sessions too: a session
that saw two pages is in the rows of both.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from infra.importer.formats.combined import Unparsable
from infra.importer.histories.countries import find_country_code
from infra.importer.histories.draft import read_number
from infra.importer.totals.figure import Figure, clean, read_count, read_day

_DIMENSIONS = {
    "path": ("pagePath", "pagePathPlusQueryString", "unifiedPagePathScreen", "Page path and screen class", "Page path",
             "Page path + query string"),
    "entry": ("landingPage", "landingPagePlusQueryString", "Landing page", "Landing page + query string"),
    "hostname": ("hostName", "Hostname", "Host name"),
    "event_type": ("eventName", "Event name"),
    "source": ("sessionSource", "Session source", "sessionManualSource", "Session manual source"),
    "utm_campaign": ("sessionCampaignName", "Session campaign", "sessionManualCampaignName"),
    "utm_content": ("sessionManualAdContent", "Session manual ad content"),
    "utm_term": ("sessionManualTerm", "Session manual term"),
    "country": ("country", "countryId", "Country", "Country ID"),
    "region": ("region", "Region"),
    "city": ("city", "City"),
    "browser": ("browser", "Browser"),
    "os": ("operatingSystem", "Operating system"),
    "device": ("deviceCategory", "Device category", "Device"),
    "language": ("languageCode", "Language code"),
    "screen": ("screenResolution", "Screen resolution"),
}  # fmt: skip
_METRICS = {
    "visitors": ("totalUsers", "Total users", "activeUsers", "Active users", "Users"),
    "visits": ("sessions", "Sessions"),
    "page_views": ("screenPageViews", "Views"),
    "events": ("eventCount", "Event count"),
    "bounces": ("bounces",),
}
_BOUNCE_RATE, _DURATION = ("bounceRate", "Bounce rate"), ("averageSessionDuration", "Average session duration")
_DATES, _NTH = ("date", "Date"), ("nthDay", "Nth day")
_OF_EVENTS = frozenset({"path", "event_type"})
_EVENTS = {"click": "outbound_link", "view_search_results": "site_search"}
_OF_TRACKER = frozenset({"session_start", "first_visit", "user_engagement", "scroll", "page_view"})
"""Events that are none here, or are page views, which other reports tell."""
_FINER = frozenset({"hour", "Hour", "dateHour", "nthHour", "Nth hour", "dateHourMinute", "minute", "nthMinute"})
"""Dimensions whose values look like numbers, and that are no functions of the date."""
_OF_SESSIONS = ("session", "first", "user", "Session", "First", "User")
"""How the names of other dimensions of sessions begin."""
KNOWN = frozenset(name for names in (*_DIMENSIONS.values(), *_METRICS.values()) for name in names)
DAYS = (*_DATES, *_NTH)


def has_metric(names: Collection[str]) -> bool:
    """Whether a table has any metric that is kept."""
    return any(_find(names, given) for given in _METRICS.values())


def find_day(row: Mapping[str, str], start: date | None) -> date | None:
    """The day of a row: its own, the so-and-so-many-th since `start`, or that."""
    if name := _find(row, _DATES):
        return read_day(row[name])
    if name := _find(row, _NTH):
        nth = read_count(row[name])
        return None if nth is None or start is None else _add_days(start, nth)
    return start


def _add_days(start: date, count: int) -> date | None:
    try:
        return start + timedelta(days=count)
    except OverflowError:  # after the year 9999
        return None


def read_row(row: Mapping[str, str], day: date) -> Sequence[Figure] | Unparsable:
    """What a row of a report says."""
    try:
        measures = _read_measures(row)
    except ValueError as error:
        return Unparsable(str(error))
    given = {dimension: name for dimension, names in _DIMENSIONS.items() if (name := _find(row, names))}
    others = _list_others(row, given.values())
    if not given:
        if others:
            return Unparsable(f"of a dimension that has no place here: {', '.join(others)[:80]}")
        return [Figure("", "", day, {name: count for name, count in measures.items() if name != "events"})]
    is_split = not all(name.startswith(_OF_SESSIONS) for name in others)
    figures = []
    for dimension, name in given.items():
        kept = _keep(dimension, measures, is_split or bool(_OF_EVENTS & given.keys() - {dimension}))
        value = _read_value(dimension, row[name])
        if kept and value:
            figures.append(Figure(dimension, value, day, kept))
    return figures


def _find(names: Collection[str], wanted: Sequence[str]) -> str:
    """The first name that is wanted; empty: none is there."""
    return next((name for name in wanted if name in names), "")


def _list_others(row: Mapping[str, str], given: Collection[str]) -> list[str]:
    """Dimensions without a place here: what is neither known nor a number."""
    unknown = (name for name in row if name not in KNOWN and name not in DAYS and name not in given)
    return [name for name in unknown if name in _FINER or read_number(row[name].replace(",", "")) is None]


def _read_measures(row: Mapping[str, str]) -> dict[str, int]:
    """What a row counts. Rates are of its sessions. Raises ValueError, in words."""
    measures = {}
    for measure, names in _METRICS.items():
        if name := _find(row, names):
            count = read_count(row[name])
            if count is None:
                raise ValueError(f"its {name} is no number: {row[name][:40]}")
            measures[measure] = count
    for names, measure, scale in ((_BOUNCE_RATE, "bounces", 1), (_DURATION, "duration_ms", 1000)):
        if "visits" in measures and measure not in measures and (name := _find(row, names)):
            rate = read_number(row[name])
            if rate is None:
                raise ValueError(f"its {name} is no number: {row[name][:40]}")
            measures[measure] = round(rate * measures["visits"] * scale)
    return measures


def _keep(dimension: str, measures: Mapping[str, int], is_split: bool) -> dict[str, int]:
    """What may be added up over the rows of a value. `is_split`: a session may be in several of them."""
    if dimension == "event_type":
        return {name: measures[name] for name in ("events", "visitors") if name in measures and not is_split}
    if is_split or dimension == "hostname":
        return {name: count for name, count in measures.items() if name == "page_views"}
    left_out = ("events", "bounces", "duration_ms") if dimension == "path" else ("events",)
    return {name: count for name, count in measures.items() if name not in left_out}


def _read_value(dimension: str, text: str) -> str | None:
    if dimension == "country" and len(text) != 2:
        return find_country_code(text) or None
    if dimension == "event_type":
        return None if text in _OF_TRACKER else clean(dimension, _EVENTS.get(text, text))
    return None if text.startswith("(") else clean(dimension, text)
