"""Redis's own clock, which gives entries their ids: the clock that all parts use."""

from common.redis.client import run_script
from common.redis.driver import Redis

MOST_DIFFERENCE_SECONDS = 60
"""How far another clock may be from it. A part whose own differs by more is not ready."""


def read_clock(redis: "Redis", key: str) -> int:
    """Milliseconds since 1970, of the server that has `key`. Raises what redis-py raises."""
    return int(run_script(redis, __name__, "clock", [key], []))


def describe_difference(part: str, seconds: float) -> str:
    """A sentence for people; `seconds`: how far the part's clock is ahead of Redis's, negative if behind."""
    where = "ahead of" if seconds > 0 else "behind"
    return f"The clock of {part} is {abs(seconds):,.0f} s {where} the queue's: set both right."
