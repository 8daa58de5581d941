"""A site's settings as one model, for all parts: their bounds, and messages that say what would be right."""

import re
from ipaddress import ip_network
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from common.errors import Fault, InvalidInput

MAX_ITEMS = 100
MAX_GLOB_LENGTH = 200
MAX_NAME_LENGTH = 100
MAX_RETENTION_DAYS = 36_500
MAX_TOTAL_LENGTH = 16_000
"""Characters of all texts of a site's rules: thousands of sites fit into what ingest holds in memory."""

COUNTRY_FORM = "should be a country code of ISO 3166 alpha-2 in capitals, such as DE"
_HOST = re.compile(r"[a-z0-9_*?-]+(\.[a-z0-9_*?-]+)*|\[?[0-9a-f:]+\]?")


def check_network(text: str) -> str:
    """An address or a network, in its usual form."""
    try:
        network = ip_network(text.strip())
        return str(network.network_address if network.num_addresses == 1 else network)
    except ValueError:
        pass
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError("should be an address or a network, such as 203.0.113.9 or 203.0.113.0/24") from None
    raise ValueError(f"has bits set beyond its length: {network} is the network")


def check_country(code: str) -> str:
    """A code of a country. Whether it exists is not asked: a code that does not blocks nobody."""
    if not re.fullmatch("[A-Z]{2}", code):
        raise ValueError(COUNTRY_FORM)
    return code


def check_path(glob: str) -> str:
    """A glob of paths."""
    if not 1 <= len(glob) <= MAX_GLOB_LENGTH or glob[0] not in "/*?" or "\0" in glob:
        raise ValueError(f"should be a path of at most {MAX_GLOB_LENGTH} characters, such as /admin/* (* is anything)")
    return glob


def check_host(glob: str) -> str:
    """A host name or a glob of them, in lower case and Punycode."""
    host = glob.strip().lower().removesuffix(".")
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        host = ""
    if not _HOST.fullmatch(host) or len(host) > MAX_GLOB_LENGTH:
        raise ValueError("should be a host name without scheme, port and path, such as shop.example or *.shop.example")
    return host.strip("[]")


def check_parameter(name: str) -> str:
    """The name of a query parameter."""
    if not re.fullmatch(r"[^\x00-\x20&=#%+]{1,64}", name):
        raise ValueError("should be a query parameter's name of 1 to 64 characters, such as page")
    return name


def check_currency(code: str) -> str:
    """A currency's code, in form."""
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError("should be a code of ISO 4217 in capitals, such as EUR")
    return code


def check_name(name: str) -> str:
    """What a site is called."""
    name = name.strip()
    if len(name) > MAX_NAME_LENGTH or re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", name):
        raise ValueError(f"should be a text of at most {MAX_NAME_LENGTH} characters on one line")
    return name


def _without_repeats(items: list[str]) -> list[str]:
    return list(dict.fromkeys(items))


_most, _once = Field(max_length=MAX_ITEMS), AfterValidator(_without_repeats)
Networks = Annotated[list[Annotated[str, AfterValidator(check_network)]], _most, _once]
Countries = Annotated[list[Annotated[str, AfterValidator(check_country)]], _most, _once]
Paths = Annotated[list[Annotated[str, AfterValidator(check_path)]], _most, _once]
Hosts = Annotated[list[Annotated[str, AfterValidator(check_host)]], _most, _once]
Parameters = Annotated[list[Annotated[str, AfterValidator(check_parameter)]], _most, _once]


class SiteRules(BaseModel):
    """A site's settings: what ingest does with its events. The defaults change nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    blocked_addresses: Networks = Field([], description="Visitors' addresses and networks: their events are set aside.")
    blocked_countries: Countries = Field([], description="Visitors' countries: their events are set aside.")
    blocked_paths: Paths = Field([], description="Globs of paths: events on them are set aside.")
    blocked_hostnames: Hosts = Field([], description="Globs of the page's host: events on them are set aside.")
    accepted_hostnames: Hosts = Field(
        [],
        description="Globs of the page's host: events on any other known host are set aside; none: all are accepted.",
    )
    kept_query_parameters: Parameters = Field([], description="Query parameters of a url that stay part of the path.")
    bots: Literal["filter", "count"] = Field("filter", description="Whether known bots are set aside or counted.")
    do_not_track: Literal["default", "honour", "ignore"] = Field(
        "default", description="DNT: 1 and Sec-GPC: 1 of a browser; default: as HONOUR_DO_NOT_TRACK says."
    )
    retention_days: Annotated[int, Field(ge=1, le=MAX_RETENTION_DAYS)] | None = Field(
        None, description="How many days are kept, with all their figures; null: for ever."
    )

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        lists = (value for value in self.__dict__.values() if isinstance(value, list))
        if sum(len(text) for texts in lists for text in texts) > MAX_TOTAL_LENGTH:
            raise ValueError(
                f"the texts of a site's settings should have at most {MAX_TOTAL_LENGTH:,} characters in all"
            )
        return self

    def changes(self) -> dict[str, Any]:
        """The settings that are not the defaults, as JSON."""
        return self.model_dump(exclude_defaults=True)


NO_RULES = SiteRules()


def refuse(error: ValidationError, pointer: str = "") -> InvalidInput:
    """A problem that names each field and what would be right."""
    faults = tuple(
        Fault(_say(fault), pointer + "".join(f"/{part}" for part in fault["loc"]))
        for fault in error.errors(include_input=False, include_url=False)[:MAX_ITEMS]
    )
    return InvalidInput("The site's settings are not valid.", faults[:20])


def _say(fault: Any) -> str:
    words = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        words = f"there is no such setting; the settings are {', '.join(SiteRules.model_fields)}"
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")
