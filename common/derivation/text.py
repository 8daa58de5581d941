"""Texts from outside, made fit to be stored."""


def shorten(text: str, max_bytes: int) -> str | None:
    """The text without U+0000 and space around it, cut at a character to `max_bytes` of UTF-8; None if nothing is left.

    What is no Unicode (a lone surrogate) is left out, too.
    """
    text = text.replace("\0", "").strip()
    if not text.isascii():
        return text.encode(errors="ignore")[:max_bytes].decode(errors="ignore").rstrip() or None
    return text[:max_bytes].rstrip() or None
