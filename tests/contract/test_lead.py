"""Which of several pollers reads what is new in a shard, over a real queue."""

import threading
from collections.abc import Sequence

import pytest
from redis import Redis

from common.settings import Settings
from common.wire import Entry, Outcome
from infra.poller import lanes
from infra.poller.lanes import build_lanes
from infra.queue.lead import Lead
from tests.contract.test_lanes import accept


def make_lead(redis: "Redis", settings: Settings, name: str, shard: int = 0, seconds: float = 60) -> Lead:
    return Lead(redis, settings.model_copy(update={"poller_name": name}), shard, seconds)


def test_one_poller_leads_until_it_gives_up(settings: Settings, redis: "Redis") -> None:
    one, other = (make_lead(redis, settings, name) for name in ("one", "other"))
    assert (one.take(), other.take(), one.take()) == (True, False, True)
    other.give_up()  # what it has not
    assert not other.take()
    one.give_up()
    assert (other.take(), one.take()) == (True, False)


def test_the_lead_of_a_poller_that_died_ends_by_itself(settings: Settings, redis: "Redis") -> None:
    dead, other = make_lead(redis, settings, "dead", seconds=0.001), make_lead(redis, settings, "other")
    assert dead.take()
    while not other.take():
        pass
    assert not dead.take()


def test_a_poller_that_leads_asks_the_queue_in_the_second_half_alone(settings: Settings, redis: "Redis") -> None:
    one = make_lead(redis, settings, "one", seconds=3_600)
    assert one.take()
    written = redis.info("commandstats")["cmdstat_set"]["calls"]
    assert one.take()
    assert redis.info("commandstats")["cmdstat_set"]["calls"] == written


def test_each_shard_has_a_lead_of_its_own(settings: Settings, redis: "Redis") -> None:
    assert make_lead(redis, settings, "one", shard=0).take()
    assert make_lead(redis, settings, "other", shard=1).take()


class Counting:
    """A processor that stores nothing, and is busy until it is let go."""

    def __init__(self) -> None:
        self.has_begun, self.may_end, self.events = threading.Event(), threading.Event(), 0

    def invoke(self, entries: Sequence[Entry]) -> dict[str, Outcome]:
        self.has_begun.set()
        assert self.may_end.wait(30)
        self.events += sum(entry.count for entry in entries)
        return {}


def test_while_one_poller_stores_what_is_new_another_leaves_the_shard_to_it(
    settings: Settings, redis: "Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "LONGEST_SECONDS", 600)  # however long a busy machine takes, the lead does not end
    accept(settings, range(10))
    leading, waiting, stop = Counting(), Counting(), threading.Event()
    waiting.may_end.set()
    [one, *_], [other, *_] = (
        build_lanes(settings.model_copy(update={"poller_name": name}), redis, processor, stop)  # type: ignore[arg-type]
        for name, processor in (("one", leading), ("other", waiting))
    )
    thread = threading.Thread(target=one.step, args=(False,))
    thread.start()
    assert leading.has_begun.wait(30)
    accept(settings, range(10, 20))
    assert other.step(claim=False) == 0
    leading.may_end.set()
    thread.join()
    assert other.step(claim=False) == 10
    assert (leading.events, waiting.events) == (10, 10)
