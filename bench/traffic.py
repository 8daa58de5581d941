"""Events as a site gets them: visits, paths by Pareto, browsers and countries in skewed shares. All by seed."""

import base64
import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

GENERATOR = 2
"""Grows when the same seed gives other events: data sets are made anew then."""

PATHS = 5_000
AGENTS = 4_000
USERS_PER_MILLION = 40_000
DERIVED_SHARE = 0.24
"""Of visits: with ids that live a day, they are 60 % of all visitors; users with an id come back."""
EVENTS_A_VISIT = (1, 2, 3, 4, 5, 7, 10, 14)
EVENTS_SHARES = (45, 18, 11, 8, 6, 6, 4, 2)
MEAN_EVENTS = sum(n * share for n, share in zip(EVENTS_A_VISIT, EVENTS_SHARES, strict=True)) / sum(EVENTS_SHARES)
MEAN_GAP_SECONDS = 45
LONGEST_GAP_SECONDS = 1_700
DAYS = 365
FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)
SITE = "year"
PLAIN_SITES = 20
PLAIN_USERS_PER_MILLION = 100_000

_BROWSERS = {
    ("Chrome", "Windows", "desktop"): 24, ("Chrome", "Android", "mobile"): 26, ("Safari", "iOS", "mobile"): 20,
    ("Safari", "macOS", "desktop"): 7, ("Edge", "Windows", "desktop"): 8, ("Firefox", "Windows", "desktop"): 4,
    ("Firefox", "Linux", "desktop"): 2, ("Chrome", "macOS", "desktop"): 4, ("Samsung Internet", "Android", "mobile"): 3,
    ("Safari", "iPadOS", "tablet"): 2,
}  # fmt: skip
_SCREENS = ("1920x1080", "390x844", "393x873", "1536x864", "1366x768", "2560x1440", "1440x900", "412x915", "820x1180")
_LANGUAGES = ("en-us", "de-de", "en-gb", "fr-fr", "es-es", "ja-jp", "pt-br", "it-it", "nl-nl", "pl-pl", "zh-cn")
_COUNTRIES = (
    "US", "DE", "GB", "FR", "JP", "BR", "ES", "IT", "NL", "PL", "CA", "AU", "IN", "KR", "CN", "SE", "CH", "AT", "BE",
    "MX", "TR", "ID", "AR", "ZA", "DK", "NO", "FI", "PT", "CZ", "IE", "RO", "HU", "GR", "UA", "NZ", "SG", "TW", "HK",
    "TH", "VN", "PH", "MY", "CL", "CO", "PE", "EG", "MA", "NG", "KE", "SA", "AE", "IL", "BG", "RS", "HR", "SK",
)  # fmt: skip
_SOURCES = {
    ("google.com/", "Google", "search"): 36, ("", "", "direct"): 30, ("bing.com/", "Bing", "search"): 5,
    ("chatgpt.com/", "ChatGPT", "ai_assistant"): 4, ("news.ycombinator.com/item", "Hacker News", "social"): 5,
    ("reddit.com/r/{n}", "Reddit", "social"): 6, ("t.co/{n}", "X", "social"): 4,
    ("blog-{n}.example.org/post", "blog-{n}.example.org", "referral"): 10,
}  # fmt: skip


def make_paths(draw: random.Random, count: int) -> list[str]:
    """Pages by Pareto: a few that everybody reads, and a long tail."""
    return [f"/p/{min(int(draw.paretovariate(0.8)), PATHS)}" for _ in range(count)]


