"""Browsers, systems and devices as other trackers call them, in the names that are derived from user agents here."""

import re
from functools import lru_cache

_VERSION = re.compile(r"[ /]v?\d[\d._]*$")
_BROWSERS = {
    "chrome": "Chrome", "crios": "Chrome Mobile iOS", "chrome ios": "Chrome Mobile iOS",
    "chrome mobile": "Chrome Mobile",
    "chromium": "Chromium", "chromium-webview": "Chrome Mobile WebView", "chrome webview": "Chrome Mobile WebView",
    "android webview": "Chrome Mobile WebView", "android": "Android", "android browser": "Android",
    "android mobile": "Android", "firefox": "Firefox", "fxios": "Firefox iOS", "firefox ios": "Firefox iOS",
    "firefox mobile": "Firefox Mobile", "mobile firefox": "Firefox Mobile", "safari": "Safari", "ios": "Mobile Safari",
    "mobile safari": "Mobile Safari", "safari (in-app)": "Mobile Safari UI/WKWebView",
    "ios-webview": "Mobile Safari UI/WKWebView", "edge": "Edge", "edge-chromium": "Edge", "microsoft edge": "Edge",
    "edge-ios": "Edge Mobile", "edge ios": "Edge Mobile", "opera": "Opera", "opera mini": "Opera Mini",
    "opera-mini": "Opera Mini", "opera mobile": "Opera Mobile", "opera touch": "Opera Touch", "ie": "IE",
    "internet explorer": "IE", "samsung": "Samsung Internet", "samsung internet": "Samsung Internet",
    "samsung browser": "Samsung Internet", "facebook": "Facebook", "facebook mobile": "Facebook",
    "instagram": "Instagram", "yandexbrowser": "Yandex Browser", "yandex browser": "Yandex Browser",
    "miui": "MiuiBrowser", "miui browser": "MiuiBrowser", "silk": "Amazon Silk", "amazon silk": "Amazon Silk",
    "duckduckgo privacy browser": "DuckDuckGo Mobile", "uc browser": "UC Browser", "vivaldi": "Vivaldi",
    "brave": "Brave",
}  # fmt: skip
_ON_ANDROID = {
    "Chrome": "Chrome Mobile", "Firefox": "Firefox Mobile", "Edge": "Edge Mobile", "Opera": "Opera Mobile",
}  # fmt: skip
_ON_IOS = {
    "Chrome": "Chrome Mobile iOS", "Firefox": "Firefox iOS", "Safari": "Mobile Safari", "Edge": "Edge Mobile",
}  # fmt: skip
_SYSTEMS = {
    "mac": "Mac OS X", "macos": "Mac OS X", "mac os": "Mac OS X", "mac os x": "Mac OS X", "macintosh": "Mac OS X",
    "os x": "Mac OS X", "windows": "Windows", "ios": "iOS", "ipados": "iOS", "android": "Android",
    "android os": "Android", "linux": "Linux", "gnu/linux": "Linux", "chrome os": "Chrome OS", "chromeos": "Chrome OS",
    "chromium os": "Chrome OS", "windows phone": "Windows Phone", "ubuntu": "Ubuntu", "fire os": "Android",
}  # fmt: skip
_WINDOWS = re.compile(r"windows (?:\d|xp|vista|nt|server|me|ce|2000)", re.IGNORECASE)
_DEVICES = {
    "desktop": "desktop", "laptop": "desktop", "mobile": "mobile", "smartphone": "mobile", "phablet": "mobile",
    "feature phone": "mobile", "tablet": "tablet", "tv": "tv", "smart tv": "tv", "smarttv": "tv", "console": "console",
}  # fmt: skip
_UNKNOWN = frozenset({"", "unknown", "(not set)", "unk", "other"})


@lru_cache(maxsize=1024)
def name_browser(given: str, system: str) -> str:
    """A browser's name without its version; one that is in no list stays as it is. `system` as here."""
    bare = _VERSION.sub("", given.strip())
    if bare.lower() in _UNKNOWN:
        return ""
    name = _BROWSERS.get(bare.lower(), bare)
    if system == "Android":
        return _ON_ANDROID.get(name, name)
    return _ON_IOS.get(name, name) if system == "iOS" else name


@lru_cache(maxsize=1024)
def name_system(given: str) -> str:
    """A system's name without its version."""
    if _WINDOWS.match(given):
        return "Windows"
    bare = _VERSION.sub("", given.strip())
    return "" if bare.lower() in _UNKNOWN else _SYSTEMS.get(bare.lower(), bare)


def name_device(given: str) -> str | None:
    """A kind of device; None if it is not known."""
    return _DEVICES.get(given.strip().lower())
