"""What a click leads to, as PostHog's script tells it: the tracker of ours would send the same events."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from common.event import MAX_PROPERTY_BYTES
from functions.ingest.dialects.values import cut, read_text

FILES = frozenset({
    "pdf", "zip", "gz", "rar", "7z", "dmg", "exe", "msi", "apk", "iso", "doc", "docx", "xls", "xlsx", "ppt", "pptx",
    "csv", "txt", "epub", "mp3", "mp4", "mov", "avi", "mkv", "wav",
})  # fmt: skip
"""Extensions of what is downloaded, as the tracker of ours has them."""
_CHAIN_HREF = re.compile(r'attr__href="((?:[^"\\]|\\.)*)"')


def describe_click(properties: Mapping[str, Any]) -> tuple[str, dict[str, str]] | None:
    """The event and its properties: a link to another host, a link to a file, a form that is submitted; else None."""
    page = read_text(properties.get("$current_url")) or ""
    if properties.get("$event_type") == "submit":
        return "form_submit", {"url": _shorten(page)} if page else {}
    target = read_text(properties.get("$external_click_url")) or _find_link(properties)
    if not target:
        return None
    try:
        target = urljoin(page, target)
        parts, own = urlsplit(target), urlsplit(page)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    if parts.path.rpartition("/")[2].rpartition(".")[2].lower() in FILES and "." in parts.path:
        return "file_download", {"url": _shorten(target)}
    return ("outbound_link", {"url": _shorten(target)}) if parts.netloc != own.netloc else None


def _find_link(properties: Mapping[str, Any]) -> str:
    elements = properties.get("$elements")
    for element in elements if isinstance(elements, list) else ():
        if isinstance(element, dict) and (href := read_text(element.get("attr__href"))):
            return href
    found = _CHAIN_HREF.search(read_text(properties.get("$elements_chain")) or "")
    return found[1].replace('\\"', '"') if found else ""


def _shorten(url: str) -> str:
    """Without its query and fragment, which may hold secrets."""
    return cut(url.partition("#")[0].partition("?")[0], MAX_PROPERTY_BYTES)
