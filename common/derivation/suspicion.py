"""Recognises events that no person caused: crawlers, programs, and referrer spam."""

from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from common.derivation.bots import MAX_AGENT_LENGTH, is_bot
from common.derivation.referral import read_referrer


def find_suspicion(user_agent: str, referrer: str | None) -> Literal["bot", "spam_referrer"] | None:
    """Why an event should be set aside, or None. `referrer`: a URL or `host/path`. No user agent is no bot."""
    if is_bot(user_agent):
        return "bot"
    return "spam_referrer" if referrer and _is_spam(referrer[:MAX_AGENT_LENGTH]) else None


@lru_cache(maxsize=4096)
def _is_spam(referrer: str) -> bool:
    host, _ = read_referrer(referrer if "://" in referrer else f"http://{referrer}")
    spammers = load_spammers()
    while host:
        if host in spammers:
            return True
        host = host.partition(".")[2]
    return False


@cache
def load_spammers() -> frozenset[str]:
    """Read referrer-spam.txt."""
    return read_spammers(files("common.derivation").joinpath("referrer-spam.txt").read_text(encoding="utf-8"))


def read_spammers(text: str) -> frozenset[str]:
    """The domains of a list: one a line, in any case; empty lines and those that begin with # do not count."""
    lines = (line.strip().lower() for line in text.splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))
