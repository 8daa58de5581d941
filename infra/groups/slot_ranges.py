"""Slots as an operator names them."""

from collections.abc import Iterable

from common.groups.slots import SLOTS


def read_slots(text: str) -> list[int]:
    """The slots of `3,128-255`. Raises ValueError, which says what would be right."""
    slots: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise ValueError(f"{part.strip()!r} should be a slot, such as 7, or a range of them, such as 128-255")
        span = range(int(first), int(last or first) + 1)
        if not span or span[-1] >= SLOTS:
            raise ValueError(f"{part.strip()!r} should name slots from 0 to {SLOTS - 1}, the lower one first")
        slots.update(span)
    return sorted(slots)


def write_slots(slots: Iterable[int]) -> str:
    """The same, shortest."""
    spans: list[list[int]] = []
    for slot in sorted(slots):
        if spans and spans[-1][1] == slot - 1:
            spans[-1][1] = slot
        else:
            spans.append([slot, slot])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)