def to_event_id(bits: int) -> str:
    """128 bits as a UUID."""
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@cache
def make_agents() -> list[str]:
    """What is derived of a client, as JSON members; a visitor keeps one."""
    draw, agents = random.Random(7), []
    for browser, system, device in draw.choices(list(_BROWSERS), list(_BROWSERS.values()), k=AGENTS):
        country = _COUNTRIES[min(int(draw.paretovariate(0.7)) - 1, len(_COUNTRIES) - 1)]
        place = min(int(draw.paretovariate(0.6)), 20)
        fields = {
            "country": country, "region": f"{country} region {place // 4}", "city": f"{country} city {place}",
            "browser": browser, "os": system, "device": device,
            "language": _LANGUAGES[min(int(draw.paretovariate(0.8)) - 1, len(_LANGUAGES) - 1)],
            "screen": draw.choice(_SCREENS),
        }  # fmt: skip
        agents.append(_members(fields))
    return agents


@cache
def make_sources() -> list[str]:
    """Where a visit comes from, as JSON members."""
    draw, sources = random.Random(8), []
    for referrer, source, channel in draw.choices(list(_SOURCES), list(_SOURCES.values()), k=1_000):
        number = min(int(draw.paretovariate(0.7)), 200)
        fields = {"referrer": referrer.format(n=number), "source": source.format(n=number), "channel": channel}
        if draw.random() < 0.08:
            fields |= {"channel": "email", "utm_source": "letter", "utm_medium": "email"}
            fields |= {"utm_campaign": f"week {draw.randint(1, 52)}", "utm_content": draw.choice("ab")}
        sources.append(_members({name: value for name, value in fields.items() if value}))
    return sources


def make_visit(
    draw: random.Random, site: str, start: datetime, visitor: str, agent: str
) -> Iterator[tuple[datetime, str]]:
    """The events of a visit, each with its time; `visitor`: a JSON member."""
    at, source = start, draw.choice(make_sources())
    [count] = draw.choices(EVENTS_A_VISIT, EVENTS_SHARES)
    for path in make_paths(draw, count):
        members = _kind(draw)
        event = (
            f'{{"site_id":"{site}",{members},"path":"{path}",{visitor}"timestamp":"{at:%Y-%m-%dT%H:%M:%S.%f}Z",'
            f'"event_id":"{to_event_id(draw.getrandbits(128))}",{_page(path)},{source},{agent}}}'
        )
        yield at, event
        source = '"channel":"internal"'
        at += timedelta(seconds=min(draw.expovariate(1 / MEAN_GAP_SECONDS), LONGEST_GAP_SECONDS))


def make_day(millions: float, day: int) -> list[str]:
    """The events of a day (0 is the first) of a year that has so many millions, in order of time."""
    draw = random.Random(f"{GENERATOR}/{millions:g}/{day}")
    visits = round(millions * 1e6 / DAYS / MEAN_EVENTS)
    users = max(1, round(millions * USERS_PER_MILLION))
    begins, agents, derived = FIRST_DAY + timedelta(days=day), make_agents(), [""]
    events: list[tuple[datetime, str]] = []
    for _ in range(visits):
        start = begins + timedelta(seconds=draw.triangular(0, 86_399, 61_200))
        if draw.random() < DERIVED_SHARE:
            name = draw.choice(derived) if draw.random() < 0.25 else ""
            if not name:
                name = base64.urlsafe_b64encode(draw.randbytes(12)).decode()
                derived.append(name)
            visitor, agent = f'"visitor_id":"{name}",', agents[hash_name(name) % AGENTS]
        else:
            user = int(users * draw.random() ** 1.3)
            visitor, agent = f'"user_id":"user-{user}",', agents[user * 7919 % AGENTS]
        events += make_visit(draw, SITE, start, visitor, agent)
    return [event for _, event in sorted(events)]


