"""What is published of sites: read by the processor, carried to Redis by the poller, read there by ingest."""

from typing import Any

from common.postgres.database import Database
from common.postgres.sql import load_query
from common.sites.document import PublishedKey, PublishedSite, SitesDocument, read_rules, write_document
from common.wire import ErasureTask, SitesAnswer
from functions.process.restoring.wishes import count_wishes


def read_publication(database: Database, known_version: str, rejects_unknown: bool) -> SitesAnswer:
    """The document, unless its version is the known one; and the sites that are being deleted. Raises Unavailable."""
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
        common: dict[str, Any] = {
            "version": version, "removals": removals, "restores": restores, "erasures": erasures,
        }  # fmt: skip
        if version == known_version:
            return SitesAnswer(**common)
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
    document = write_document(SitesDocument(sites, aliases, known, keys))
    return SitesAnswer(**common, document=document)
