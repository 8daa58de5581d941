"""What the poller shows to Prometheus."""

import pytest

from common.dead_letter import DeadLetter
from common.errors import Unavailable
from common.wire import Entry, Outcome, SitesAnswer, SitesTask
from infra.poller.invoker import Crash, Outage
from infra.poller.measured import Measuring
from infra.queue.status import QueueStatus

BATCH = [Entry(b"[1,2]", 2, "0:1-0")]


class FakeInvoker:
    """Answers, or fails, as it is told to."""

    def __init__(self, answer: dict[str, Outcome] | Exception) -> None:
        self.answer = answer

    def invoke(self, entries: object) -> dict[str, Outcome]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def observe(self, payload: bytes) -> bytes:
        return payload

    def is_ready(self) -> bool:
        return True

    def ask(self, task: SitesTask) -> SitesAnswer:
        return SitesAnswer()


def test_batches_count_by_how_they_ended() -> None:
    invoker, measuring = FakeInvoker({}), Measuring()
    measured = measuring.measure(invoker)
    assert measured.invoke(BATCH) == {}
    invoker.answer = {"0:1-0": "deferred"}
    measured.invoke(BATCH)
    for failure in (Crash("timed_out"), Outage("away")):
        invoker.answer = failure
        with pytest.raises(type(failure)):
            measured.invoke(BATCH)
    shown = measuring.render().decode()
    for outcome in ("done", "partly", "timed_out", "outage"):
        assert f'analytics_poller_batch_duration_seconds_count{{outcome="{outcome}"}} 1.0' in shown
    assert "analytics_poller_batch_events_sum 8.0" in shown
    assert "analytics_poller_entries_deferred_total 1.0" in shown


def test_what_waits_is_read_whenever_it_is_asked_for() -> None:
    waiting = [QueueStatus(7, 700, 1, 1.5, 2), QueueStatus(0, 0, 0, 0.0, 0)]
    measuring = Measuring()
    measuring.watch(lambda: waiting.pop(0), lambda: 1)
    first, second = measuring.render().decode(), measuring.render().decode()
    assert "analytics_queue_backlog_events 7.0" in first
    assert "analytics_queue_oldest_age_seconds 1.5" in first
    assert "analytics_queue_losses 1.0" in first
    assert "analytics_queue_backlog_events 0.0" in second


def test_a_queue_that_does_not_answer_shows_no_figures_of_before() -> None:
    def read() -> QueueStatus:
        raise Unavailable("away")

    measuring = Measuring()
    measuring.watch(read, lambda: 0)
    shown = measuring.render().decode()
    assert "analytics_queue_up 0.0" in shown
    assert "backlog" not in shown


def test_events_given_up_count_by_reason() -> None:
    measuring = Measuring()
    measuring.note([DeadLetter("0:1-0/0", "[]", "crashed", 5), DeadLetter("0:1-0/1", "[]", "crashed", 5)])
    assert 'analytics_poller_dead_letters_total{reason="crashed"} 2.0' in measuring.render().decode()
