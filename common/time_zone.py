"""Names of time zones."""

from zoneinfo import ZoneInfo


def check_time_zone(name: str) -> str:
    """The name itself; raises ValueError unless it is one of the IANA time zone database."""
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # no name at all, not found, a folder
        raise ValueError("should be an IANA time zone, such as Europe/Berlin") from None
    return name
