"""Known crawlers, by their user agents."""

from functools import lru_cache

from crawleruseragents import is_crawler


@lru_cache(maxsize=4096)  # the patterns take 80 µs an agent, and a log names few agents many times
def is_bot(agent: bytes) -> bool:
    """Whether the user agent is in the crawler-user-agents list, which the package of that name carries."""
    return bool(is_crawler(agent.decode(errors="replace")))
