"""The map of slots, where home is slow, or down."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, cast

import pytest

from common.errors import Unavailable
from common.groups.databases import LATE_MAP_SECONDS, MAP_SECONDS, Databases
from common.groups.slots import HOME
from common.postgres.database import Database

TIMEOUT_SECONDS = 20.0


class Home:
    """Answers with a map, or as the test says."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: Callable[[], list[list[Any]]] = lambda: [[7, "second"]]

    def run(self, _: str) -> list[list[Any]]:
        self.asked += 1
        return self.answer()


class Groups:
    """Two groups, home being that one, at a time that the test says."""

    def __init__(self) -> None:
        self.home, self.now = Home(), 100.0
        made = {HOME: self.home, "second": Home()}
        self.databases = Databases(cast(dict[str, Database], made), lambda: self.now)

    def is_down(self) -> list[list[Any]]:
        self.now += TIMEOUT_SECONDS
        raise Unavailable("no answer")


def test_a_map_is_read_again_when_it_is_old_or_was_wrong() -> None:
    groups = Groups()
    for _ in range(3):
        assert groups.databases.read_map() == {7: "second"}
    assert groups.home.asked == 1
    groups.databases.forget_map()
    groups.databases.read_map()
    assert groups.home.asked == 2
    groups.now += MAP_SECONDS
    groups.databases.read_map()
    assert groups.home.asked == 3


def test_a_home_that_does_not_answer_is_left_alone_for_a_while() -> None:
    groups = Groups()
    groups.databases.read_map()
    groups.home.answer = groups.is_down
    groups.now += MAP_SECONDS
    for _ in range(3):
        assert groups.databases.read_map() == {7: "second"}
        groups.databases.forget_map()  # it has no better one
    assert groups.home.asked == 2
    groups.now += MAP_SECONDS
    groups.home.answer = lambda: []
    assert groups.databases.read_map() == {}


def test_without_any_map_nobody_guesses() -> None:
    groups = Groups()
    groups.home.answer = groups.is_down
    for _ in range(2):
        with pytest.raises(Unavailable):
            groups.databases.read_map()


class Waiting:
    """A thread that reads the map, and waits for home until the test says."""

    def __init__(self, groups: Groups) -> None:
        self._is_over = threading.Event()
        is_asked = threading.Event()

        def answer() -> list[list[Any]]:
            is_asked.set()
            assert self._is_over.wait(60)
            return []

        groups.home.answer = answer
        self._thread = threading.Thread(target=groups.databases.read_map)
        self._thread.start()
        assert is_asked.wait(60)

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()


def test_while_one_waits_for_home_the_others_go_on_with_a_map_that_is_not_too_old() -> None:
    groups = Groups()
    groups.databases.read_map()
    groups.now += MAP_SECONDS
    waiting = Waiting(groups)
    assert groups.databases.read_map() == {7: "second"}
    waiting.end()
    assert groups.databases.read_map() == {}


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_nobody_goes_on_with_a_map_that_is_too_old_or_was_wrong(is_forgotten: bool) -> None:
    groups = Groups()
    groups.databases.read_map()
    if is_forgotten:
        groups.databases.forget_map()
    groups.now += 0 if is_forgotten else LATE_MAP_SECONDS
    waiting = Waiting(groups)
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(groups.databases.read_map)
        assert not wait([found], 0.2).done
        waiting.end()
        assert found.result() == {}


def test_nobody_waits_for_a_home_that_is_down() -> None:
    groups = Groups()
    groups.databases.read_map()
    groups.home.answer = groups.is_down
    groups.now += MAP_SECONDS
    groups.databases.read_map()
    groups.now += MAP_SECONDS
    waiting = Waiting(groups)
    assert groups.databases.read_map() == {7: "second"}
    waiting.end()
