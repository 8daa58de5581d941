"""What is no person's doing: crawlers, and referrers that are advertisements."""

from typing import Literal


def find_suspicion(user_agent: str, referrer: str | None) -> Literal["bot", "spam_referrer"] | None:
    """Why an event should be set aside, or None. `referrer`: a URL or `host/path`. No user agent is no bot."""
    raise NotImplementedError
