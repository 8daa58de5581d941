"""Ids of erasures and restores of two groups never meet, whatever the groups are called and however they came to be."""

from collections.abc import Iterator

import pytest

from common.errors import Unavailable
from common.groups.databases import Databases
from common.postgres.database import Database
from common.settings import Settings
from infra.groups.ids import separate_ids
from infra.migrations.runner import migrate

INSERTS = (
    "insert into erasures (site_id, asked) values ('blog', '{}') returning id",
    "insert into filtered_restores (site_id, reason, start, after) values ('blog', 'bot', now(), now()) returning id",
)
SAME_HASH = ("g146", "g171")
"""Their ids would begin at the same number, were that chosen by CRC-32 modulo 4,000."""


@pytest.fixture
def databases(settings: Settings, other_urls: dict[str, str]) -> Iterator[Databases]:
    """Home, and two further groups."""
    with_schema = f"{settings.database_url}&options=-csearch_path%3Dthird"
    urls = {"home": settings.database_url, SAME_HASH[0]: other_urls["second"], SAME_HASH[1]: with_schema}
    made = Databases({name: Database(url, 2, 60) for name, url in urls.items()})
    made.home.run("create schema third")
    migrate(with_schema)
    yield made
    made.close()


def give(databases: Databases, group: str) -> list[tuple[int, int]]:
    """The next id of each table, with the table's place."""
    return [(table, databases.get(group).run(insert)[0][0]) for table, insert in enumerate(INSERTS)]


def test_groups_whose_names_have_the_same_hash_give_different_ids(databases: Databases) -> None:
    for group in SAME_HASH:
        separate_ids(databases, group)
    given = [one for group in databases.groups for _ in range(3) for one in give(databases, group)]
    assert len(set(given)) == len(given) == 18
    assert max(number for _, number in given) < 2**53  # JavaScript reads them too


def test_a_group_keeps_its_range_however_often_slots_are_moved_there(databases: Databases) -> None:
    separate_ids(databases, SAME_HASH[0])
    first = give(databases, SAME_HASH[0])
    separate_ids(databases, SAME_HASH[0])
    assert give(databases, SAME_HASH[0]) == [(table, number + 1) for table, number in first]
    assert databases.home.run("select count(*) from group_ids") == [[1]]


def test_a_group_of_before_and_one_that_was_replaced_get_a_new_range(databases: Databases) -> None:
    group = databases.get(SAME_HASH[0])
    for table in ("erasures", "filtered_restores"):
        group.run("select setval(pg_get_serial_sequence(:table, 'id'), 1234000000000000)", table=table)
    given = give(databases, SAME_HASH[0])
    separate_ids(databases, SAME_HASH[0])
    given += give(databases, SAME_HASH[0])
    for table in ("erasures", "filtered_restores"):
        group.run("select setval(pg_get_serial_sequence(:table, 'id'), 1)", table=table)
    separate_ids(databases, SAME_HASH[0])
    given += give(databases, SAME_HASH[0])
    assert len({number // 10**12 for _, number in given}) == 3


def test_where_home_has_forgotten_a_range_nobody_else_gets_it(databases: Databases) -> None:
    separate_ids(databases, SAME_HASH[0])
    databases.home.run("delete from group_ids")  # restored from a copy of before
    separate_ids(databases, SAME_HASH[1])
    assert not set(give(databases, SAME_HASH[0])) & set(give(databases, SAME_HASH[1]))
    numbers = {give(databases, group)[0][1] // 10**12 for group in SAME_HASH}
    assert len(numbers) == 2


def test_no_range_is_given_while_a_group_can_not_say_what_it_has(databases: Databases) -> None:
    databases.groups["down"] = Database("postgresql://a@127.0.0.1:1/none", 1, 1)
    with pytest.raises(Unavailable):
        separate_ids(databases, SAME_HASH[0])
