"""The event as a client sends it: its fields, and what each of them may hold.

Fields that only describe a page or its visitor are read leniently, because a page can't change what its browser says.
Such a field never costs the event: if it can't be read, it becomes `Unreadable`.
"""

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from ipaddress import IPv6Address, ip_address
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import core_schema

from common.derivation.codes import check_country, check_currency
from common.derivation.url import cut_path
from common.event import (
    ENGAGEMENT,
    MAX_ENGAGED_MS,
    MAX_PATH_BYTES,
    MAX_PROPERTIES,
    MAX_PROPERTY_BYTES,
    PAGE_VIEW,
    RFC3339,
    STORABLE,
    Name,
    PropertyName,
    User,
    at_most,
)
from common.unreadable import Unreadable, leniently

MAX_BODY_BYTES = 1 << 20
MAX_EVENTS = 1_000
"""What one request may bring."""

MAX_GIVEN_BYTES = 8_000
"""Of a user agent in the body: a browser's longest header field is about that long."""
MAX_LANGUAGE_LENGTH = 64
MAX_EXACT_FLOAT = 2**53
"""From here on a floating-point number may stand for several that were sent."""

AMOUNT = r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$"
LANGUAGE = r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?$"
SCREEN = r"^([0-9]{1,5}x[0-9]{1,5})?$"
REFERRER = r"^([A-Za-z][A-Za-z0-9+.-]*://[^\x00]*)?$"
COUNTRY = r"^[A-Z]{2}$"
_PROPERTY_WORDS = (
    f"Expected a string of at most {MAX_PROPERTY_BYTES:,} bytes without U+0000, a number, true, false or null;"
    f" an integer of at most {MAX_PROPERTY_BYTES:,} digits, or a number with a point or an exponent below 2^53"
    " (beyond, its digits would be lost: send a string)"
)
_AMOUNT_WORDS = 'Expected a decimal number of at most 15 digits and 4 decimals, such as 12.3 or "12.30"'
_PATH_WORDS = f"The path is over {MAX_PATH_BYTES:,} bytes, so its end is cut."
_REFERRER_WORDS = 'Expected an absolute URL, such as "https://www.example.org/page".'
_TITLE_WORDS = "Expected a string; U+0000 and lone surrogates can't be stored and are left out."
_LANGUAGE_WORDS = 'Expected a language tag, such as "en-GB".'
_SCREEN_WORDS = 'Expected width and height, such as "1920x1080".'
_COUNTRY_WORDS = 'Expected ISO 3166 alpha-2 in capitals, such as "DE".'


_BEFORE_QUERY = re.compile("[^?#]*")


