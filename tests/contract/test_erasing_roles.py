"""Who may ask for an erasure, and who erases: the database's roles tell stats and the processor apart."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from common.erasure.criteria import Criteria
from common.erasure.requests import list_erasures, request_erasure
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.roles.provision import OWNER, READER, WRITER
from tests.contract.history import batch, event, make_history
from tests.contract.test_roles import As, as_role, is_refused

pytestmark = pytest.mark.one_group("it looks into the store of one database: test_group_roles has several")

__all__ = ["as_role"]


def test_stats_asks_and_only_the_processor_erases(as_role: As) -> None:
    reader, writer, owner = as_role(READER), as_role(WRITER), as_role(OWNER)
    store = PostgresStore(writer, ledger_hours=1)
    handle_batch(batch(make_history(seed=9, events=120)), store)
    for criteria in (Criteria(user_id="ann"), Criteria(path="/a")):
        erasure = request_erasure(reader, "key k", "blog", criteria)
        assert is_refused(reader, "update erasures set stage = 'done'")
        assert is_refused(reader, "delete from erasures")
        assert is_refused(reader, "select * from erased_events")
        while store._erasures.step(erasure, time.monotonic() + 60):
            pass
        assert store._erasures.finish(erasure)
    assert [one.stage for one in list_erasures(reader)] == ["done", "done"]
    assert owner.run("select count(*) from events where site_id = 'blog' and user_id = 'ann'") == [[0]]
    assert is_refused(writer, "insert into erasures (site_id) values ('blog')")
    owner.run("update erased_events set erased_at = erased_at - interval '2 hours'")
    owner.run("update erasures set requested_at = requested_at - interval '2 hours'")
    store._pruning.prune_erased(hours=1)
    assert owner.run("select count(*) > 0 from erased_events") == [[True]]  # an erasure is remembered still
    owner.run("update erasures set guarded_until = now() - interval '1 second'")
    store._pruning.prune_erased(hours=1)
    assert owner.run("select count(*) from erased_events") == [[0]]


def test_the_processor_drops_months_that_no_site_keeps_and_nobody_else_may(as_role: As) -> None:
    reader, writer, owner = as_role(READER), as_role(WRITER), as_role(OWNER)
    store = PostgresStore(writer)
    now = datetime.now(UTC)
    handle_batch(
        batch([event(1, now), event(2, datetime(2001, 5, 7, tzinfo=UTC)), event(3, now - timedelta(days=9))]), store
    )
    owner.run("update site_settings set settings = '{\"retention_days\": 2}'")
    for call in ("drop_empty_month(date '2001-05-01')", "drop_expired_month(date '2001-05-01', '{blog}')"):
        assert is_refused(reader, f"select {call}")
    while store._expiry.step(time.monotonic() + 60):
        pass
    assert owner.run("select count(*) from events") == [[1]]
    assert owner.run("select to_regclass('events_2001_05')") == [[None]]
