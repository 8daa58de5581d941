"""Makes figures right that differ from the events: by hand-made changes, or by a fault of ours."""

from collections.abc import Callable, Iterable
from contextlib import closing

from common.postgres.database import Database
from common.postgres.sql import fill, load_query
from common.settings import Settings
from common.visits.fragments.attributes import ATTRIBUTES
from common.visits.fragments.engagement import ENGAGEMENT
from infra.verification.fragments import texts
from infra.verification.recount import TIMEOUT_SECONDS, Difference

REPAIR_LINKS = fill(load_query(__name__, "repair_links"), recount_visitors=texts.RECOUNT_VISITORS)
REPAIR_VISITS = fill(
    load_query(__name__, "repair_visits"),
    recount_visits=texts.RECOUNT_VISITS,
    recount_quarters=texts.RECOUNT_QUARTERS,
    **ATTRIBUTES,
    **ENGAGEMENT,
)
REBUILD_ROLLUPS = fill(
    load_query(__name__, "rebuild_rollups"),
    recount_visits=texts.RECOUNT_VISITS,
    recount_rollups=texts.RECOUNT_ROLLUPS,
    **ENGAGEMENT,
)
_ALL = {"since": None, "before": None}


def find_sites(differences: Iterable[Difference]) -> list[str]:
    """The sites whose figures differ, by id."""
    return sorted({difference.site_id for difference in differences})


def repair(settings: Settings, sites: Iterable[str], tell: Callable[[str], None] = lambda _: None) -> None:
    """Make all figures of these sites again from their events, each site in a transaction of its own.

    A site's new events wait in the queue while it is repaired; those of other sites are stored meanwhile. After an
    interruption the sites that `tell` was called with are right, and the others are as they were. Raises Unavailable.
    """
    database = Database(
        settings.database_url, connections=1, timeout_seconds=TIMEOUT_SECONDS, secret_arn=settings.database_secret_arn
    )
    with closing(database):
        for site_id in sites:
            _repair_site(database, site_id, settings.time_zone)
            tell(site_id)


def _repair_site(database: Database, site_id: str, time_zone: str) -> None:
    with database.transaction() as connection:
        connection.run("set local work_mem = '256MB'; set local jit = off; set local enable_nestloop = off")
        # who holds this lock alone writes what belongs to the site
        connection.run(load_query(__name__, "lock_site"), site_id=site_id, time_zone=time_zone)
        connection.run(load_query(__name__, "forget_figures"), site_id=site_id)
        connection.run(REPAIR_LINKS, site_id=site_id)
        connection.run(load_query(__name__, "repair_visitors"), site_id=site_id)
        connection.run(REPAIR_VISITS, site_id=site_id, **_ALL)
        connection.run(REBUILD_ROLLUPS, site_id=site_id, **_ALL)
        connection.run(load_query(__name__, "repair_days"), site_id=site_id)
        connection.run(load_query(__name__, "mark_changed"), site_id=site_id)
