"""Says what is wrong with the settings, for the person who sets them."""

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

_SURE = 0.85
"""How alike two names must be where a variable may be anybody's."""
_LIKELY = 0.75
"""How alike in a file of ours."""
_OF_OTHERS = frozenset(
    ["POSTGRES_HOST", "POSTGRES_USER", "POSTGRES_DB", "REDIS_HOST", "REDIS_USER", "STATSD_HOST", "STATSD_PORT"]
)
OF_COMPOSE = frozenset(
    {
        "POSTGRES_PASSWORD",
        "REDIS_PASSWORD",
        "PGADMIN_DEFAULT_EMAIL",
        "PGADMIN_DEFAULT_PASSWORD",
        "PGADMIN_PORT",
        "REDIS_MAXMEMORY",
    }
)
"""What docker-compose.yml alone reads from .env."""


def describe(error: ValidationError) -> str:
    """A line for each setting that is wrong: its name, and what would be right."""
    return "\n".join(_describe_one(fault) for fault in error.errors(include_url=False, include_input=False))


def find_misspelled(names: Iterable[str], known: Iterable[str], is_ours: bool) -> dict[str, str]:
    """Names of variables that look like a misspelled setting, each with the setting that was probably meant.

    `is_ours`: they are from a file of ours, where a name is more likely meant for us than in the environment.
    """
    settings = {name.upper() for name in known} | OF_COMPOSE
    found = {}
    for name in names:
        upper = name.upper().removeprefix("EXPORT ").strip()
        if upper in settings or upper in _OF_OTHERS:
            continue
        if near := _find_near(upper, settings, _LIKELY if is_ours else _SURE):
            found[name] = near
    return found


def _find_near(name: str, settings: Iterable[str], cutoff: float) -> str | None:
    """How alike two names are: by their letters, or by their words in any order."""
    in_order = difflib.get_close_matches(name, sorted(settings), 1, cutoff)
    if in_order:
        return in_order[0]
    words = sorted(name.replace("-", "_").split("_"))
    return next((one for one in sorted(settings) if sorted(one.split("_")) == words), None)


def _describe_one(fault: Any) -> str:
    name = ".".join(map(str, fault["loc"])).upper()
    right = _say_right(fault["type"], fault.get("ctx", {})) or fault["msg"]
    return f"{name}: {right}" if name else right


def _say_right(kind: str, context: dict[str, Any]) -> str:
    match kind:
        case "int_parsing" | "int_from_float" | "int_parsing_size" | "int_type":
            return "should be a whole number"
        case "float_parsing" | "float_type" | "finite_number":
            return "should be a number"
        case "bool_parsing" | "bool_type":
            return "should be true or false"
        case "greater_than_equal":
            return f"should be {context['ge']} or more"
        case "greater_than":
            return f"should be more than {context['gt']}"
        case "less_than_equal":
            return f"should be {context['le']} or less"
        case "literal_error":
            return f"should be {context['expected']}".replace("'", "")
        case "timezone_aware" | "datetime_from_date_parsing" | "datetime_parsing" | "datetime_type":
            return "should be a time with an offset, such as 2000-01-01T00:00:00Z"
        case "value_error":
            return str(context["error"])
    return ""
