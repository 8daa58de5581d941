"""The check forgets every event between rounds, and a stop outlasts what waits for the stopped."""

from itertools import chain
from pathlib import Path
from re import findall

from common.settings import Settings
from tests.chaos.check import EMPTIED, KEPT
from tests.chaos.faults import PAST_TIMEOUTS_SECONDS
from tests.chaos.load import EventLoop
from tests.chaos.system import CLIENT_TIMEOUT_SECONDS, System

MIGRATIONS = Path(__file__).resolve().parents[2] / "infra/migrations"


def test_every_table_is_emptied_between_rounds_or_kept_for_a_reason() -> None:
    texts = [path.read_text() for path in MIGRATIONS.glob("*.sql")]
    tables = {*chain.from_iterable(findall(r"(?m)^create table (\w+)", text) for text in texts)}
    assert tables == {*EMPTIED, *KEPT}


def test_a_stop_lasts_longer_than_every_time_out(tmp_path: Path) -> None:
    loop = EventLoop()
    settings = System(tmp_path, loop, seed=1).settings
    loop.close()
    names = [name for name in Settings.model_fields if name.endswith("timeout_seconds")]
    assert len(names) == 5
    waits = [getattr(settings, name) for name in (*names, "claim_idle_seconds")]
    database = settings.database_timeout_seconds * 1.5  # of the socket: Database adds half
    assert max(*waits, database, CLIENT_TIMEOUT_SECONDS) < PAST_TIMEOUTS_SECONDS
