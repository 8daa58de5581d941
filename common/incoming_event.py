"""The event as a client sends it: its fields, and what each of them may hold."""

import re
from decimal import Decimal
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
from common.event import (
    MAX_PROPERTIES,
    MAX_PROPERTY_BYTES,
    PAGE_VIEW,
    RFC3339,
    STORABLE,
    Name,
    Path,
    PropertyName,
    User,
    at_most,
)

MAX_BODY_BYTES = 1 << 20
MAX_EVENTS = 1_000
"""What one request may bring."""

MAX_GIVEN_BYTES = 8_000
"""Of a text that is only read, or stored cut: a browser's longest header field is about that long."""

AMOUNT = r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$"
LANGUAGE = r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3})?$"
SCREEN = r"^([0-9]{1,5}x[0-9]{1,5})?$"
REFERRER = r"^([A-Za-z][A-Za-z0-9+.-]*://[^\x00]*)?$"
_PROPERTY_WORDS = (
    f"Expected a string of at most {MAX_PROPERTY_BYTES:,} bytes without U+0000, a number, true, false or null"
)
_AMOUNT_WORDS = 'Expected a decimal number of at most 15 digits and 4 decimals, such as 12.3 or "12.30"'


def _read_address(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError('Expected an IPv4 or IPv6 address, such as "203.0.113.7"') from None
    return str((address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address)


def _read_amount(given: object) -> str:
    """An amount as the decimal that it is stored as: a number has no trailing zeros to keep."""
    text = given if isinstance(given, str) else ""
    if isinstance(given, float) or (isinstance(given, int) and abs(given) < 10**15 and not isinstance(given, bool)):
        text = format(Decimal(repr(given)), "f")
    if not re.fullmatch(AMOUNT, text):
        raise ValueError(_AMOUNT_WORDS)
    return text


def _property_schema(_: Any, __: Any) -> core_schema.CoreSchema:
    text = core_schema.str_schema(strict=True, max_length=MAX_PROPERTY_BYTES, pattern=STORABLE)
    kinds: list[core_schema.CoreSchema | tuple[core_schema.CoreSchema, str]] = [
        core_schema.bool_schema(strict=True),
        core_schema.int_schema(strict=True, gt=-(10**18), lt=10**18),
        core_schema.float_schema(strict=True, allow_inf_nan=False),
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
Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_GIVEN_BYTES, pattern=STORABLE),
    AfterValidator(at_most(MAX_GIVEN_BYTES)),
]
Referrer = Annotated[
    str,
    StringConstraints(max_length=MAX_GIVEN_BYTES, pattern=REFERRER),
    AfterValidator(at_most(MAX_GIVEN_BYTES)),
]
Property = Annotated[
    bool | int | float | str | None,
    GetPydanticSchema(_property_schema),
    WithJsonSchema(
        {"type": ["string", "number", "boolean", "null"], "maxLength": MAX_PROPERTY_BYTES, "pattern": STORABLE}
    ),
]
Amount = Annotated[str, PlainValidator(_read_amount), WithJsonSchema({"type": ["string", "number"], "pattern": AMOUNT})]


class IncomingRevenue(BaseModel):
    """What an event brought in, as a client sends it; the amount is read as a decimal."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    amount: Amount = Field(description="A decimal, as a string or a number: 15 digits and 4 decimals at most.")
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$"), AfterValidator(check_currency)] = Field(
        description="ISO 4217, in capitals, such as EUR."
    )


class IncomingEvent(BaseModel):
    """An event as a client sends it (the JSON object of POST /event)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    site_id: Name = Field(description="The site that the event belongs to, 1 to 64 bytes.")
    event_type: Name | None = Field(PAGE_VIEW, description="What happened, 1 to 64 bytes.")
    path: Path | None = Field(
        None, description="The page, 1 to 2,000 bytes; a page view needs it, or `url` in its place."
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
        None, description="The page's URL, in place of `path`: host, path and campaign (utm_*) are taken from it."
    )
    referrer: Referrer | None = Field(
        None, description="The URL that the visitor came from (document.referrer); kept without its query."
    )
    title: Given | None = Field(None, description="The page's title, cut to 500 bytes.")
    language: Annotated[str, StringConstraints(max_length=35, pattern=LANGUAGE)] | None = Field(
        None, description="The visitor's language (navigator.language), such as en-GB; default: from Accept-Language."
    )
    screen: Annotated[str, StringConstraints(pattern=SCREEN)] | None = Field(
        None, description="The screen's width and height, such as 1920x1080."
    )
    props: Annotated[dict[PropertyName, Property], Field(max_length=MAX_PROPERTIES)] | None = Field(
        None, description="Anything else worth counting by: at most 30 names of 1 to 64 bytes, each with a value."
    )
    revenue: IncomingRevenue | None = Field(None, description="What the event brought in.")
    user_agent: Given | None = Field(
        None, description="From a server: the visitor's User-Agent. Browser and device are read from it; it is dropped."
    )
    ip: Annotated[str, StringConstraints(max_length=64), AfterValidator(_read_address)] | None = Field(
        None, description="From a server: the visitor's address. The country is read from it; it is dropped."
    )
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$"), AfterValidator(check_country)] | None = Field(
        None, description="From a server: the visitor's country in place of `ip`, ISO 3166 alpha-2, such as DE."
    )
