"""Bounds how many different values a site's events may bring in a day: each new one is a row that stays.

What comes past the bound is gathered under one value. It is decided here, once, so that every later figure follows from
the events as they are stored. Each instance counts by itself, in memory: the bound keeps a site from growing without
end, and is none to rely on to the last value.
"""

from collections import OrderedDict
from typing import Any

from common.errors import Fault
from common.event import OTHER
from common.settings import Settings

MOST_KEPT = 300_000
"""Values that are remembered, of all sites and days together: about 30 MB. Then the days that were idle longest go."""

_PATH, _NAMES = "path", "names"
_BOUNDED = frozenset({
    "event_type", _PATH, "hostname", "referrer", "source", "utm_source", "utm_medium", "utm_campaign", "utm_term",
    "utm_content", "language", "screen",
})  # fmt: skip
"""Fields that hold whatever a sender likes."""

_NONE: frozenset[int] = frozenset()
_Seen = dict[str, set[int]]
"""Of a site's day: the hashes of the values seen, by what they are values of."""


class DailyValues:
    """The values that this instance has seen."""

    def __init__(self, most_paths: int, most_values: int, most_names: int) -> None:
        """`most_paths`: paths; `most_values`: of each other field; `most_names`: event types, and properties."""
        self._most = {_PATH: most_paths, _NAMES: most_names, "event_type": most_names}
        self._most_values = most_values
        self._days: OrderedDict[tuple[str, str], _Seen] = OrderedDict()
        self._kept = 0

    @classmethod
    def of(cls, settings: Settings) -> "DailyValues":
        """Those of the settings."""
        return cls(settings.site_day_paths, settings.site_day_values, settings.site_day_names)

    def gather(self, event: dict[str, Any], *, is_kept: bool = True) -> list[Fault]:
        """Put "(other)" in the place of values past the bounds of the event's site and UTC day; why, by field.

        `is_kept`: whether the event is; the values of others are not remembered.
        """
        key = (event["site_id"], event["timestamp"][:10])
        seen = self._days.get(key)
        if seen is None:
            seen = {}
            if is_kept:
                self._days[key] = seen
        elif is_kept:
            self._days.move_to_end(key)
        faults: list[Fault] = []
        for name, value in event.items():
            if name not in _BOUNDED or hash(value) in seen.get(name, _NONE):
                continue  # most values were seen before
            if not self._admits(name, value, seen, is_kept):
                event[name] = OTHER
                faults.append(_explain(f"/{name}", self._most.get(name, self._most_values)))
        if (props := event.get("props")) and (fault := self._gather_properties(event, props, seen, is_kept)):
            faults.append(fault)
        while self._kept > MOST_KEPT and len(self._days) > 1:
            _, oldest = self._days.popitem(last=False)
            self._kept -= sum(map(len, oldest.values()))
        return faults

    def _gather_properties(
        self, event: dict[str, Any], props: dict[str, str], seen: _Seen, is_kept: bool
    ) -> Fault | None:
        kept = {}
        for name, value in props.items():
            if not self._admits(_NAMES, name, seen, is_kept):
                kept[OTHER] = OTHER
            else:
                kept[name] = value if self._admits(f"props.{name}", value, seen, is_kept) else OTHER
        if kept == props:
            return None
        event["props"] = kept
        return _explain("/props", self._most_values)

    def _admits(self, kind: str, value: str, seen: _Seen, is_kept: bool) -> bool:
        values = seen.get(kind, _NONE)
        hashed = hash(value)
        if hashed in values:
            return True
        if len(values) >= self._most.get(kind, self._most_values):
            return False
        if is_kept:
            seen.setdefault(kind, set()).add(hashed)
            self._kept += 1
        return True


def _explain(pointer: str, most: int) -> Fault:
    return Fault(f'The site had {most:,} different ones that day, so it counts under "{OTHER}".', pointer)
