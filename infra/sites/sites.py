"""Changes the time zones of sites."""

from contextlib import closing

from common.errors import AnalyticsError, StoreRejected
from common.postgres.database import Database
from common.postgres.sql import fill, load_query
from common.settings import Settings
from infra.verification.fragments import texts

REBUILD_VISITS = fill(load_query(__name__, "rebuild_visits"), recount_visits=texts.RECOUNT_VISITS)
REBUILD_ROLLUPS = fill(
    load_query(__name__, "rebuild_rollups"), recount_visits=texts.RECOUNT_VISITS, recount_rollups=texts.RECOUNT_ROLLUPS
)

REBUILD_TIMEOUT_SECONDS = 3_600


def set_time_zone(settings: Settings, site_id: str, time_zone: str) -> bool:
    """Change a site's time zone and rebuild its figures in one transaction; False if it already has that zone.

    New events of the site wait in the queue meanwhile, about 30 s per million stored events.
    Raises Unavailable, or AnalyticsError if the site does not exist or the database does not know the zone.
    """
    database = Database(
        settings.database_url, connections=1, timeout_seconds=REBUILD_TIMEOUT_SECONDS,
        secret_arn=settings.database_secret_arn,
    )  # fmt: skip
    with closing(database):
        try:
            with database.transaction() as connection:
                connection.run("set local work_mem = '256MB'; set local jit = off; set local enable_nestloop = off")
                known = connection.run(load_query(__name__, "lock_site"), site_id=site_id)
                if not known:
                    raise AnalyticsError(f"there is no site {site_id} yet (see: analytics sites list)")
                if known == [[time_zone]]:
                    return False
                connection.run(load_query(__name__, "set_time_zone"), site_id=site_id, time_zone=time_zone)
                connection.run(load_query(__name__, "forget_figures"), site_id=site_id)
                connection.run(REBUILD_VISITS, site_id=site_id)
                connection.run(REBUILD_ROLLUPS, site_id=site_id)
        except StoreRejected as error:
            raise AnalyticsError(f"the database knows no time zone {time_zone}") from error
    return True
