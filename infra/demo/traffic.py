"""The demo's events, day by day. A day's events depend on its date alone: made again, they have the same ids."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from infra.demo.catalogue import (
    APP_HOST,
    BOTS,
    CAMPAIGNS,
    COUNTRIES,
    ELSEWHERE,
    FILES,
    HOST,
    LANDINGS,
    LANGUAGES,
    MACHINES,
    NEXT,
    PLANS,
    PRICES,
    REFERRERS,
    Machine,
    Weighted,
)

Event = dict[str, Any]

VISITS_A_DAY = 330
_RETURNING = 0.22
_BY_HOUR = tuple(accumulate((2, 1, 1, 1, 2, 3, 5, 8, 12, 15, 16, 15, 14, 15, 16, 16, 15, 13, 11, 10, 9, 8, 6, 4)))


def list_days(today: date, days: int) -> list[date]:
    """The UTC days that a demo covers, today the last."""
    return [today - timedelta(days=back) for back in reversed(range(days))]


def make_day(site_id: str, day: date) -> Iterator[Event]:
    """A day's events. The same ones whenever they are made, whatever day it is."""
    chance = random.Random(f"{site_id} {day.isoformat()}")  # noqa: S311 - no secret depends on it
    number = 0
    for visit in range(count_visits(day, chance)):
        for event in _make_visit(site_id, day, visit, chance):
            yield _name(event, site_id, day, number)
            number += 1
    for event in _make_noise(site_id, day, chance):
        yield _name(event, site_id, day, number)
        number += 1


def count_visits(day: date, chance: random.Random) -> int:
    """How many visits a day has: fewer at weekends, a slow rise and fall, now and then an article that is passed on."""
    season = 1 + 0.18 * math.sin(day.toordinal() / 19) + 0.0012 * (day.toordinal() % 365)
    week = (1.08, 1.14, 1.12, 1.06, 0.92, 0.58, 0.62)[day.weekday()]
    spike = 2.1 if chance.random() < 0.03 else 1.0
    return round(VISITS_A_DAY * season * week * spike * chance.uniform(0.9, 1.1))


@dataclass(frozen=True)
class _Visitor:
    user_id: str
    country: str
    machine: Machine

    def describe(self, site_id: str) -> Event:
        language = LANGUAGES.get(self.country, "en-US")
        screen, agent = self.machine.screen, self.machine.user_agent
        known: Event = {"site_id": site_id, "user_id": self.user_id, "country": self.country}
        return known | {"language": language, "screen": screen, "user_agent": agent}


def _make_visit(site_id: str, day: date, visit: int, chance: random.Random) -> Iterator[Event]:
    visitor = _meet(day, visit, chance)
    at = _choose_time(day, chance)
    path = _draw(LANDINGS, chance)
    campaign = _draw(CAMPAIGNS, chance)
    referrer = "" if campaign else _draw(REFERRERS, chance)
    for page in range(1 + min(int(chance.expovariate(0.62)), 14)):
        host = APP_HOST if path.startswith("/docs/") else HOST
        query = f"?{campaign}" if campaign and page == 0 else ""
        view = {"event_type": "page_view", "url": f"https://{host}{path}{query}", "timestamp": _write(at)}
        yield visitor.describe(site_id) | view | ({"referrer": referrer} if referrer else {})
        for event in _act(path, chance):
            at += timedelta(seconds=chance.uniform(2, 25))
            there = {"url": f"https://{host}{path}", "timestamp": _write(at)}
            yield visitor.describe(site_id) | there | event
        seconds = min(8 + chance.expovariate(1 / 50), 900)
        at += timedelta(seconds=seconds)
        yield (
            visitor.describe(site_id)
            | {"url": f"https://{host}{path}", "timestamp": _write(at)}
            | _read(seconds, chance)
        )
        referrer = f"https://{host}{path}"
        path = _draw(NEXT.get(path, ELSEWHERE), chance)


def _meet(day: date, visit: int, chance: random.Random) -> _Visitor:
    """Somebody new, or somebody who came on one of the days before."""
    is_known = chance.random() < _RETURNING
    seed = f"{day - timedelta(days=chance.randint(1, 9))} {chance.randint(0, 120)}" if is_known else f"{day} {visit}"
    own = random.Random(seed)  # noqa: S311 - no secret depends on it
    [machine] = own.choices(MACHINES, [one.weight for one in MACHINES])
    return _Visitor(f"visitor-{uuid5(NAMESPACE_URL, seed).hex[:12]}", _draw(COUNTRIES, own), machine)


def _act(path: str, chance: random.Random) -> Iterator[Event]:
    """What else happens on a page."""
    if path == "/welcome":
        plan = _draw(PLANS, chance)
        yield {"event_type": "signup", "props": {"plan": plan, "variant": chance.choice(("A", "B"))}}
        if chance.random() < 0.35:
            price = {"amount": PRICES[plan], "currency": "EUR"}
            yield {"event_type": "purchase", "props": {"plan": plan}, "revenue": price}
    elif path.startswith("/docs/") and chance.random() < 0.12:
        yield {"event_type": "file_download", "props": {"file": _draw(FILES, chance)}}
    elif path.startswith("/blog/") and chance.random() < 0.1:
        yield {"event_type": "newsletter_signup", "props": {"variant": chance.choice(("A", "B"))}}
    elif chance.random() < 0.03:
        yield {"event_type": "outbound_link", "props": {"link": "https://github.com/demo/demo"}}


def _read(seconds: float, chance: random.Random) -> Event:
    """How long a page was looked at, of so many seconds, and how far it was scrolled: further the longer."""
    depth = min(100, round(20 + 30 * math.log10(seconds) + chance.uniform(-15, 25)))
    engaged_ms = round(1000 * seconds * chance.uniform(0.4, 0.95))
    return {"event_type": "engagement", "engaged_ms": engaged_ms, "scroll_depth": depth}


def _make_noise(site_id: str, day: date, chance: random.Random) -> Iterator[Event]:
    """Bots and spam: what a site gets and should not count."""
    for _ in range(chance.randint(20, 60)):
        page = {"url": f"https://{HOST}{_draw(LANDINGS, chance)}", "user_agent": chance.choice(BOTS)}
        yield {"site_id": site_id, "timestamp": _write(_choose_time(day, chance)), **page}
    for _ in range(chance.randint(0, 6)):
        spam = {"url": f"https://{HOST}/", "referrer": "https://semalt.com/", "user_agent": MACHINES[0].user_agent}
        yield {"site_id": site_id, "timestamp": _write(_choose_time(day, chance)), **spam}


def _name(event: Event, site_id: str, day: date, number: int) -> Event:
    return event | {"event_id": str(uuid5(NAMESPACE_URL, f"demo {site_id} {day.isoformat()} {number}"))}


def _choose_time(day: date, chance: random.Random) -> datetime:
    [hour] = chance.choices(range(24), cum_weights=_BY_HOUR)
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC) + timedelta(seconds=chance.uniform(0, 3600))


def _draw(weighted: Weighted, chance: random.Random) -> str:
    [drawn] = chance.choices([value for value, _ in weighted], [weight for _, weight in weighted])
    return drawn


def _write(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
