"""Input that nobody should send: seeded, so that a run can be had again."""

import gzip
import json
import math
import random
from typing import Any
from uuid import UUID

NEIGHBOURS = "neighbours"
"""The site of the valid events that hostile ones must not harm."""

FIELDS = (
    *("site_id", "event_type", "path", "user_id", "timestamp", "event_id"),
    *("url", "referrer", "title", "language", "screen", "props", "revenue", "user_agent", "ip", "country"),
)
TEXTS = (
    *("", "a", "page_view", "null", "\0", "a\0b", "\ud800", "x\udfff", "\ufeff", "\u2028", "'; drop table events; --"),
    *(":name", "%s", "$1", "{0}", "${jndi:ldap://x}", "../../etc/passwd", "é" * 33, "é" * 200, "🦊" * 20, "\r\n"),
    *("x" * 64, "x" * 65, "x" * 257, "x" * 2_001, "9" * 5_000, "-1", "1e999", "NaN", "<script>", "\x1b[2J", "\x7f"),
)
TIMES = (
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    *("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2199-12-31T23:59:59.999999Z", "2200-01-01T00:00:00Z"),
    *("2025-11-30T23:59:59.9999999Z", "2025-11-12T23:59:60Z", "2025-11-12T24:00:00Z", "2025-02-30T00:00:00Z"),
    *("2025-11-12T10:00:00+15:59", "2025-11-12T10:00:00+23:59", "2025-11-12T10:00:00-02:00", "2025-11-12T10:00:00"),
    *("20251112", "1700000000", "2025-11-12", "2025-11-12 10:00:00Z", "2025-11-12t10:00:00z", "infinity", "now"),
    *("2025-11-12T10:00:00.1234567890123Z", "2025-11-12T10:00:00,5Z", "٢٠٢٥-11-12T10:00:00Z", "2025-11-12T10:00:00 Z"),
)
IDS = ("", "0" * 32, "urn:uuid:" + "0" * 32, "{" + "0" * 32 + "}", "ffffffff-ffff-7fff-bfff-ffffffffffff", "0" * 31)
NUMBERS = (0, -1, 1 << 63, 1 << 64, 10**400, 1e308, math.inf, math.nan, 0.1)


