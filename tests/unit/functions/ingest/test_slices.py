"""Large arrays are read in slices: as in one step, and no slice is much, whatever the body."""

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pydantic_core import from_json

from common.errors import InvalidInput, NotJson, TooLarge
from common.incoming_event import MAX_BODY_BYTES, IncomingEvent
from functions.ingest import body
from functions.ingest.body import Parsed, parse_event, read_any, read_many
from functions.ingest.slices import SLICE_BYTES, read_events
from functions.ingest.turns import LARGE_BYTES, Turns

EVENT = {"site_id": "blog", "path": "/"}
RICH = EVENT | {"props": {f"k{number}": "v" for number in range(30)}}
NAMES = {f"f{number}": 1 for number in range(75_000)}
JSON = "application/json"


def read(content: bytes | str, media_type: str = JSON, reader: body.Read = read_many) -> list[Parsed]:
    encoded = content.encode(errors="surrogatepass") if isinstance(content, str) else content
    assert len(encoded) <= MAX_BODY_BYTES
    return asyncio.run(read_events(Turns(), reader, encoded, media_type))


def make_events(seed: int) -> list[dict[str, Any]]:
    """Events whose texts look like the border between two, and longer than a slice now and then."""
    draw = random.Random(seed)
    texts = ("},{", '"},{"', "}\n ,\t{", "\\", '\\"', "é", "[", '{"site_id":"x"}', "x" * 50)
    made = []
    for number in range(draw.randrange(600, 1_000)):
        size = SLICE_BYTES if number % 300 == 7 else draw.randrange(30)
        title = "".join(draw.choices(texts, k=max(1, size // 6)))
        made.append(EVENT | {"title": title, "props": {"a": draw.choice(texts), "n": number}})
    return made


LAYOUTS: Sequence[dict[str, Any]] = ({}, {"indent": 1}, {"separators": (",", ":")})


@pytest.mark.parametrize("seed", range(12))
def test_events_are_the_same_as_in_one_step(seed: int) -> None:
    events, layout = make_events(seed), LAYOUTS[seed % 3]
    text = json.dumps(events, ensure_ascii=seed % 2 == 0, **layout)
    while len(text.encode()) > MAX_BODY_BYTES:
        events = events[: len(events) * 3 // 4]
        text = json.dumps(events, ensure_ascii=seed % 2 == 0, **layout)
    assert len(text) > LARGE_BYTES
    assert read(text) == [parse_event(json.dumps(event).encode()) for event in events]


HOSTILE: dict[str, Callable[[], str]] = {
    "names": lambda: json.dumps([EVENT | NAMES]),
    "names within": lambda: json.dumps([EVENT | {"props": NAMES}]),
    "arrays": lambda: "[" + ",".join(["[]"] * 340_000) + "]",
    "numbers": lambda: "[" + ",".join(["1"] * 500_000) + "]",
    "digits": lambda: "[" + ",".join(json.dumps(EVENT)[:-1] + ',"x":' + "9" * 4_000 + "}" for _ in range(240)) + "]",
    "digits in one": lambda: (
        "[" + json.dumps(EVENT)[:-1] + "".join(f',"f{n}":{"9" * 4_000}' for n in range(240)) + "}]"
    ),
    "nesting": lambda: "[" * 500_000 + "]" * 500_000,
    "objects": lambda: "[" + ",".join(["{}"] * 340_000) + "]",
    "objects nested": lambda: "[" + '{"a":' * 170_000 + "1" + "}" * 170_000 + "]",
    "borders in a text": lambda: json.dumps([EVENT | {"title": "},{" * 330_000}]),
    "borders in a text without end": lambda: '["' + "},{" * 330_000 + "]",
    "surrogates": lambda: json.dumps(
        [EVENT | {"event_type": "\ud800", "props": {f"k{n}": 1 for n in range(29)}}] * 900
    ),
    "escaped": lambda: json.dumps([EVENT | {"title": '\\"' * 250_000}]),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_step_reads_more_than_a_few_slices_or_many_parts(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []

    def count_parts(text: bytes) -> int:
        plain = text.replace(b"\\\\", b"").replace(b'\\"', b"")
        return plain.count(b'"') // 2 + sum(map(len, plain.split(b'"')[::2])) // 8

    def watch(text: bytes) -> list[Any] | None:
        steps.append(count_parts(text))
        return parse_items(text)

    parse_items = body.parse_items
    monkeypatch.setattr(body, "parse_items", watch)
    try:
        found: Sequence[Parsed] = read(HOSTILE[kind]())
    except (InvalidInput, TooLarge, NotJson):
        found = ()
    assert max(steps, default=0) <= body.MAX_TEXTS + body.MAX_BARE_BYTES // 8
    assert len(steps) < 100
    assert not any(isinstance(one, IncomingEvent) for one in found) or "text" in kind or kind == "escaped"


def test_a_longer_slice_than_the_first_is_longer_by_little(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []

    def watch(text: bytes) -> list[Any] | None:
        lengths.append(len(text))
        return parse_items(text)

    parse_items = body.parse_items
    monkeypatch.setattr(body, "parse_items", watch)
    border = EVENT | {"title": "x" * (SLICE_BYTES - 100) + "},{" * 50}
    content = json.dumps([border, *[RICH] * 900])
    assert len(content) > 8 * SLICE_BYTES
    assert len(read(content)) == 901
    assert max(lengths) <= 2 * SLICE_BYTES


@pytest.mark.parametrize("reader", [read_many, read_any])
def test_an_event_of_too_many_parts_harms_no_neighbour(reader: body.Read) -> None:
    events = [RICH] * 120 + [EVENT | dict(list(NAMES.items())[:50_000])] + [RICH] * 150
    found = read(json.dumps(events), reader=reader)
    assert [isinstance(one, IncomingEvent) for one in found] == [True] * 120 + [False] + [True] * 150


@pytest.mark.parametrize("media_type", ["application/x-ndjson", "text/plain"])
def test_a_line_of_too_many_parts_harms_no_neighbour(media_type: str) -> None:
    lines = "\n".join(map(json.dumps, [RICH, EVENT | NAMES, RICH]))
    assert [isinstance(one, IncomingEvent) for one in read(lines, media_type)] == [True, False, True]


def test_a_lone_surrogate_harms_no_neighbour() -> None:
    events = [EVENT | {"event_type": "\ud800"}, *[RICH] * 999]
    assert [isinstance(one, IncomingEvent) for one in read(json.dumps(events))] == [False] + [True] * 999


def test_an_event_with_a_very_long_text_is_one() -> None:
    assert isinstance(read(json.dumps([EVENT | {"title": 'say "hi", ' * 80_000}]))[0], IncomingEvent)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([RICH] * 600)[:-1],
        json.dumps([RICH] * 600) + "]",
        json.dumps([RICH] * 600).replace("}}, {", "}} {", 1),
        json.dumps([RICH] * 600)[:-1] + ",]",
        "[" + ",".join(json.dumps(RICH) for _ in range(600)).replace("}},{", "}},{]", 1) + "]",
    ],
)
def test_what_is_no_json_is_refused_as_in_one_step(content: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        from_json(content)
    with pytest.raises((NotJson, InvalidInput)):
        read(content)


def test_too_many_events_are_too_many() -> None:
    with pytest.raises(TooLarge):
        read(json.dumps([EVENT] * 3_500))


@pytest.mark.parametrize(
    "content", ['"' + "x" * 200_000 + '"', json.dumps(EVENT | NAMES), json.dumps({"a": "b" * 200_000})]
)
def test_what_is_no_array_is_said_to_be_none(content: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(content)
    assert refused.value.faults[0].detail == "Expected a JSON array."
