"""The words of conditions: dimensions and operators."""

import re

from common.event import MAX_PROPERTY_NAME_BYTES, VISIT_ATTRIBUTES

PROPERTY = "props."
"""Prefix of the dimension of a property: props.<key>."""

EVENT_DIMENSIONS = ("path", "hostname", "event_type")
"""Beside these, every property: an event has a value of its own."""
VISIT_DIMENSIONS = ("entry", "exit", *VISIT_ATTRIBUTES)
"""An event has its visit's value."""
DIMENSIONS = (*EVENT_DIMENSIONS, *VISIT_DIMENSIONS)

NAMED = {"goal": ("is", "has", "has_not"), "segment": ("is",)}
"""What a site keeps by name, and what a condition may say of one."""

_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DESCRIBED_NAME = "1 to 64 of the letters a-z and A-Z, digits, and . _ - after the first."
"""What it is called by."""

OPERATORS = ("is", "is_not", "contains", "not_contains", "matches")


def is_name(text: str) -> bool:
    """Whether a goal or a segment can have this name."""
    return _NAME.fullmatch(text) is not None


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
