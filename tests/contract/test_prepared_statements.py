"""Statements that run often are prepared once, and not for ever."""

from common.postgres.database import Database
from common.postgres.driver import PLAN_LASTS

STATEMENT = "select cast(:number as integer) + 1"
PREPARED = "select sum(generic_plans + custom_plans) from pg_prepared_statements where statement like '%+ 1'"


def test_a_statement_is_prepared_once_and_planned_anew_after_many_runs(database: Database) -> None:
    with database.transaction() as connection:
        for number in range(PLAN_LASTS):
            assert connection.run_prepared(STATEMENT, number=number) == [[number + 1]]
        assert connection.run(PREPARED) == [[PLAN_LASTS]]
        assert connection.run_prepared(STATEMENT, number=7) == [[8]]
        assert connection.run(PREPARED) == [[1]]


def test_a_connection_that_was_reset_prepares_its_statements_again(database: Database) -> None:
    for number in range(2):
        with database.session() as connection:
            assert connection.run(PREPARED) == [[None]]
            assert connection.run_prepared(STATEMENT, number=number) == [[number + 1]]
            assert connection.run(PREPARED) == [[1]]


def test_a_statement_without_rows_gives_none(database: Database) -> None:
    with database.transaction() as connection:
        assert connection.run_prepared("delete from sites where site_id = :site_id", site_id="nobody") == []