def make_plain(millions: float, site: int, first: int, until: int, visits: int = 0) -> list[str]:
    """The plain page views of one of 20 sites on some days of a year that has so many millions, in order of time.

    `visits`: on each day, where that is not the set's own number; its people are.
    """
    draw = random.Random(f"{GENERATOR}/{millions:g}/{site}/{first}")
    visits = visits or round(millions * 1e6 / DAYS / PLAIN_SITES / MEAN_EVENTS)
    users = max(1, round(millions * PLAIN_USERS_PER_MILLION / PLAIN_SITES))
    views = []
    for day in range(first, until):
        for count in draw.choices(EVENTS_A_VISIT, EVENTS_SHARES, k=visits):
            at, user = day * 86_400_000 + int(draw.triangular(0, 86_399_000, 61_200_000)), int(users * draw.random())
            for path in make_paths(draw, count):
                views.append((at, user, path))
                at += 1_000 + int(min(draw.expovariate(1 / MEAN_GAP_SECONDS), LONGEST_GAP_SECONDS - 1) * 1_000)
    return [
        f'{{"site_id":"plain-{site}","event_type":"page_view","path":"{path}","user_id":"u{user}",'
        f'"timestamp":"{to_time(at)}","event_id":"{to_event_id(draw.getrandbits(128))}"}}'
        for at, user, path in sorted(views)
    ]


def make_live(count: int, day: int = 300) -> list[str]:
    """About so many plain page views of 20 sites on one day, three a visit, in order of time: live traffic."""
    visits = round(count / PLAIN_SITES / MEAN_EVENTS)
    views = [view for site in range(PLAIN_SITES) for view in make_plain(1, site, day, day + 1, visits)]
    return sorted(views, key=lambda view: str(json.loads(view)["timestamp"]))


def to_time(milliseconds: int) -> str:
    """Since the first day's begin; strftime takes several times as long."""
    days, rest = divmod(milliseconds, 86_400_000)
    seconds, thousandths = divmod(rest, 1_000)
    minutes, seconds = divmod(seconds, 60)
    return f"{_name_day(days)}T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{thousandths:03}Z"


@cache
def _name_day(day: int) -> str:
    return f"{FIRST_DAY + timedelta(days=day):%Y-%m-%d}"


def hash_name(name: str) -> int:
    """The same in every process, unlike hash()."""
    return int.from_bytes(name.encode()[-4:], "big")


def _kind(draw: random.Random) -> str:
    """Event type with its properties, as JSON members."""
    chance = draw.random()
    if chance < 0.92:
        author = f',"props":{{"author":"author {draw.randint(1, 50)}"}}' if chance < 0.15 else ""
        return f'"event_type":"page_view"{author}'
    if chance < 0.97:
        return f'"event_type":"click","props":{{"target":"button {draw.randint(1, 20)}"}}'
    plan = f'"props":{{"plan":"{draw.choice(("free", "team", "firm"))}"}}'
    if chance < 0.99:
        return f'"event_type":"signup",{plan}'
    amount = f"{draw.randint(100, 99_900) / 100:.2f}"
    return (
        f'"event_type":"purchase",{plan},"revenue":{{"amount":"{amount}","currency":"{draw.choice(("EUR", "USD"))}"}}'
    )


def _page(path: str) -> str:
    return f'"hostname":"www.example.com","title":"Page {path[3:]}"'


def _members(fields: dict[str, str]) -> str:
    return json.dumps(fields, separators=(",", ":"))[1:-1]


def make_queue(
    count: int, sites: int = 20, users: int = 200_000, *, rich: bool = False, seed: int = 1
) -> Sequence[str]:
    """Events of one day, of many sites and users, in no order, as they are queued; `rich`: with every field."""
    draw, day = random.Random(seed), datetime(2025, 11, 12, tzinfo=UTC)
    agents, sources, events = make_agents(), make_sources(), []
    for path in make_paths(draw, count):
        user = draw.randrange(users)
        at = day + timedelta(milliseconds=draw.randrange(86_400_000))
        kind, more = '"event_type":"page_view"', ""
        if rich:
            kind = _kind(draw)
            more = f",{_page(path)},{draw.choice(sources)},{agents[user % AGENTS]}"
        events.append(
            f'{{"site_id":"site-{draw.randrange(sites)}",{kind},"path":"{path}","user_id":"u{user}",'
            f'"timestamp":"{at:%Y-%m-%dT%H:%M:%S.%f}Z","event_id":"{to_event_id(draw.getrandbits(128))}"{more}}}'
        )
    return events