def _read_address(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError('Expected an IPv4 or IPv6 address, such as "203.0.113.7"') from None
    return str((address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address)


def _read_amount(given: object) -> str:
    """An amount as the decimal that it is stored as: a number has no trailing zeros to keep.

    A text says what is meant. A number was computed, and 3 * 1.1 is 3.3000000000000003: it is rounded to 4 decimals.
    """
    text = given if isinstance(given, str) else ""
    if isinstance(given, float) and math.isfinite(given):
        text = _round(Decimal(repr(given)))
    elif isinstance(given, int) and abs(given) < 10**15 and not isinstance(given, bool):
        text = str(given)
    if not re.fullmatch(AMOUNT, text):
        raise ValueError(_AMOUNT_WORDS)
    return text


def _round(amount: Decimal) -> str:
    if abs(amount) >= 10**15 or amount == round(amount, 4):
        return format(amount, "f")
    rounded = format(amount.quantize(Decimal("0.0001"), ROUND_HALF_UP), "f").rstrip("0").rstrip(".")
    return "0" if rounded == "-0" else rounded


def _cut_long_path(path: str) -> str:
    """Cut what precedes the query: of that, little is stored, and its campaign is read first."""
    if len(path) * 4 <= MAX_PATH_BYTES:
        return path
    bare = _BEFORE_QUERY.match(path)[0]  # type: ignore[index]  # it matches any text
    if len(bare.encode()) <= MAX_PATH_BYTES:
        return path
    whole = bare.encode()[:MAX_PATH_BYTES].decode(errors="ignore")
    return Unreadable(cut_path(bare, len(whole)) + path[len(bare) :], _PATH_WORDS)


def _lose(why: str) -> Callable[[object], Unreadable]:
    """How to replace a field whose value is wholly unreadable."""
    unread = Unreadable("", why)
    return lambda _: unread


def _mend_referrer(given: object) -> Unreadable:
    """Never empty: there was a referrer, though it is unknown which. That is not a direct visit."""
    is_text = isinstance(given, str) and re.fullmatch("[^\\x00\\ud800-\\udfff]+", given)
    return Unreadable(str(given) if is_text else "?", _REFERRER_WORDS)


def _mend_title(given: object) -> Unreadable:
    kept = given.replace("\0", "").encode(errors="ignore").decode() if isinstance(given, str) else ""
    return Unreadable(kept, _TITLE_WORDS)


def _mend_country(given: object) -> Unreadable:
    if isinstance(given, str) and re.fullmatch(COUNTRY, given):
        try:
            check_country(given)
        except ValueError as error:
            return Unreadable("", f"{error}.")
    return Unreadable("", _COUNTRY_WORDS)


def _read_duration(given: object) -> int:
    """Milliseconds: a browser's clock has fractions of them. More than the most is cut."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < math.inf:
        raise ValueError("Expected milliseconds, a number from 0")
    return min(round(given), MAX_ENGAGED_MS)


def _read_percent(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < math.inf:
        raise ValueError("Expected percent, a number from 0 to 100")
    return min(round(given), 100)


def _property_schema(_: Any, __: Any) -> core_schema.CoreSchema:
    text = core_schema.str_schema(strict=True, max_length=MAX_PROPERTY_BYTES, pattern=STORABLE)
    kinds: list[core_schema.CoreSchema | tuple[core_schema.CoreSchema, str]] = [
        core_schema.bool_schema(strict=True),
        core_schema.int_schema(strict=True, gt=-(10 ** (MAX_PROPERTY_BYTES - 1)), lt=10**MAX_PROPERTY_BYTES),
        core_schema.float_schema(strict=True, allow_inf_nan=False, gt=-MAX_EXACT_FLOAT, lt=MAX_EXACT_FLOAT),
        core_schema.no_info_after_validator_function(at_most(MAX_PROPERTY_BYTES), text),
        core_schema.none_schema(),
    ]
    return core_schema.union_schema(
        kinds, mode="left_to_right", custom_error_type="property", custom_error_message=_PROPERTY_WORDS
    )


Given = Annotated[
    str,
    StringConstraints(max_length=MAX_GIVEN_BYTES, pattern=STORABLE),
    AfterValidator(at_most(MAX_GIVEN_BYTES)),
]
Path = Annotated[str, StringConstraints(min_length=1, pattern=STORABLE), AfterValidator(_cut_long_path)]
Url = Annotated[str, StringConstraints(min_length=1, pattern=STORABLE)]
Referrer = Annotated[
    str,
    StringConstraints(pattern=REFERRER),
    leniently(_mend_referrer),
    WithJsonSchema({"type": "string"}),
]
Title = Annotated[str, StringConstraints(pattern=STORABLE), leniently(_mend_title), WithJsonSchema({"type": "string"})]
Language = Annotated[
    str,
    StringConstraints(max_length=MAX_LANGUAGE_LENGTH, pattern=LANGUAGE),
    leniently(_lose(_LANGUAGE_WORDS)),
    WithJsonSchema({"type": "string", "maxLength": MAX_LANGUAGE_LENGTH, "pattern": LANGUAGE}),
]
Screen = Annotated[
    str,
    StringConstraints(pattern=SCREEN),
    leniently(_lose(_SCREEN_WORDS)),
    WithJsonSchema({"type": "string", "pattern": SCREEN}),
]
Country = Annotated[
    str,
    StringConstraints(pattern=COUNTRY),
    AfterValidator(check_country),
    leniently(_mend_country),
    WithJsonSchema({"type": "string", "pattern": COUNTRY}),
]
Property = Annotated[
    bool | int | float | str | None,
    GetPydanticSchema(_property_schema),
    WithJsonSchema(
        {"type": ["string", "number", "boolean", "null"], "maxLength": MAX_PROPERTY_BYTES, "pattern": STORABLE}
    ),
]
Duration = Annotated[int, PlainValidator(_read_duration), WithJsonSchema({"type": "number", "minimum": 0})]
Percent = Annotated[int, PlainValidator(_read_percent), WithJsonSchema({"type": "number", "minimum": 0})]
Amount = Annotated[str, PlainValidator(_read_amount), WithJsonSchema({"type": ["string", "number"], "pattern": AMOUNT})]


class IncomingRevenue(BaseModel):
    """What an event brought in, as a client sends it; the amount is read as a decimal."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    amount: Amount = Field(
        description="A decimal, as a string or a number: 15 digits and 4 decimals; a number is rounded to them."
    )
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$"), AfterValidator(check_currency)] = Field(
        description="ISO 4217, in capitals, such as EUR."
    )


