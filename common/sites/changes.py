"""The changes that can be made to a site, as HTTP and the command line give them."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from common.event import Name
from common.sites.alias import MAX_ALIASES, check_alias
from common.sites.rules import Hosts, SiteRules, check_currency, check_name, refuse
from common.time_zone import check_time_zone


class GivenAlias(BaseModel):
    """Another tracker's id."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    dialect: str
    external_id: str


class SiteValues(BaseModel):
    """What may be set of any site. Fields that are absent stay as they are."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Annotated[str, AfterValidator(check_name)] | None = None
    hostnames: Hosts | None = None
    currency: Annotated[str, AfterValidator(check_currency)] | None = None
    is_public: bool | None = None
    is_paused: bool | None = None
    settings: dict[str, Any] | None = None
    """Those to change; null: back to the default."""
    aliases: Annotated[list[GivenAlias], Field(max_length=MAX_ALIASES)] | None = None
    """In place of those that the site has."""

    def list_aliases(self) -> list[tuple[str, str]]:
        """Each once. Raises InvalidInput for one that can't be."""
        return sorted({check_alias(alias.dialect, alias.external_id) for alias in self.aliases or ()})


class SiteChanges(SiteValues):
    """What may be changed of a site that there is."""

    time_zone: Annotated[str, AfterValidator(check_time_zone)] = ""
    """Whose days count; empty: as it was."""


class NewSite(SiteValues):
    """A site that is to be made."""

    site_id: Name
    time_zone: str | None = None

    def without_key(self) -> SiteValues:
        """What is set beside its id and time zone."""
        return SiteValues.model_construct(
            self.model_fields_set - {"site_id", "time_zone"},
            **{name: getattr(self, name) for name in SiteValues.model_fields},
        )


def read_changes(content: Any) -> SiteChanges:
    """Raises InvalidInput, which names each field and what would be right."""
    try:
        return SiteChanges.model_validate(content)
    except ValidationError as error:
        raise refuse(error) from None


def read_new_site(content: Any) -> NewSite:
    """Raises InvalidInput, which names each field and what would be right."""
    try:
        return NewSite.model_validate(content)
    except ValidationError as error:
        raise refuse(error) from None


def merge_rules(stored: Mapping[str, Any], given: Mapping[str, Any]) -> SiteRules:
    """A site's settings with some changed; null: the default. Raises InvalidInput."""
    merged = {name: value for name, value in {**stored, **given}.items() if value is not None}
    try:
        return SiteRules.model_validate(merged)
    except ValidationError as error:
        raise refuse(error, "/settings") from None
