"""Event ids that stay the same each time the same log is imported."""

from hashlib import blake2b

REMEMBERED_LINES = 1 << 18


class Occurrences:
    """Counts how often each line has occurred in the file before.

    Equal lines carry the same second, so they lie close together. To bound memory (about 40 MB), a line
    counts as new again once at least `remembered` other lines have passed since: a repeat that far away then
    gets the id of the first, and counts once. That depends on the file alone, so every import does the same.
    """

    def __init__(self, remembered: int = REMEMBERED_LINES) -> None:
        self._remembered = remembered
        self._recent: dict[int, int] = {}
        self._older: dict[int, int] = {}

    def count(self, line: bytes) -> int:
        """Record the line; returns how often it occurred before: 0, 1, 2 …"""
        # 64 bits are enough: a collision only gives a line a higher number, and its id is still unique.
        digest = int.from_bytes(blake2b(line, digest_size=8).digest())
        before = self._recent.get(digest) or self._older.get(digest, 0)
        self._recent[digest] = before + 1
        if len(self._recent) >= self._remembered:
            self._older, self._recent = self._recent, {}
        return before


def make_event_id(key: bytes, site_id: str, line: bytes, before: int) -> str:
    """The id of a site's line that has occurred `before` times before: a UUIDv8 (RFC 9562, section 5.8).

    The hash is keyed: a plain hash of the line would let a reader of the events find the address by trial.
    """
    hasher = blake2b(b"%s\0%d\0" % (site_id.encode(), before), digest_size=16, key=key, person=b"event")
    hasher.update(line)
    bits = int.from_bytes(hasher.digest())
    digits = f"{bits & ~(0xF << 76) & ~(0b11 << 62) | 0x8 << 76 | 0b10 << 62:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
