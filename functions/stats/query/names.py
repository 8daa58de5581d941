"""The words of a query: dimensions, metrics, operators, periods, intervals."""

from common.event import MAX_PROPERTY_NAME_BYTES, VISIT_ATTRIBUTES

PROPERTY = "props."
"""Prefix of the dimension of a property: props.<key>."""

EVENT_DIMENSIONS = ("path", "hostname", "event_type")
"""Beside these, every property: an event has a value of its own."""
VISIT_DIMENSIONS = ("entry", "exit", *VISIT_ATTRIBUTES)
"""An event has its visit's value."""
DIMENSIONS = (*EVENT_DIMENSIONS, *VISIT_DIMENSIONS)

COUNTS = ("visitors", "visits", "page_views", "events")
RATES = ("bounce_rate", "visit_duration", "views_per_visit", "engaged_time", "scroll_depth")
METRICS = (*COUNTS, *RATES, "revenue")
SORTABLE = (*COUNTS, *RATES)
VISIT_METRICS = ("visits", "bounce_rate", "visit_duration", "views_per_visit")
"""What is counted of visits."""

OPERATORS = ("is", "is_not", "contains", "not_contains", "matches")
PERIODS = ("today", "yesterday", "24h", "7d", "30d", "90d", "12m", "month", "year", "all")
INTERVALS = ("minute", "hour", "day", "week", "month", "year")
COMPARISONS = ("previous", "year")
FORMATS = ("json", "csv")
DIRECTIONS = ("asc", "desc")

SUMMARY_METRICS = ("visitors", "visits", "page_views", "bounce_rate", "visit_duration")
SERIES_METRICS = ("visitors", "visits", "page_views")
EVENT_METRICS = ("visitors", "page_views")


def is_property(dimension: str) -> bool:
    """Whether it names a property that an event may have."""
    key = dimension.removeprefix(PROPERTY)
    return key != dimension and 0 < len(key.encode(errors="replace")) <= MAX_PROPERTY_NAME_BYTES


def is_visit_dimension(dimension: str) -> bool:
    """Whether an event has the value of its visit."""
    return dimension in VISIT_DIMENSIONS


def is_dimension(dimension: str) -> bool:
    """Whether figures can be had by it."""
    return dimension in DIMENSIONS or is_property(dimension)


def is_text(text: object, most_bytes: int) -> bool:
    """Whether it is a text that PostgreSQL can hold, of 1 to so many bytes."""
    if not isinstance(text, str) or "\0" in text:
        return False
    try:
        return 1 <= len(text.encode()) <= most_bytes
    except UnicodeEncodeError:  # half a surrogate pair
        return False