class Inputs:
    """Hostile values of every kind that crosses a boundary. What it makes depends on the seed alone."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def is_one_in(self, number: int) -> bool:
        return self.random.randrange(number) == 0

    def event(self, site_id: str = NEIGHBOURS) -> dict[str, Any]:
        """A valid event with an id of its own."""
        pick = self.random
        return {
            "site_id": site_id,
            "path": f"/{pick.randrange(20)}",
            "user_id": f"user-{pick.randrange(50)}",
            "event_type": "page_view",
            "timestamp": f"2025-{pick.randint(1, 12):02}-{pick.randint(1, 28):02}T10:00:00.000001Z",
            "event_id": str(UUID(int=pick.getrandbits(128), version=4)),
        }

    def text(self) -> str:
        pick = self.random
        if self.is_one_in(3):
            return "".join(
                chr(pick.randrange(0x110000 if self.is_one_in(4) else 0x80)) for _ in range(pick.randrange(20))
            )
        return pick.choice(TEXTS)

    def value(self, depth: int = 3) -> Any:
        """Something that JSON, or what Python takes for it, can say."""
        pick = self.random
        kind = pick.randrange(8 if depth else 5)
        if kind == 0:
            return pick.choice((None, True, False))
        if kind == 1:
            return pick.choice(NUMBERS)
        if kind < 5:
            return pick.choice((self.text(), pick.choice(TIMES), pick.choice(IDS)))
        if kind == 5:
            return [self.value(depth - 1) for _ in range(pick.randrange(4))]
        return {pick.choice((*FIELDS, self.text())): self.value(depth - 1) for _ in range(pick.randrange(4))}

    def near_event(self) -> Any:
        """An event with something wrong, mostly."""
        pick = self.random
        event = self.event("hostile")
        for _ in range(pick.randrange(4)):
            name = pick.choice((*FIELDS, *FIELDS, self.text()))
            if self.is_one_in(4):
                event.pop(name, None)
            elif name == "timestamp":
                event[name] = pick.choice(TIMES)
            else:
                event[name] = self.value(2)
        return event if pick.randrange(10) else self.value()

    def item(self) -> str:
        """One JSON value as text that Python's parser reads: NaN, doubled keys, lone surrogates and all."""
        pick = self.random
        text = json.dumps(self.near_event(), ensure_ascii=bool(pick.randrange(2)))
        text = text.encode(errors="backslashreplace").decode()
        if text.startswith("{") and len(text) > 2 and self.is_one_in(4):
            text = "{" + json.dumps(pick.choice(FIELDS)) + ":" + json.dumps(self.value(1)) + "," + text[1:]
        if self.is_one_in(50):
            depth = pick.choice((50, 190, 210, 400))
            text = '{"a":' + "[" * depth + "]" * depth + "}"
        return text

    def mutate(self, data: bytes) -> bytes:
        """The same with a few bytes changed, lost, doubled or cut off."""
        pick, content = self.random, bytearray(data)
        for _ in range(pick.randint(1, 4)):
            at = pick.randrange(len(content) + 1)
            kind = pick.randrange(5)
            if kind == 0:
                content[at : at + 1] = bytes([pick.randrange(256)])
            elif kind == 1:
                del content[at : at + pick.randrange(8)]
            elif kind == 2:
                content[at:at] = pick.choice(
                    (b"\0", b"\r\n", b"\xff\xfe", b'"', b"{", b"[" * 50, b"\\ud800", b"\xed\xa0\x80")
                )
            elif kind == 3:
                content[at:at] = content[at : at + pick.randrange(40)]
            elif self.is_one_in(3):
                del content[at:]
        return bytes(content)

    def body(self) -> bytes:
        """A body of /event, of /events, or of nothing."""
        pick = self.random
        kind = pick.randrange(8)
        if kind == 0:
            return pick.randbytes(pick.randrange(300))
        if kind == 1 and self.is_one_in(10):
            return pick.choice(
                (b"[" * 100_000, b"[" + b"9" * 50_000 + b"]", b'"' + b"x" * ((1 << 20) + 1) + b'"', b"\n" * 9_999)
            )
        items = [self.item() for _ in range(pick.randint(1, 6))]
        text = pick.choice((items[0], "[" + ",".join(items) + "]", "\n".join(items))).encode()
        return self.mutate(text) if self.is_one_in(3) else text

    def log_lines(self) -> bytes:
        """Lines of an access log, most of them wrong."""
        pick = self.random
        lines = []
        for _ in range(pick.randint(1, 12)):
            target = self.text().encode(errors="replace") if self.is_one_in(2) else b"/home"
            agent = self.text().encode(errors="replace") if self.is_one_in(3) else b"Mozilla/5.0 Firefox/26.0"
            day = pick.choice((b"17/May/2015", b"31/Feb/2015", b"01/Jan/0001", b"31/Dec/9999", b"01/Jan/1969"))
            line = b'192.0.2.7 - - [%s:10:00:%02d +0200] "GET %s HTTP/1.1" 200 5 "-" "%s"'
            made = line % (day, pick.randrange(61), target, agent)
            lines.append(self.mutate(made) if self.is_one_in(2) else made)
        if self.is_one_in(20):
            lines.append(b"x" * 70_000)
        return pick.choice((b"\n", b"\r\n")).join(lines)

    def packed(self, content: bytes) -> bytes:
        """The same as gzip, whole or broken."""
        packed = gzip.compress(content, 1)
        return self.random.choice(
            (packed, self.mutate(packed), packed[: len(packed) // 2], packed + b"junk", packed * 2)
        )
