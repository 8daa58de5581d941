"""Ids of erasures and restores: each group gives those of a range of its own, so that none meet after a move."""

from common.groups.databases import Databases
from common.postgres.database import Database
from common.postgres.sql import load_query

IDS = 10**12
"""How many a range has."""
FIRST = 4_001
"""The number of the first range: lower ones were once chosen by a hash, and home has the ids from 1."""
TABLES = ("erasures", "filtered_restores")


def separate_ids(databases: Databases, group: str) -> None:
    """See that the group gives ids of a range that no other has had, where it does not yet. Raises Unavailable.

    A database that was restored, copied or replaced gets another range. A range is new if it is above all that home
    has noted and that any group has reached: home itself may have been restored.
    """
    known = dict(databases.home.run(load_query(__name__, "read_id_numbers")))
    database = databases.get(group)
    if all(known.get(number) == group for number in _read_numbers(database)):
        return
    reached = [number for one in databases.groups.values() for number in _read_numbers(one)]
    number = max(FIRST - 1, *known, *reached) + 1
    databases.home.run(load_query(__name__, "insert_id_number"), number=number, group=group)
    for table in TABLES:
        database.run(load_query(__name__, "begin_ids"), table=table, first=number * IDS)


def _read_numbers(database: Database) -> list[int]:
    return [reached // IDS for [reached] in database.run(load_query(__name__, "read_reached_ids"))]
