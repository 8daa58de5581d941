"""The document in which sites' settings reach ingest: made by the processor, kept in Redis, read by ingest.

A JSON object: `v` (its form), `sites` (settings by site id, of those that differ from the defaults), `aliases`
(`<dialect> <external id>` to a site id), `keys` (with which events may speak for others), and `known` (all site ids,
where unknown ones are rejected; else null).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from common.sites.rules import NO_RULES, SiteRules

FORM = 1


@dataclass(frozen=True)
class PublishedSite:
    """What ingest knows of a site."""

    rules: SiteRules = NO_RULES
    is_paused: bool = False
    is_removed: bool = False
    """It is being deleted."""


class PublishedKey(BaseModel):
    """What ingest knows of a key with which events may speak for others."""

    model_config = ConfigDict(frozen=True)

    hash: str
    """SHA-256, in hexadecimal."""
    sites: frozenset[str] | None = None
    """None: all of them."""
    is_strict: bool = False
    """Whether what a page is forgiven costs an event: not an importer's, which can't mend its log."""
    expires_at: AwareDatetime | None = None


@dataclass(frozen=True)
class SitesDocument:
    """What ingest knows of all sites."""

    sites: Mapping[str, PublishedSite] = field(default_factory=dict)
    aliases: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(dialect, external id) to a site's id."""
    known: frozenset[str] | None = None
    """All sites; None where unknown ones are accepted too."""
    keys: Mapping[str, PublishedKey] = field(default_factory=dict)
    """By public id."""


def write_document(document: SitesDocument) -> str:
    """Its text, the same for the same content."""
    sites = {site_id: _write_site(site) for site_id, site in sorted(document.sites.items())}
    return json.dumps(
        {
            "v": FORM,
            "sites": {site_id: content for site_id, content in sites.items() if content},
            "aliases": {
                f"{dialect} {external}": site for (dialect, external), site in sorted(document.aliases.items())
            },
            "keys": {key_id: _write_key(key) for key_id, key in sorted(document.keys.items())},
            "known": None if document.known is None else sorted(document.known),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def read_document(text: str | bytes) -> SitesDocument:
    """The document in a text. Raises ValueError for one of another form, so that the last one known stays in force.

    A setting that this version does not know costs its site that setting alone.
    """
    content = json.loads(text)
    if not isinstance(content, dict) or content.get("v") != FORM:
        raise ValueError(f"the sites' document has another form than {FORM}")
    known = content.get("known")
    return SitesDocument(
        {site_id: _read_site(site) for site_id, site in content["sites"].items()},
        dict(_read_aliases(content["aliases"])),
        None if known is None else frozenset(known),
        {key_id: PublishedKey.model_validate(key) for key_id, key in content.get("keys", {}).items()},
    )


def _write_site(site: PublishedSite) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if changes := site.rules.changes():
        content["settings"] = changes
    if site.is_paused:
        content["paused"] = True
    if site.is_removed:
        content["removed"] = True
    return content


def _write_key(key: PublishedKey) -> dict[str, Any]:
    content = key.model_dump(mode="json", exclude_defaults=True)
    return content if key.sites is None else {**content, "sites": sorted(key.sites)}


def _read_site(content: Mapping[str, Any]) -> PublishedSite:
    rules = read_rules(content.get("settings", {}))
    return PublishedSite(rules, bool(content.get("paused")), bool(content.get("removed")))


def _read_aliases(aliases: Mapping[str, str]) -> Iterable[tuple[tuple[str, str], str]]:
    for name, site_id in aliases.items():
        dialect, _, external_id = name.partition(" ")
        yield (dialect, external_id), site_id


def read_rules(settings: Mapping[str, Any]) -> SiteRules:
    """A site's stored settings, without those that this version can't read: a newer one may have written them."""
    try:
        return SiteRules.model_validate(settings)
    except ValidationError as error:
        wrong = {str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}
        if not wrong:
            return NO_RULES
        return read_rules({name: value for name, value in settings.items() if name not in wrong})
