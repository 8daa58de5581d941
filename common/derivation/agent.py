"""A browser, by its user agent."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from ua_parser import Domain
from ua_parser.loaders import load_lazy_builtins
from ua_parser.regex import Resolver

from common.derivation.text import shorten
from common.event import MAX_LABEL_BYTES

MAX_AGENT_LENGTH = 512

Device = Literal["desktop", "mobile", "tablet", "tv", "console", "other"]

# Plain alternatives, without `.*`: what a stranger sends must not cost milliseconds.
_TV = re.compile(
    r"smart-?_? ?tv|apple ?tv|google ?tv|android tv|hbbtv|netcast|web0s|bravia|roku|crkey|(?-i:\bAFT[A-Z]+\b)|vidaa"
    r"|viera|philipstv|inettvbrowser|opera tv|\btv safari|large screen|mibox|shield android",
    re.IGNORECASE,
)
_CONSOLE = re.compile(r"PlayStation|Xbox|Nintendo", re.IGNORECASE)
_HEADSET = re.compile(r"OculusBrowser|\bQuest\b|Wolvic")
# A Windows that tells of its "Tablet PC" is a desktop.
_TABLET = re.compile(r"iPad|PlayBook|Kindle|\bKF[A-Z]{2,5}\b|\bTablet\b(?! PC)|\bSM-[TX]\d|hp-tablet")
_MOBILE = re.compile(
    r"Mobi|iPhone|iPod|Android|Windows Phone|BlackBerry|BB10|Opera Mini|Symb|Series ?[46]0|webOS|Nokia|J2ME|MIDP"
    r"|UP\.Browser|KAIOS|UCWEB|DoCoMo|okhttp",
    re.IGNORECASE,
)
_DESKTOP = re.compile(r"Windows|Win(?:9[58]|32|64)|Macintosh|Mac OS|X11|Linux|CrOS|BSD|SunOS")


@dataclass(frozen=True, slots=True)
class Agent:
    """What a user agent says. What is unknown is None."""

    browser: str | None = None
    """ua-parser's name, such as Chrome, Chrome Mobile, Mobile Safari."""
    os: str | None = None
    device: Device | None = None


def read_agent(user_agent: str) -> Agent:
    """What a user agent says of itself; its first 512 characters are read. Never raises."""
    return _read(user_agent[:MAX_AGENT_LENGTH])


@lru_cache(maxsize=8192)
def _read(user_agent: str) -> Agent:
    text = shorten(user_agent, 4 * MAX_AGENT_LENGTH)
    if text is None:
        return Agent()
    found = load_resolver()(text, Domain.USER_AGENT | Domain.OS)
    return Agent(
        shorten(found.user_agent.family, MAX_LABEL_BYTES) if found.user_agent else None,
        shorten(found.os.family, MAX_LABEL_BYTES) if found.os else None,
        _find_device(text),
    )


def _find_device(text: str) -> Device:
    """The first kind that fits. Android's tablets are told by the word Mobile, which only its phones have."""
    if _TV.search(text):
        return "tv"
    if _CONSOLE.search(text):
        return "console"
    if _HEADSET.search(text):
        return "other"
    is_large_android = ("Android" in text or "Silk/" in text) and "Mobi" not in text and text.startswith("Mozilla/")
    if is_large_android or _TABLET.search(text):
        return "tablet"
    if _MOBILE.search(text):
        return "mobile"
    return "desktop" if _DESKTOP.search(text) else "other"


@cache
def load_resolver() -> Resolver:
    """ua-parser's engine (40 ms, 11 MB).

    Without its patterns of devices: they know models, not kinds, and cost five times the rest.
    """
    browsers, systems, _ = load_lazy_builtins()
    return Resolver((browsers, systems, []))
