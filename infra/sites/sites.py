"""Changes the time zones of sites."""

from contextlib import closing

from common.errors import AnalyticsError, StoreRejected
from common.groups.databases import list_settings
from common.postgres.database import Database
from common.settings import Settings
from infra.every_group import open_databases
from infra.sites.time_zone_change import TimeZoneChange

REBUILD_TIMEOUT_SECONDS = 3_600


def open_database(settings: Settings, timeout_seconds: float = REBUILD_TIMEOUT_SECONDS) -> Database:
    """One connection, on which a step may take its time."""
    return Database(
        settings.database_url, connections=1, timeout_seconds=timeout_seconds,
        secret_arn=settings.database_secret_arn,
    )  # fmt: skip


def set_time_zone(settings: Settings, site_id: str, time_zone: str) -> bool:
    """Change a site's time zone and rebuild its figures, in short steps; False if it already has that zone.

    New events of the site are counted between the steps. If it is interrupted, the next call goes on.
    Raises Unavailable, or AnalyticsError if the site does not exist or the database does not know the zone.
    """
    with open_databases(settings) as databases:
        own = list_settings(settings)[databases.find_group(site_id)]
    with closing(open_database(own)) as database:
        try:
            return TimeZoneChange(database, site_id).change_to(time_zone)
        except StoreRejected as error:
            raise AnalyticsError(f"the database knows no time zone {time_zone}") from error
