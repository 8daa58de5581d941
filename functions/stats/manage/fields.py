"""Reads the members of a JSON object that sets something: it checks their types, and refuses unknown ones."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from common.errors import Fault, InvalidInput

_SHAPES = {
    "text": "A text.",
    "texts": "A list of texts.",
    "flag": "true or false.",
    "time": "A time in RFC 3339 with an offset, such as 2030-01-31T00:00:00Z, or null.",
    "instant": "A time in RFC 3339 with an offset, such as 2030-01-31T00:00:00Z.",
    "roles": 'An object such as {"blog": "view"}.',
    "list": "A list.",
}
_TIMES = ("time", "instant")


def read_fields(
    content: Mapping[str, Any], shapes: Mapping[str, str], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The members that are there, by name; a time as datetime in UTC. Raises InvalidInput that names every fault.

    `shapes`: one of `_SHAPES` for each member that there may be; null stands for an absent one, save for a time.
    """
    known = ", ".join(shapes)
    faults = [Fault(f"Unknown; the members are {known}.", f"/{name[:100]}") for name in content if name not in shapes]
    found: dict[str, Any] = {}
    for name, shape in shapes.items():
        value = content.get(name)
        if value is None:
            if name in required:
                faults.append(Fault(f"Required. {_SHAPES[shape]}", f"/{name}"))
            elif name in content and shape == "time":
                found[name] = None
        elif not _fits(value, shape):
            faults.append(Fault(_SHAPES[shape], f"/{name}"))
        else:
            found[name] = datetime.fromisoformat(value).astimezone(UTC) if shape in _TIMES else value
    if faults:
        raise InvalidInput("The body is not valid.", tuple(faults[:20]))
    return found


def _fits(value: Any, shape: str) -> bool:
    match shape:
        case "text":
            return _is_text(value)
        case "texts":
            return isinstance(value, list) and all(map(_is_text, value))
        case "flag":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, list)
        case "roles":
            return isinstance(value, dict) and all(map(_is_text, [*value, *value.values()]))
    if not isinstance(value, str):
        return False
    try:
        time = datetime.fromisoformat(value)
        return time.tzinfo is not None and time.astimezone(UTC) is not None
    except (ValueError, OverflowError):  # in UTC it may be before the year 1, or after 9999
        return False


def _is_text(value: Any) -> bool:
    """Whether it is a text that PostgreSQL can hold."""
    if not isinstance(value, str) or "\0" in value:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)
