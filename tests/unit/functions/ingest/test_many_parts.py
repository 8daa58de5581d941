"""A few kilobytes of a compressed body become megabytes: what is in them makes no work that no client needs."""

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from starlette.requests import Request

from common.errors import Fault, InvalidInput, TooLarge
from common.incoming_event import MAX_BODY_BYTES, MAX_EVENTS
from common.settings import Settings
from functions.ingest import drop_in_request
from functions.ingest.body import MAX_BARE_BYTES, MAX_TEXTS
from functions.ingest.dialects import bodies, goatcounter, plausible, umami
from functions.ingest.dialects.form import Dialect, Divided, Item, Message
from functions.ingest.dialects.posthog_fields import read_rest
from functions.ingest.dialects.values import MAX_LOOKED_AT, read_props
from functions.ingest.drop_in_request import read_request
from functions.ingest.intake import Intake
from functions.ingest.many_parts import read_json
from functions.ingest.sliced_content import read_content
from functions.ingest.turns import Turns

BYTES = 4 << 20
EVENT = '{"n":"pageview","u":"https://a.example/","d":"a.example"'


def read(dialect: Dialect, text: str | bytes) -> Sequence[Item]:
    content = text if isinstance(text, bytes) else text.encode()
    value = asyncio.run(read_content(Turns(), content, dialect.EVENTS_NAME))
    parts, read_part = dialect.divide(Message("POST", "/", "", {}, content, read_json), value)
    return [item for part in parts for item in read_part(part)]


def fill(before: str, one: str, after: str) -> str:
    return before + one * ((BYTES - len(before) - len(after)) // len(one)) + after


def name_many() -> str:
    return ",".join(f'"{number:x}":0' for number in range(300_000))


@pytest.mark.parametrize(
    ("dialect", "make_text"),
    [
        (umami, lambda: fill("[0", ",0", "]")),
        (umami, lambda: fill("[{}", ",{}", "]")),
        (umami, lambda: fill("[{}", ',{"payload":{}}', "]")),
        (umami, lambda: fill('{"payload":{"data":{"a":[0', ",[]", "]}}}")),
        (goatcounter, lambda: fill('{"hits":[0', ",0", "]}")),
        (goatcounter, lambda: fill('{"hits":[{}', ",{}", "]}")),
        (plausible, lambda: f"{{{name_many()}}}"),
        (plausible, lambda: f'{EVENT},"p":{{{name_many()}}}}}'),
        (plausible, lambda: fill(EVENT + ',"p":[0', ",0", "]}")),
    ],
)
def test_a_body_of_a_great_many_parts_is_refused_unread(dialect: Dialect, make_text: Callable[[], str]) -> None:
    """One such request of 4 kB took ingest 12 seconds, in which nobody was served, and a gigabyte."""
    content = make_text().encode()
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInput):
            read(dialect, content)
        assert tracemalloc.get_traced_memory()[1] < 3 * BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["[{}]", '{{"hits":[{}]}}', '{{"batch":[{}]}}'])
def test_too_many_items_are_refused_before_any_is_looked_at(form: str) -> None:
    with pytest.raises(TooLarge):
        read_json(form.format(",".join(["0"] * (MAX_EVENTS + 1))).encode())
    read_json(form.format(",".join(["0"] * MAX_EVENTS)).encode())


@pytest.mark.parametrize("layout", [{}, {"indent": 1}])
def test_the_richest_batch_that_a_client_sends_is_read(layout: dict[str, Any]) -> None:
    data = {f"property {number}": 1234.5 for number in range(15)} | {f"text {number}": 'a "b"' for number in range(15)}
    payload = {"website": "x", "url": "/a?b=c", "title": "t" * 80, "language": "en", "screen": "1x1", "hostname": "h"}
    batch = [{"type": "event", "payload": {**payload, "data": data}}] * MAX_EVENTS
    items = read(umami, json.dumps(batch, **layout))
    assert len(items) == MAX_EVENTS
    assert not any(getattr(item, "wrong", None) or getattr(item, "losses", None) for item in items)


def test_what_is_counted_is_outside_of_texts() -> None:
    assert read_json(json.dumps({"a": "[0,0]{}:" * 120_000}).encode())
    assert read_json(json.dumps({"a": '\\"' * 200_000 + "\\"}).encode())
    texts = ("[" + '"a",' * (2 * MAX_TEXTS + 1) + "0]", "[" * (MAX_BARE_BYTES + 1), json.dumps("a" * MAX_BODY_BYTES))
    for text in texts:
        with pytest.raises(InvalidInput, match="more parts"):
            read_json(text.encode())


