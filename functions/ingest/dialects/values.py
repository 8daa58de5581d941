"""Other trackers' values, brought into the bounds of ours. What is cut or left out is named."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from common.errors import Fault
from common.event import MAX_NAME_BYTES, MAX_PROPERTIES, MAX_PROPERTY_BYTES, MAX_PROPERTY_NAME_BYTES, MAX_USER_BYTES
from common.incoming_event import MAX_EXACT_FLOAT, IncomingRevenue

MAX_LOOKED_AT = 1_000
"""Values of an event's properties that are looked at, of which the first few are kept."""
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
MAX_DEPTH = 5
"""Levels of an object that become names such as `cart.total`; what is deeper is kept as JSON."""


def clean(text: str) -> str:
    """A text without what can't be stored: U+0000 and lone surrogates."""
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    return text.replace("\0", "").encode(errors="ignore").decode()


def cut(text: str, most: int) -> str:
    """The first `most` bytes of a text, whole characters only."""
    text = clean(text)
    if len(text) * 4 <= most:
        return text
    return text.encode()[:most].decode(errors="ignore")


def read_text(value: Any) -> str | None:
    """A text that says something; a number as it is spelled; else None."""
    if isinstance(value, str):
        return (value if value.isascii() and "\0" not in value else clean(value)) or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return json.dumps(value)
    return None


def read_name(value: Any, losses: list[Fault]) -> str | None:
    """What happened, cut to what an event_type holds."""
    return _cut_named(value, MAX_NAME_BYTES, "/event_type", losses)


def read_user(value: Any, losses: list[Fault]) -> str | None:
    """Who did it, cut to what a user_id holds."""
    return _cut_named(value, MAX_USER_BYTES, "/user_id", losses)


def _cut_named(value: Any, most: int, pointer: str, losses: list[Fault]) -> str | None:
    if isinstance(value, str) and 0 < len(value) <= most and value.isascii() and "\0" not in value:
        return value  # most are so
    text = read_text(value)
    if text is None:
        return None
    kept = cut(text, most)
    if len(kept) < len(text):
        losses.append(Fault(f"It has over {most} bytes, so its end is cut.", pointer))
    return kept


def read_props(given: Mapping[Any, Any], losses: list[Fault]) -> dict[str, Any]:
    """An object's values by name, those of inner objects as `outer.inner`, within the bounds of `props`."""
    props: dict[str, Any] = {}
    if not given:
        return props
    is_cut = False
    left = iter(range(MAX_LOOKED_AT))
    for name, value in _flatten(given, "", 1, left):
        kept_name, kept = cut(name, MAX_PROPERTY_NAME_BYTES), _bound(value)
        if not kept_name or kept is None or kept == "":
            continue
        if len(props) == MAX_PROPERTIES and kept_name not in props:
            losses.append(Fault(f"There are over {MAX_PROPERTIES}; the first ones are kept.", "/props"))
            return props
        is_cut = is_cut or kept_name != name or kept != value
        props[kept_name] = kept
    if next(left, None) is None:
        losses.append(Fault(f"There are over {MAX_LOOKED_AT:,} names; the first ones are read.", "/props"))
    if is_cut:
        words = f"Names are cut to {MAX_PROPERTY_NAME_BYTES} bytes, and texts to {MAX_PROPERTY_BYTES:,}."
        losses.append(Fault(words, "/props"))
    return props


def _flatten(given: Mapping[Any, Any], outer: str, depth: int, left: Iterator[int]) -> Iterator[tuple[str, Any]]:
    """`left`: of the names that are looked at, those that are left."""
    for name, _ in zip(given, left, strict=False):
        value = given[name]
        if isinstance(value, dict) and depth < MAX_DEPTH:
            yield from _flatten(value, f"{outer}{name}.", depth + 1, left)
        elif isinstance(value, list | dict):
            yield f"{outer}{name}", _spell(value) if value else None
        else:
            yield f"{outer}{name}", value


def _spell(value: Any) -> str:
    """A list or an object as JSON, as far as it is kept."""
    text = ""
    try:
        for part in _JSON.iterencode(value):
            text += part
            if len(text) > MAX_PROPERTY_BYTES:
                break
    except RecursionError:  # it is so deep that its beginning is all brackets
        pass
    return text


def _bound(value: Any) -> Any:
    if isinstance(value, str):
        return cut(value, MAX_PROPERTY_BYTES)
    if isinstance(value, float) and not -MAX_EXACT_FLOAT < value < MAX_EXACT_FLOAT:
        return json.dumps(value)
    if isinstance(value, int) and abs(value) >= 10 ** (MAX_PROPERTY_BYTES - 1):
        return None
    return value


def read_revenue(amount: Any, currency: Any, losses: list[Fault]) -> dict[str, Any] | None:
    """What was earned, where it can be read; else its loss is noted."""
    if amount is None and currency is None:
        return None
    code = currency.strip().upper() if isinstance(currency, str) else currency
    if isinstance(amount, str):
        amount = amount.strip()
    try:
        IncomingRevenue.model_validate({"amount": amount, "currency": code})
    except ValidationError:
        losses.append(Fault('Expected an amount and a currency of ISO 4217, such as 12.3 and "EUR".', "/revenue"))
        return None
    return {"amount": amount, "currency": code}


def read_page(url: str) -> dict[str, str]:
    """A page's `url`, or its `path` where it is not on the web (an app's `app://shop/cart`) or has no host."""
    text = clean(url).strip()
    if text[:7].lower() == "http://" or text[:8].lower() == "https://":
        return {"url": text}
    scheme, separator, rest = text.partition("://")
    if separator and scheme.replace("+", "").replace("-", "").replace(".", "").isalnum():
        text = "/" + rest.partition("/")[2]
    return {"path": text if text.startswith("/") else f"/{text}"}


def find_forwarded(hops: str) -> str | None:
    """The first address of an X-Forwarded-For."""
    for hop in hops.split(","):
        try:
            return str(ip_address(hop.strip()))
        except ValueError:
            continue
    return None


def derive_id(content: Any, seen: dict[str, int]) -> str:
    """An id that the same content has whenever it is sent again; of equal contents in a request, each has its own.

    `seen`: how often each content was in the request so far.
    """
    text = json.dumps(content, sort_keys=True)
    seen[text] = number = seen.get(text, 0) + 1
    return str(UUID(bytes=hashlib.blake2b(f"{number} {text}".encode(), digest_size=16).digest()))
