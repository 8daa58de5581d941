"""Erasing from a visit of very many events: a step takes no more for each. On a real PostgreSQL."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from common.erasure.criteria import Criteria
from common.postgres.database import Database
from common.settings import Settings
from common.visits.visit import Visit, merge
from functions.process.app import handle_batch
from functions.process.erasing import visits
from functions.process.store import PostgresStore
from infra.verification.recount import verify_aggregates
from tests.contract.history import MIDNIGHT, batch, event
from tests.functions.erasing.test_erasures import erase
from tests.functions.stepped_system import SteppedSystem


def test_what_is_left_of_a_long_visit_is_added_up_where_it_is(
    system: SteppedSystem, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces: list[int] = []

    def note(given: Sequence[Visit]) -> list[Visit]:
        pieces.append(len(given))
        return merge(given)

    paths = ["/gone", *(f"/{number}" for number in range(19))]
    events = [event(number, MIDNIGHT + timedelta(minutes=number), path=paths[number % 20]) for number in range(400)]
    handle_batch(batch(events), PostgresStore(database))
    assert database.run("select events from visits") == [[400]]
    monkeypatch.setattr(visits, "merge", note)
    erase(system, Criteria(path="/gone"))
    assert pieces == [1]
    assert database.run("select events from visits") == [[380]]
    assert verify_aggregates(settings.database_url) == []
