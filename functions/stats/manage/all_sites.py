"""The sites of all groups."""

from collections.abc import Collection

from common.errors import Unavailable
from common.groups.databases import Databases
from common.sites.directory import SiteDirectory, SiteRecord


def list_everywhere(databases: Databases, site_ids: Collection[str] | None = None) -> tuple[list[SiteRecord], bool]:
    """Sites, by id, and whether these are all: False if a group did not answer. None: all sites.

    A site that is being moved is in two groups: it counts where the map has it. Raises Unavailable if none answers.
    """
    found: list[SiteRecord] = []
    failures: list[Unavailable] = []
    for group, database in databases.groups.items():
        try:
            records = SiteDirectory(database).list(site_ids)
            found += [record for record in records if databases.find_group(record.site_id) == group]
        except Unavailable as error:
            failures.append(error)
    if len(failures) == len(databases.groups):
        raise failures[0]
    return sorted(found, key=lambda record: record.site_id), not failures