class IncomingEvent(BaseModel):
    """An event as a client sends it (the JSON object of POST /event)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    site_id: Name = Field(description="The site that the event belongs to, 1 to 64 bytes.")
    event_type: Name | None = Field(PAGE_VIEW, description="What happened, 1 to 64 bytes.")
    path: Path | None = Field(
        None, description="The page, cut to 2,000 bytes and without its query; a page view needs it, or `url`."
    )
    user_id: User | None = Field(
        None, description="Who did it, 1 to 256 bytes. Without it a visitor is told by address and browser, for a day."
    )
    timestamp: Annotated[str, StringConstraints(pattern=RFC3339)] | None = Field(
        None, description="When it happened: RFC 3339 with an offset, cut to microseconds; default: now."
    )
    event_id: UUID | None = Field(
        None,
        strict=False,
        description="Makes a retry count once. Needs a timestamp beside it, or must be a UUIDv7.",
    )
    url: Url | None = Field(
        None,
        description="The page's URL, in place of `path`: host, path and campaign (utm_*) are taken from it, of 65,536"
        " characters at most.",
    )
    referrer: Referrer | None = Field(
        None, description="The URL that the visitor came from (document.referrer); kept without its query."
    )
    title: Title | None = Field(None, description="The page's title, cut to 500 bytes.")
    language: Language | None = Field(
        None, description="The visitor's language (navigator.language), such as en-GB; default: from Accept-Language."
    )
    screen: Screen | None = Field(None, description="The screen's width and height, such as 1920x1080.")
    props: Annotated[dict[PropertyName, Property], Field(max_length=MAX_PROPERTIES)] | None = Field(
        None, description="Anything else worth counting by: at most 30 names of 1 to 64 bytes, each with a value."
    )
    revenue: IncomingRevenue | None = Field(None, description="What the event brought in.")
    interactive: bool | None = Field(True, description="false: the event counts, and ends no bounce.")
    engaged_ms: Duration | None = Field(
        None,
        description=f"Of an `{ENGAGEMENT}` alone: how long the page was looked at since the report before, in"
        " milliseconds, an hour at most.",
    )
    scroll_depth: Percent | None = Field(
        None, description=f"Of an `{ENGAGEMENT}` alone: percent of the page that was seen so far in this page view."
    )
    scroll_depth_before: Percent | None = Field(
        None,
        description="`scroll_depth` of the report before in the same page view; absent in the first one.",
    )
    user_agent: Given | None = Field(
        None, description="From a server: the visitor's User-Agent. Browser and device are read from it; it is dropped."
    )
    ip: Annotated[str, StringConstraints(max_length=64), AfterValidator(_read_address)] | None = Field(
        None, description="From a server: the visitor's address. The country is read from it; it is dropped."
    )
    country: Country | None = Field(
        None, description="From a server: the visitor's country in place of `ip`, ISO 3166 alpha-2, such as DE."
    )
