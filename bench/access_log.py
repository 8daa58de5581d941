"""A log of the combined format to import, the same one each time."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

_AGENTS = Path(__file__).parents[1] / "tests/data/browsers.tsv"
_FIRST = datetime(2025, 5, 17, tzinfo=UTC)
_VISITORS, _PAGES, _ASSETS = 40_000, 2_000, 300
_REFERRERS = ("-", "https://www.example.com/", "https://www.google.com/", "https://news.example.org/item?id=1")


def write_log(path: Path, lines: int, pages_of_ten: int) -> int:
    """Write the log; returns how many of its lines are page views. Three days, 40,000 visitors, a thousand agents."""
    views = 0
    with path.open("wb") as file:
        for line, is_page in _make_lines(lines, pages_of_ten):
            views += is_page
            file.write(line)
    return views


def _make_lines(count: int, pages_of_ten: int) -> Iterator[tuple[bytes, bool]]:
    chance = random.Random(18)
    agents = [line.split("\t")[-1] for line in _AGENTS.read_text(encoding="utf-8").splitlines() if "Mozilla" in line]
    visitors = [
        (f"198.{18 + number % 2}.{number // 256 % 256}.{number % 256}", chance.choice(agents))
        for number in range(_VISITORS)
    ]
    for number in range(count):
        moment = _FIRST + timedelta(seconds=number * 3 * 86_400 / count)
        address, agent = chance.choice(visitors)
        is_page = chance.randrange(10) < pages_of_ten
        target = (
            f"/articles/{int(chance.paretovariate(0.6)) % _PAGES}"
            if is_page
            else f"/static/{chance.randrange(_ASSETS)}.js"
        )
        yield (
            (
                f'{address} - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "GET {target} HTTP/1.1" 200 5123'
                f' "{chance.choice(_REFERRERS)}" "{agent}"\n'
            ).encode(),
            is_page,
        )
