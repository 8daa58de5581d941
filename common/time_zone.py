"""Names of time zones."""

from functools import cache
from zoneinfo import available_timezones


@cache
def list_time_zones() -> frozenset[str]:
    """The names of the IANA time zone database."""
    # "localtime" is not the name of a zone: it differs from machine to machine
    return frozenset(available_timezones() - {"localtime", "Factory", "posixrules"})


def check_time_zone(name: str) -> str:
    """The name itself; raises ValueError unless it is one of the IANA time zone database."""
    if name not in list_time_zones():
        raise ValueError("should be an IANA time zone, such as Europe/Berlin")
    return name
