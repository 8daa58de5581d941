"""The map of slots, where home is slow, or down."""

import threading
from collections.abc import Callable
from typing import Any, cast

import pytest

from common.errors import Unavailable
from common.groups.databases import MAP_SECONDS, Databases
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


def test_while_one_waits_for_home_the_others_go_on_with_the_map_that_there_is() -> None:
    groups = Groups()
    groups.databases.read_map()
    is_asked, is_over = threading.Event(), threading.Event()

    def wait() -> list[list[Any]]:
        is_asked.set()
        assert is_over.wait(60)
        return []

    groups.home.answer = wait
    groups.databases.forget_map()
    waiting = threading.Thread(target=groups.databases.read_map)
    waiting.start()
    assert is_asked.wait(60)
    assert groups.databases.read_map() == {7: "second"}
    is_over.set()
    waiting.join()
    assert groups.databases.read_map() == {}
