"""Questions that take too long: what rollups answer is given less time than what rows do."""

import pytest

from common.errors import Unavailable
from common.postgres.database import Database
from common.settings import Settings
from functions.stats.estimator.reader import TOO_SLOW, FiguresReader
from functions.stats.estimator.statements import Statement

TIMEOUT = "select current_setting('statement_timeout')"


def test_a_statement_that_reads_rollups_alone_has_a_shorter_timeout_than_one_that_reads_rows(
    database: Database,
) -> None:
    settings = Settings(_env_file=None, stats_rollup_timeout_seconds=2.5, database_timeout_seconds=60)
    with FiguresReader.of(database, settings).snapshot() as snapshot:
        found = [
            snapshot.read(Statement(TIMEOUT, {}, ("timeout",), reads_rows=reads_rows))[0]["timeout"]
            for reads_rows in (True, False, True, False)
        ]
    assert found[1] == found[3] == "2500ms"
    assert found[0] == found[2] == database.run(TIMEOUT)[0][0]


def test_rollups_are_never_given_more_time_than_rows(database: Database) -> None:
    settings = Settings(_env_file=None, stats_rollup_timeout_seconds=3, database_timeout_seconds=1.5)
    with FiguresReader.of(database, settings).snapshot() as snapshot:
        assert snapshot.read(Statement(TIMEOUT, {}, ("timeout",))) == [{"timeout": "1500ms"}]


def test_a_question_that_takes_too_long_is_told_what_would_be_quicker_and_leaves_its_connection(
    database: Database,
) -> None:
    for _ in range(8):  # more than there are connections
        with (
            pytest.raises(Unavailable) as raised,
            FiguresReader(database, rollup_seconds=0.001).snapshot() as snapshot,
        ):
            snapshot.read(Statement("select pg_sleep(60)", {}))
        assert raised.value.detail == TOO_SLOW
