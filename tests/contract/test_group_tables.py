"""Where the tables' rows are, if there are several groups."""

from common.groups import tables
from common.postgres.database import Database

BASE_TABLES = (
    "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
    " and not relispartition"
)
SITES = (
    "select relname from pg_class join pg_attribute on attrelid = pg_class.oid and attname = 'site_id'"
    " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition"
)


def test_each_table_says_where_its_rows_are(database: Database) -> None:
    listed = [*tables.OF_A_SITE, *tables.OF_A_SITE_AT_HOME, *tables.OF_ENTRIES, *tables.AT_HOME, *tables.OF_EACH_GROUP]
    assert sorted(listed) == sorted(name for [name] in database.run(BASE_TABLES))


def test_what_has_a_site_moves_with_it_or_is_at_home(database: Database) -> None:
    assert {name for [name] in database.run(SITES)} <= {
        *tables.OF_A_SITE,
        *tables.OF_A_SITE_AT_HOME,
        "access_roles",
        "access_links",
    }
