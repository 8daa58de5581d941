"""A browser, by its user agent."""

from dataclasses import dataclass
from typing import Literal

Device = Literal["desktop", "mobile", "tablet", "tv", "console", "other"]


@dataclass(frozen=True, slots=True)
class Agent:
    """What a user agent says. What is unknown is None."""

    browser: str | None = None
    os: str | None = None
    device: Device | None = None


def read_agent(user_agent: str) -> Agent:
    """What a user agent says of itself; its first 512 bytes are read. Never raises."""
    raise NotImplementedError
