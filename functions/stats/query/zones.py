"""Time zones: the instants at which a local clock shows something.

Arithmetic is done on naive local times or on instants in UTC, never on aware local times: Python adds to
those as if no clock ever changed.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from common.time_zone import list_time_zones

_SECOND = timedelta(seconds=1)


def find_zone(name: str) -> ZoneInfo | None:
    """The IANA zone of this name, if there is one."""
    return ZoneInfo(name) if name in list_time_zones() else None


def find_instants(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """When the clock shows this naive time: once, or twice where it is put back.

    A time that is skipped counts as shown at the instant at which it is skipped.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return [first]
    if first < second:
        return [first, second]
    return [find_change(second, first, zone)]


def find_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between these two at which the offset changes; zones change it at whole seconds."""
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + ((after - before) / 2 // _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The instant (in UTC) at which a local day begins; that of the next day where the day is skipped."""
    return find_instants(datetime.combine(day, time()), zone)[0]


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The date that the local clock shows."""
    return instant.astimezone(zone).date()


def show(instant: datetime, zone: ZoneInfo) -> str:
    """RFC 3339 in local time with its offset."""
    return instant.astimezone(zone).isoformat()
