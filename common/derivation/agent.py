"""Finds browser, system and device from a user agent."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from ua_parser import Domain
from ua_parser.loaders import load_lazy_builtins
from ua_parser.regex import Resolver
from ua_parser_rs import UserAgentExtractor

from common.derivation.text import shorten
from common.event import MAX_LABEL_BYTES

MAX_AGENT_LENGTH = 512

Device = Literal["desktop", "mobile", "tablet", "tv", "console", "other"]

_TV = (
    r"(?i:(?:^|[^a-z\d])(?:mi|opera|net|a|c|i)?-?tv(?:[^a-z\d]|$))",
    r"(?i:(?:android|smart|google|apple|fire|philips|lg|sony)-?_? ?tv|tv-?_?box|mitv)",
    r"(?i:hbbtv|netcast|web0s|webos\.tv|bravia|roku|crkey|vidaa|\bviera|\btivo\b|vizio|sonydtv|dtv_|dtv/|inettvbrowser)",
    r"(?i:large screen|nexus player|shield android|freebox|\bstb|settop|\bvms\d|, vms|maple[_ ]?\d|vstvb)",
    r"(?i:mi ?box|(?:[ _-]|android|smart|open)box\b|xgimi|movix|minix|\bneo-[ux])",
    r"; (?:AFT[A-Z0-9]+\b|YNDX-000\d|A95X|H96|X96|T95|TX\d\b|MXQ|[FHU]\d\d[A-Z]\d{3})|LED\d\d|[Ss]hell[ _](?:LC|T\d|V)",
    r"Android [\d.]+; (?:\w+[ _-])?(?:LD-?|H-?|STV_?)?"
    r"(?:22|24|28|32|39|4[0235689]|5[0158]|6[05]|7[057]|8[256]|98)[A-Z]{1,5}\d{2}",
)
"""Words for TV sets and boxes: Amazon's models, models by size and series, and platforms that makers share."""
# Plain alternatives, without `.*`: what a stranger sends must not cost milliseconds.
_CONSOLE = re.compile(r"PlayStation|Xbox|Nintendo|SteamDeck|\bPS[345P]\b|;ps[345];|\bOUYA\b", re.IGNORECASE)
_HEADSET = re.compile(r"OculusBrowser|\bQuest\b|Wolvic")
# A Windows that tells of its "Tablet PC" is a desktop.
_TABLET = re.compile(
    r"iPad|PlayBook|Kindle|\bKF[A-Z]{2,5}\b|[Tt]ablet\b(?! PC)|\bSM-[TX]\d|MediaPad|MatePad|\bMi ?Pad|\b[Pp]ad \d"
    r"|Tab(?:[ _/)]|$)|\b[Tt][Aa][Bb][ _-]?\w{0,3}\d|\bTB-?[X\d]\d{3}|/apad\b"
)
_MOBILE = re.compile(
    r"Mobi|\(Phone;|iPhone|iPod|Android|Windows Phone|BlackBerry|BB10|Opera Mini|Symb|Series ?[46]0|webOS|Nokia|J2ME"
    r"|MIDP|UP\.Browser|KAIOS|UCWEB|DoCoMo|okhttp",
    re.IGNORECASE,
)
_LAPTOP = re.compile(r"\((?:PC|2in1); ?(?:Open)?Harmony|Chromebook")
_DESKTOP = re.compile(
    r"Windows|Win(?:9[58]|32|64)|Macintosh|Mac OS|X11|Linux|CrOS|BSD|SunOS"
    r"|OS X|OSX/|macOS|Amiga|MorphOS|BeOS|Haiku|CYGWIN|OS/2|Darwin/[\d.]+ \((?:x86|i386)"
)


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
    """The first kind that fits. An Android without the word Mobile is a tablet."""
    if _CONSOLE.search(text):
        return "console"
    if load_sets().extract(text):
        return "tv"
    if _HEADSET.search(text):
        return "other"
    if _LAPTOP.search(text):
        return "desktop"
    is_large_android = ("Android" in text or "Silk/" in text) and "Mobi" not in text and text.startswith("Mozilla/")
    if is_large_android or _TABLET.search(text):
        return "tablet"
    if _MOBILE.search(text):
        return "mobile"
    return "desktop" if _DESKTOP.search(text) else "other"


@cache
def load_sets() -> UserAgentExtractor:
    """The words for sets, in ua-parser's engine: `re` takes 80 µs for them."""
    return UserAgentExtractor((word, "tv", None, None, None, None) for word in _TV)


@cache
def load_resolver() -> Resolver:
    """ua-parser's engine (40 ms, 11 MB).

    Without its patterns of devices: they know models, not kinds, and cost five times the rest.
    """
    browsers, systems, _ = load_lazy_builtins()
    return Resolver((browsers, systems, []))
