"""Matomo's own clients: matomo-tracker (npm) and matomopy (PyPI)."""

import time
from typing import Any

import pytest

from tests.clients.dialogue import talk_to
from tests.clients.stand import Stand

TAKEN = {"status": "success", "tracked": 2, "invalid": 0, "invalid_indices": []}


@pytest.fixture
def known(stand: Stand) -> Stand:
    """The chain, which knows Matomo's number of the site."""
    stand.know_as("matomo", "3")
    return stand


def test_every_call_of_the_node_client_counts_once_over_a_kill(known: Stand) -> None:
    with talk_to("matomo_node.cjs", known.url) as client:
        answers: list[Any] = client.ask("send", "10")
        assert answers == [200, 200, TAKEN] * 10
        known.kill()
        assert client.ask("send", "1") == ["failed"] * 3, "nothing is acknowledged while nobody is there"
        known.restart()
        assert client.ask("send", "10") == [200, 200, TAKEN] * 10
    expected = dict.fromkeys(("page_view", "Video", "file_download", "site_search"), 20)
    assert known.settles(expected) == expected
    assert known.count_by("props.url") == {"https://blog.example/a.pdf": 20}
    assert known.ask(metrics="visitors,visits") == {"visitors": 1, "visits": 1}


def test_every_call_of_the_python_client_counts_once(known: Stand) -> None:
    with talk_to("matomo_python.py", known.url, NOW=str(int(time.time()))) as client:
        assert client.ask("send") == [204] * 11
    names = (
        "page_view Video goal site_search outbound_link file_download content_impression content_interaction order cart"
    )
    expected = dict.fromkeys(names.split(), 1)
    assert known.settles(expected) == expected
    assert known.count_by("props.dimension1") == {"red": 10}
    assert known.count_by("screen") == {"1920x1080": 10}


def test_a_bulk_that_is_flushed_again_counts_once(known: Stand) -> None:
    with talk_to("matomo_python.py", known.url, NOW=str(int(time.time()))) as client:
        client.ask("queue", "50")
        known.kill()
        assert client.ask("flush") == "failed"
        known.restart()
        assert client.ask("flush")["tracked"] == 50
        assert client.ask("flush") is None
    assert known.settles({"page_view": 50}) == {"page_view": 50}
