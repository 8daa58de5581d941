"""Names known crawlers by the user agent. Only for what is known to be a bot: the names alone say little."""

import csv
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import cast

from common.crawler import Crawler, Purpose
from common.derivation.bots import MAX_AGENT_LENGTH


def find_crawler(user_agent: str) -> Crawler | None:
    """The crawler of the list that a bot's user agent names; None if it names none."""
    return _find(user_agent[:MAX_AGENT_LENGTH])


@lru_cache(maxsize=2048)
def _find(user_agent: str) -> Crawler | None:
    crawlers, tokens = load_crawlers()
    found = tokens.search(user_agent)
    return crawlers[found[1].lower()] if found else None


@cache
def load_crawlers() -> tuple[dict[str, Crawler], re.Pattern[str]]:
    """Read crawlers.csv: the crawlers by token in lower case, and what finds a token as a word of its own."""
    text = files("common.derivation").joinpath("crawlers.csv").read_text(encoding="utf-8")
    crawlers = {
        row["token"].lower(): Crawler(name=row["name"], operator=row["operator"], purpose=cast(Purpose, row["purpose"]))
        for row in csv.DictReader(text.splitlines())
    }
    tokens = sorted(crawlers, key=len, reverse=True)  # Googlebot-Image before Googlebot
    any_token = "|".join(map(re.escape, tokens))
    return crawlers, re.compile(rf"(?<![0-9A-Za-z_-])({any_token})(?![0-9A-Za-z_])", re.IGNORECASE)