class Counted(dict[str, Any]):
    """Counts the names that are looked through."""

    seen = 0

    def __iter__(self) -> Any:
        for name in super().__iter__():
            self.seen += 1
            yield name


@pytest.mark.parametrize("value", ["", {}, None, {"a": {}}])
def test_of_properties_that_say_nothing_no_more_are_looked_at_than_there_might_be(value: Any) -> None:
    losses: list[Fault] = []
    given = Counted({f"f{number}": value for number in range(80_000)})
    assert read_props({"a": 1, "inner": given}, losses) == {"a": 1}
    assert given.seen <= MAX_LOOKED_AT
    assert [loss.pointer for loss in losses] == ["/props"]


def test_of_a_long_list_as_much_is_spelled_as_is_kept() -> None:
    value = list(range(100_000))
    tracemalloc.start()
    try:
        read_kept = read_props({"a": value}, [])["a"]
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    assert json.dumps(value, separators=(",", ":")).startswith(read_kept)


def test_a_form_is_no_longer_than_a_query() -> None:
    with pytest.raises(TooLarge):
        bodies.read_fields("p=" + "%41" * bodies.MAX_FORM_BYTES)


@pytest.mark.parametrize("size", ["[1e999,2]", "[2,1e999]", f"[{'9' * 4_200},2]", "[-1e999,-1e999]", "[true,2]"])
def test_a_size_that_cant_be_one_costs_no_hit(size: str) -> None:
    [item] = read(goatcounter, f'{{"hits":[{{"path":"/a","size":{size}}}]}}')
    assert not getattr(item, "wrong", None)


def test_one_body_is_decompressed_at_a_time_and_let_go_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of many small requests would hold four megabytes while it waits for its turn."""
    content = json.dumps({"n": "pageview", "u": "https://a.example/", "d": "a", "x": "y" * 300_000}).encode()
    held: list[int] = []
    now = 0

    def whole(inflation: bodies.Inflation) -> bytes:
        nonlocal now
        now += 1
        held.append(now)
        return decompressed(inflation)

    def divide(message: Message, value: Any) -> Divided:
        nonlocal now
        now -= 1
        return original(message, value)

    original, decompressed = plausible.divide, bodies.Inflation.whole
    monkeypatch.setattr(bodies.Inflation, "whole", whole)
    monkeypatch.setattr(plausible, "divide", divide)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": gzip.compress(content), "more_body": False}

    async def send_many() -> list[Message]:
        scope = {"type": "http", "method": "POST", "path": "/api/event", "query_string": b"", "headers": []}
        intake, turns = Intake(Settings(), None), Turns()
        requests = [read_request(Request(scope, receive), "plausible", intake, turns) for _ in range(5)]
        return [reading.message for reading in await asyncio.gather(*requests)]

    messages = asyncio.run(send_many())
    assert held == [1] * 5
    assert all(len(message.body) < 100_000 for message in messages)


@pytest.mark.parametrize("content", [gzip.compress(b"[0" + b",0" * 500_000 + b"]"), b"[" + b"0" * 200_000])
def test_between_two_bodies_that_are_refused_others_are_served(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred and fifty of them came at once, and let a page's event wait for three seconds."""
    steps: list[str] = []

    async def read_hostile(*given: Any) -> Any:
        steps.append("hostile")
        return await read_content(*given)

    monkeypatch.setattr(drop_in_request, "read_content", read_hostile)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def be_served() -> None:
        while steps.count("hostile") < 5:
            steps.append("other")
            await asyncio.sleep(0)

    async def send_many() -> None:
        scope = {"type": "http", "method": "POST", "path": "/api/send", "query_string": b"", "headers": []}
        intake, turns = Intake(Settings(), None), Turns()
        requests = [read_request(Request(scope, receive), "umami", intake, turns) for _ in range(5)]
        await asyncio.gather(*requests, be_served(), return_exceptions=True)

    asyncio.run(asyncio.wait_for(send_many(), 60))
    assert steps.count("hostile") == 5
    assert "hostile hostile" not in " ".join(steps)


class Compared(str):
    """Counts how often it is compared."""

    seen = 0

    def __eq__(self, other: object) -> bool:
        Compared.seen += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_of_many_names_without_a_place_each_is_looked_up_once() -> None:
    """In a list of them it took seconds."""
    names = [Compared(f"$f{number}") for number in range(2_000)]
    assert read_rest(dict.fromkeys(names, "a"), names, []) == {}
    assert Compared.seen < 10 * len(names)
