"""Dear questions leave something for the others."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from common.errors import Unavailable
from common.settings import Settings
from functions.stats.access.share import Share


def ask(site_id: str, said: Sequence[Message] = ({"type": "http.request"},), **more: str) -> Request:
    """A question; `said`: what the server says of its connection, and then nothing more."""
    left = list(said)

    async def receive() -> Message:
        return left.pop(0) if left else await asyncio.Future()

    return Request({"type": "http", "query_string": f"site_id={site_id}".encode(), **more}, receive)


REQUEST = ask("blog")


def test_what_is_more_than_the_share_waits_and_then_is_refused_while_others_are_served() -> None:
    done = threading.Event()

    def work(_: Request) -> bool:
        return done.wait(10)

    async def run() -> list[bool]:
        share = Share(2, patience_seconds=0.01)
        dear = [asyncio.ensure_future(share.answer(work, ask(site))) for site in ("blog", "shop")]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable) as refused:
            await share.answer(work, REQUEST)
        assert refused.value.retry_after_seconds > 0
        done.set()
        return [*await asyncio.gather(*dear), await share.answer(work, REQUEST)]

    assert asyncio.run(run()) == [True, True, True]


def test_a_question_that_fails_gives_its_share_back() -> None:
    def fail(_: Request) -> None:
        raise ZeroDivisionError

    async def run() -> None:
        share = Share(1, patience_seconds=0.01)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await share.answer(fail, REQUEST)

    asyncio.run(run())


@pytest.mark.parametrize(("connections", "most"), [(1, 1), (2, 1), (4, 3)])
def test_one_connection_is_left_for_cheap_questions_where_there_are_several(connections: int, most: int) -> None:
    settings = Settings(_env_file=None, database_connections=connections, database_timeout_seconds=0.01)
    started = 0
    done = threading.Event()

    def work(_: Request) -> None:
        nonlocal started
        started += 1
        done.wait(10)

    async def run() -> None:
        share = Share.of(settings)
        questions = [asyncio.ensure_future(share.answer(work, ask(str(n)))) for n in range(8)]
        while sum(question.done() for question in questions) < len(questions) - most:  # those that were refused
            await asyncio.sleep(0.001)
        done.set()
        await asyncio.gather(*questions, return_exceptions=True)

    asyncio.run(run())
    assert started == most


def test_questions_about_one_site_leave_a_place_for_those_about_another() -> None:
    done = threading.Event()

    def wait(_: Request) -> bool:
        return done.wait(10)

    async def run() -> str:
        share = Share(3, patience_seconds=10)
        dear = [asyncio.ensure_future(share.answer(wait, ask("shop"))) for _ in range(20)]
        await asyncio.sleep(0)
        answered = await share.answer(lambda _: "answered", ask("blog"))
        done.set()
        await asyncio.gather(*dear)
        return answered

    assert asyncio.run(run()) == "answered"


@pytest.mark.parametrize(("has_left", "expected"), [(True, ["first"]), (False, ["first", "second"])])
def test_a_question_whose_client_left_while_it_waited_is_not_answered(has_left: bool, expected: list[str]) -> None:
    answered: list[str] = []
    done = threading.Event()
    said = [{"type": "http.request"}, *([{"type": "http.disconnect"}] if has_left else [])]

    def work(request: Request) -> None:
        done.wait(10)
        answered.append(request.scope["name"])

    async def run() -> None:
        share = Share(1, patience_seconds=10)
        first = asyncio.ensure_future(share.answer(work, ask("blog", name="first")))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(share.answer(work, ask("blog", said, name="second")))
        await asyncio.sleep(0)
        done.set()
        await first
        if has_left:
            with pytest.raises(ClientDisconnect):
                await second
        else:
            await second

    asyncio.run(run())
    assert answered == expected
