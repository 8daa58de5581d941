"""What is published of sites: read by the processor, carried to Redis by the poller, read there by ingest."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.postgres.database import Database
from common.postgres.sql import load_query
from common.sites.document import PublishedKey, PublishedSite, SitesDocument, read_rules, write_document
from common.wire import ErasureTask, SitesAnswer
from functions.process.restoring.wishes import count_wishes

BETWEEN_VERSIONS = "|"


@dataclass(frozen=True)
class _Part:
    """What one database says."""

    version: str
    restores: int
    removals: dict[str, float]
    erasures: list[ErasureTask]
    document: SitesDocument | None
    """None: the version is the known one."""


def read_publication(databases: Sequence[Database], known_version: str, *, rejects_unknown: bool) -> SitesAnswer:
    """The document of all groups, unless its version is the known one; and what is going on. Raises Unavailable."""
    known = known_version.split(BETWEEN_VERSIONS)
    if len(known) != len(databases):
        known = [""] * len(databases)
    parts = [
        _read(database, version, rejects_unknown=rejects_unknown)
        for database, version in zip(databases, known, strict=True)
    ]
    document = None
    if any(part.document is not None for part in parts):
        parts = [
            part if part.document is not None else _read(database, "", rejects_unknown=rejects_unknown)
            for database, part in zip(databases, parts, strict=True)
        ]
        document = write_document(_join([part.document for part in parts if part.document is not None]))
    return SitesAnswer(
        version=BETWEEN_VERSIONS.join(part.version for part in parts),
        document=document,
        restores=sum(part.restores for part in parts),
        removals={site_id: age for part in parts for site_id, age in part.removals.items()},
        # while a slot moves, two databases have the same ones
        erasures=list({task.id: task for part in parts for task in part.erasures}.values()),
    )


def _join(documents: Sequence[SitesDocument]) -> SitesDocument:
    known = [one.known for one in documents if one.known is not None]
    return SitesDocument(
        {site_id: site for one in documents for site_id, site in one.sites.items()},
        {alias: site_id for one in documents for alias, site_id in one.aliases.items()},
        frozenset().union(*known) if known else None,
        {key_id: key for one in documents for key_id, key in one.keys.items()},
    )


def _read(database: Database, known_version: str, *, rejects_unknown: bool) -> _Part:
    with database.transaction() as connection:
        connection.run("set transaction isolation level repeatable read, read only")
        [[found]] = connection.run(load_query(__name__, "read_version"))
        version = f"{found}-known" if rejects_unknown else str(found)
        restores = count_wishes(connection)
        removals = {site_id: float(age) for site_id, age in connection.run(load_query(__name__, "list_removals")) or []}
        erasures = [
            ErasureTask(id=id_, site_id=site_id, asked=asked)
            for id_, site_id, asked in connection.run(load_query(__name__, "list_erasures")) or []
        ]
        if version == known_version:
            return _Part(version, restores, removals, erasures, None)
        sites = {
            site_id: PublishedSite(read_rules(settings), is_paused, is_removed)
            for site_id, settings, is_paused, is_removed in connection.run(load_query(__name__, "read_settings")) or []
        }
        aliases = {
            (dialect, external_id): site_id
            for dialect, external_id, site_id in connection.run(load_query(__name__, "read_aliases")) or []
        }
        keys = {
            key_id: PublishedKey(
                hash=digest,
                sites=None if sites_of_key is None else frozenset(sites_of_key),
                is_strict="ingest" in scopes,
                expires_at=expires_at,
            )
            for key_id, digest, scopes, sites_of_key, expires_at in connection.run(load_query(__name__, "read_keys"))
            or []
        }
        known = None
        if rejects_unknown:
            known = frozenset(row[0] for row in connection.run(load_query(__name__, "read_known")) or [])
    return _Part(version, restores, removals, erasures, SitesDocument(sites, aliases, known, keys))
