"""Large bodies of other trackers are read in slices: as in one step, and no step is much, whatever they are."""

import asyncio
import gzip
import json
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from pydantic_core import from_json
from starlette.requests import Request

from common.errors import InvalidInput, NotJson, TooLarge
from common.incoming_event import MAX_BODY_BYTES
from common.settings import Settings
from functions.ingest import body, drop_in_request, many_parts
from functions.ingest.dialects.form import Drop, Given
from functions.ingest.drop_in_request import PartReader, Reading, read_request
from functions.ingest.intake import Intake
from functions.ingest.sliced_content import read_content
from functions.ingest.slices import SLICE_BYTES
from functions.ingest.turns import Turns


def read(text: bytes | str, name: str = "batch") -> Any:
    encoded = text.encode() if isinstance(text, str) else text
    return asyncio.run(read_content(Turns(), encoded, name))


def make_items(draw: random.Random, *, are_texts: bool) -> list[Any]:
    """Items whose texts look like the border between two, and longer than a slice now and then."""
    texts = ("},{", '"},{"', "}\n ,\t{", '","', "\\", '\\"', "é", "[", '{"batch":[', "]}", "x" * 50)
    made: list[Any] = []
    for number in range(draw.randrange(600, 1_000)):
        size = SLICE_BYTES if number % 300 == 7 else draw.randrange(60)
        text = "".join(draw.choices(texts, k=max(1, size // 6)))
        inner = [{"a": draw.choice(texts)}, {"b": []}]
        made.append(text if are_texts else {"event": text, "properties": {"n": number, "elements": inner}})
    return made


LAYOUTS: Sequence[dict[str, Any]] = ({}, {"indent": 1}, {"separators": (",", ":")})


@cache
def spell_items(seed: int, are_texts: bool) -> str:
    items = make_items(random.Random(seed), are_texts=are_texts)
    return json.dumps(items, ensure_ascii=seed % 2 == 0, **LAYOUTS[seed % 3])


@cache
def read_settings() -> Settings:
    """Once for all tests: to read the environment takes 20 ms of CPU."""
    return Settings()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("are_texts", [False, True])
@pytest.mark.parametrize("form", ["array", "first", "last", "between", "twice", "empty name"])
def test_a_value_is_the_same_as_in_one_step(seed: int, are_texts: bool, form: str) -> None:
    spelled = spell_items(seed, are_texts)
    text = {
        "array": spelled,
        "first": f'{{"batch" : {spelled}, "sent_at":"}},{{", "x":[{{"a":1}},{{"b":2}}, "c", "d"]}}',
        "last": f' {{"api_key":"\\"batch\\":[", "batch":{spelled} }} ',
        "between": f'{{"a":[1,2],"batch":\n{spelled},"b":{{"batch":[1]}}}}',
        "twice": f'{{"batch":{spelled},"x":1,"batch":[1,2]}}',
        "empty name": f'{{"batch":{spelled},"":[{{"a":1}},{{}}]}}',
    }[form]
    assert len(text) > SLICE_BYTES
    assert read(text) == from_json(text)


@pytest.mark.parametrize("form", ['{{"batch":{}', '{{"batch":{}}}}}', '{{"batch":{},}}', "{}]", '{{"batch":{}]}}'])
def test_what_is_no_json_is_refused_as_in_one_step(form: str) -> None:
    text = form.format(json.dumps([{"a": "b" * 100}] * 900))
    with pytest.raises(ValueError, match="line 1"):
        from_json(text)
    with pytest.raises(NotJson):
        read(text)


NAMES = {f"f{number}": 1 for number in range(30_000)}
EVENT = {"event": "a", "properties": {"$current_url": "https://a.example/"}}


@pytest.mark.parametrize("form", ["{}", '{{"api_key":"x","batch":{}}}'])
def test_an_event_of_too_many_parts_harms_no_neighbour(form: str) -> None:
    events = [{**EVENT, "x": "y" * 300}] * 200 + [{**EVENT, "properties": NAMES}] + [{**EVENT, "x": "y" * 300}] * 200
    value = read(form.format(json.dumps(events)))
    items = value if isinstance(value, list) else value["batch"]
    assert [isinstance(item, InvalidInput) for item in items] == [False] * 200 + [True] + [False] * 200


def test_too_many_items_are_refused_as_soon_as_there_are() -> None:
    with pytest.raises(TooLarge):
        read('{"batch":[' + ",".join(["{}"] * 100_000) + "{")


def fill(before: str, one: str, after: str, most: int = 2 << 20) -> str:
    return before + one * ((most - len(before) - len(after)) // len(one)) + after


HOSTILE: dict[str, tuple[str, Callable[[], str]]] = {
    "names": (
        "posthog",
        lambda: json.dumps({"batch": [{**EVENT, "properties": dict.fromkeys(map(str, range(250_000)), 1)}]}),
    ),
    "names beside": ("posthog", lambda: fill('{"batch":[{"event":"a"}],"x":[0', ",0", "]}")),
    "names before": ("posthog", lambda: fill('{"x":[0', ",0", '],"batch":[{"event":"a"}]}')),
    "inner": ("posthog", lambda: fill('{"x":{"batch":[0', ",{}", "]}}")),
    "objects": ("posthog", lambda: fill('{"batch":[{}', ",{}", "]}")),
    "numbers": ("umami", lambda: fill("[0", ",0", "]")),
    "arrays": ("snowplow", lambda: fill('{"data":[[]', ",[]", "]}")),
    "nesting": ("goatcounter", lambda: '{"hits":' + "[" * 2_000_000 + "]" * 2_000_000 + "}"),
    "brackets in a text": ("umami", lambda: fill('["', "}", '"]')),
    "borders in a text": ("umami", lambda: fill('[{"type":"', "},{", '"}]')),
    "borders of texts": ("matomo", lambda: fill('{"requests":["', '\\",\\"', '"]}')),
    "texts": ("matomo", lambda: fill('{"requests":["a"', ',"a"', "]}")),
    "no end": ("matomo", lambda: fill('{"requests":["a"', ',"a', "")),
    "one event": ("plausible", lambda: fill('{"n":"pageview","u":"https://a.example/","d":"a","p":[0', ",0", "]}")),
    "one text": ("openpanel", lambda: fill('{"type":"track","payload":{"name":"a","properties":{"a":"', "x", '"}}}')),
    "rich": (
        "posthog",
        lambda: json.dumps({"batch": [{**EVENT, "properties": dict.fromkeys(map(str, range(500)), "x")}] * 90}),
    ),
}
"""The dialect, and how the text is made."""


def count_parts(text: bytes) -> int:
    plain = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    return plain.count(b'"') // 2 + sum(map(len, plain.split(b'"')[::2])) // 8


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_step_reads_more_than_an_event_may_have(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured is what a step parses: its parts, and its bytes."""
    dialect, make_text = HOSTILE[kind]
    steps: list[tuple[int, int]] = []
    parse_json = body.parse_json

    def watch(content: bytes) -> Any:
        steps.append((count_parts(content), len(content)))
        return parse_json(content)

    monkeypatch.setattr(body, "parse_json", watch)
    monkeypatch.setattr(many_parts, "parse_json", watch)
    with suppress(InvalidInput, TooLarge, NotJson):
        send(dialect, make_text())
    assert max((parts for parts, _ in steps), default=0) <= body.MAX_TEXTS + body.MAX_BARE_BYTES // 8 + 10
    assert max((size for _, size in steps), default=0) <= MAX_BODY_BYTES + 2 * SLICE_BYTES
    assert len(steps) < 300


def send(dialect: str, content: str) -> Reading:
    encoded = gzip.compress(content.encode(), 1)  # of a plain one less is read

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": encoded, "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
    return asyncio.run(read_request(Request(scope, receive), dialect, Intake(read_settings(), None), Turns()))


BATCHES: Sequence[tuple[str, Any]] = (
    ("posthog", {"api_key": "x", "batch": [EVENT] * 900}),
    ("umami", [{"type": "event", "payload": {"website": "x", "hostname": "a.example", "url": "/"}}] * 900),
    ("goatcounter", {"hits": [{"path": "/a"}] * 900}),
    ("matomo", {"requests": ["?idsite=1&rec=1&url=https%3A%2F%2Fa.example%2F"] * 900}),
    ("matomo", {"requests": [{"idsite": 1, "rec": 1, "url": "https://a.example/"}] * 900}),
    ("snowplow", {"data": [{"e": "pv", "aid": "x", "url": "https://a.example/"}] * 900}),
)


@pytest.mark.parametrize(("dialect", "content"), BATCHES)
@pytest.mark.parametrize("indent", [None, 9])
def test_events_of_a_batch_are_derived_in_turns(
    dialect: str, content: Any, indent: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each turn ends when its time is up: on a clock that goes on with each event, a turn derives one."""
    now = 0.0
    read_part = PartReader.read
    steps: list[str] = []

    def read_slowly(self: PartReader, index: int) -> None:
        nonlocal now
        now += 0.01
        steps.append("event")
        read_part(self, index)

    monkeypatch.setattr(drop_in_request.PartReader, "read", read_slowly)
    turns = Turns(lambda: now)

    async def be_served() -> None:
        while steps.count("event") < 900:
            steps.append("other")
            await asyncio.sleep(0)

    async def read_beside() -> Reading:
        encoded = json.dumps(content, indent=indent).encode()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": encoded, "more_body": False}

        scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
        request = Request(scope, receive)
        reading_it = read_request(request, dialect, Intake(read_settings(), None), turns)
        reading, _ = await asyncio.gather(reading_it, be_served())
        return reading

    reading = asyncio.run(asyncio.wait_for(read_beside(), 60))
    assert len(reading.items) == 900
    assert all(isinstance(item, Given) and item.wrong is None for item in reading.items)
    assert "event event" not in " ".join(steps)


def test_an_event_in_the_middle_of_too_many_parts_is_one_that_is_wrong() -> None:
    good = {"e": "pv", "aid": "x", "url": "https://a.example/", "page": "y" * 300}
    reading = send("snowplow", json.dumps({"data": [good] * 200 + [{**good, **NAMES}] + [good] * 200}))
    wrong = [isinstance(item, Drop) or item.wrong is not None for item in reading.items]
    assert wrong == [False] * 200 + [True] + [False] * 200
