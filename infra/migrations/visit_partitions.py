"""Turns visits into a table with a partition for each month, as events are, while processors keep writing it.

No visit is moved. The table that was there becomes the partition of all months up to the newest that there is; later
months get their own, from `make_events_partition`. That the old table holds nothing later is checked beside the
writers; only the swap locks them out, for some milliseconds.

Until the swap all is as before, so an interruption costs nothing: the next run begins anew.
"""

import time

from common.postgres.database import LOCK_TIMEOUT, Database, find_sqlstate
from common.postgres.driver import Connection, DatabaseError
from common.postgres.sql import load_query
from infra.migrations.event_indexes import LOCK_TIMEOUT_MS

_LOCK = 7_201_001
"""What make_events_partition locks: while we have it, no month is made, and so no visit of a later month comes."""
_PAUSE_SECONDS = 0.5


def partition_visits(database: Database) -> None:
    """Do it, unless it is done. Raises Unavailable."""
    with database.session() as connection:
        connection.run("set timezone = 'UTC'")
        connection.run("select set_config('lock_timeout', :most, false)", most=str(LOCK_TIMEOUT_MS))
        while not _is_done(connection):
            if _try_once(connection):
                return
            time.sleep(_PAUSE_SECONDS)


def _is_done(connection: Connection) -> bool:
    return bool(connection.run("select relkind = 'p' from pg_class where oid = to_regclass('visits')") == [[True]])


def _try_once(connection: Connection) -> bool:
    """False if somebody else had a lock, or the first visit came meanwhile."""
    if connection.run(f"select pg_try_advisory_lock({_LOCK})") != [[True]]:
        return False
    try:
        [[is_empty]] = connection.run("select not exists (select from visits)")
        is_done = _is_done(connection) or _swap(connection, None if is_empty else _bound(connection))
    except DatabaseError as error:
        if find_sqlstate(error) != LOCK_TIMEOUT:
            raise
        connection.run("rollback")
        is_done = False
    connection.run(f"select pg_advisory_unlock({_LOCK})")
    return is_done


def _bound(connection: Connection) -> str:
    """Prove beside the writers that no visit begins after a certain month; returns its end. Note which are long."""
    for site_id, longest in connection.run(load_query(__name__, "find_long_visits")):
        connection.run(
            "update sites set longest_visit = greatest(longest_visit, cast(:longest as interval))"
            " where site_id = :site_id",
            site_id=site_id, longest=longest,
        )  # fmt: skip
    [[end]] = connection.run(load_query(__name__, "find_last_month"))
    connection.run("alter table visits drop constraint if exists visits_bound")
    connection.run(f"alter table visits add constraint visits_bound check (start < '{end}') not valid")
    connection.run("alter table visits validate constraint visits_bound")
    return str(end)


def _swap(connection: Connection, end: str | None) -> bool:
    """Put a partitioned table in the place of visits; False if it is not empty and has no bound."""
    connection.run("begin")
    connection.run("lock table visits in access exclusive mode")
    if end is None and connection.run("select from visits limit 1"):
        connection.run("rollback")
        return False
    # whoever waits for the old table's name gets the new one; its rights are the old one's, whoever gave them
    grants = [statement for [statement] in connection.run(load_query(__name__, "list_grants"))]
    connection.run("drop trigger visits_long on visits")
    connection.run("alter table visits rename to visits_before")
    connection.run("alter index visits_pkey rename to visits_before_pkey")
    connection.run("alter index visits_start rename to visits_before_start")
    connection.run("alter index visits_sample rename to visits_before_sample")
    connection.run("create table visits (like visits_before including defaults) partition by range (start)")
    connection.run("alter table visits add primary key (site_id, visitor, start)")
    connection.run("create index visits_start on visits (site_id, start)")
    connection.run("create index visits_sample on visits (site_id, sample, start) where sample < 262144")
    for statement in grants:
        connection.run(statement)
    if end is None:
        connection.run("drop table visits_before")
        connection.run(load_query(__name__, "make_visit_partitions"))
    else:
        connection.run(f"alter table visits attach partition visits_before for values from (minvalue) to ('{end}')")
        connection.run("alter table visits_before drop constraint visits_bound")
    connection.run(
        "create trigger visits_long after insert or update on visits"
        " for each row when (new.\"end\" - new.start > interval '192 hours') execute function note_long_visit()"
    )
    connection.run("commit")
    return True
