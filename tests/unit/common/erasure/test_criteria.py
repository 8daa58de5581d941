"""Which events are to be erased."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from common.erasure.criteria import Criteria
from common.errors import InvalidInput

ID = "0193209e-3a80-7000-8000-000000000001"
JUNE, JULY = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
EVENT = {"user_id": "ann", "path": "/a", "event_id": ID, "timestamp": "2025-06-02T00:00:00.000000Z"}


@pytest.mark.parametrize(
    ("given", "is_erased"),
    [
        ({"user_id": "ann"}, True),
        ({"user_id": "bob"}, False),
        ({"user_id": "ann", "path": "/b"}, False),
        ({"path": "/a", "event_id": ID.upper()}, True),
        ({"from": JUNE, "to": JULY}, True),
        ({"from": JULY}, False),
        ({"to": datetime(2025, 6, 2, tzinfo=UTC)}, False),
        ({"from": datetime(2025, 6, 2, tzinfo=UTC)}, True),
    ],
)
def test_all_that_is_given_has_to_hold(given: dict[str, Any], is_erased: bool) -> None:
    criteria = Criteria.check(given)
    assert criteria.match(EVENT) is is_erased
    assert Criteria.read(json.loads(json.dumps(criteria.as_dict()))) == criteria


@pytest.mark.parametrize(
    "event", [{"user_id": "ann", "timestamp": "?"}, {"user_id": "ann"}, {"user_id": "ann", "timestamp": 7}]
)
def test_an_event_without_a_readable_time_is_in_every_period(event: dict[str, Any]) -> None:
    assert Criteria(user_id="ann", start=JUNE, after=JULY).match(event)


@pytest.mark.parametrize("event", [None, [], "ann", 7, {}, {"event_id": 7, "user_id": None}])
def test_what_is_no_event_of_the_person_is_not_erased(event: Any) -> None:
    assert not Criteria(user_id="ann", event_id=UUID(ID)).match(event)


def test_a_text_is_found_however_often_it_was_quoted() -> None:
    user = 'änn "the" \\ one'
    payload = json.dumps({"user_id": user})
    for _ in range(3):
        assert Criteria(user_id=user).match_text(payload)
        assert not Criteria(user_id="bob").match_text(payload)
        payload = json.dumps({"data": payload}, ensure_ascii=False)
    assert not Criteria(start=JUNE).match_text(payload)


@pytest.mark.parametrize(
    "payload",
    [
        f'{{"event_id": "{ID.upper()}", "user_id": "Ren\\u00E9 Ann+x"',
        f'{{"event_id": "{ID.replace("-", "")}", "user_id": "Ren\\u00e9 Ann\\u002Bx"',
        f"uid=Ren%C3%A9%20Ann%2Bx&id={ID}",
        f"uid=Ren%c3%a9+Ann%2bx&id={ID}",
        f'{{"data": "uid=Ren%C3%A9+Ann%2Bx\\u0026id={ID}"',
        f'{{"data": "{{\\"id\\": \\"{ID}\\", \\"user\\": \\"Ren\\\\u00E9 Ann+x\\"',
    ],
)
def test_a_text_is_found_in_what_nobody_can_read_whatever_it_is_spelled_like(payload: str) -> None:
    assert Criteria(user_id="René Ann+x").match_text(payload)
    assert Criteria(event_id=UUID(ID)).match_text(payload)
    assert Criteria(user_id="René Ann+x", event_id=UUID(ID)).match_text(payload)
    assert not Criteria(user_id="rené ann+x").match_text(payload)  # who is somebody else
    assert not Criteria(user_id="bob", event_id=UUID(ID)).match_text(payload)


@pytest.mark.parametrize("value", [["ann"], "ann", [["user_id", "ann"]], {"user_id": "ann"}])
def test_a_value_that_is_no_event_is_erased_where_it_names_the_person(value: Any) -> None:
    assert Criteria(user_id="ann").match_value(value)
    assert not Criteria(user_id="bob").match_value(value)


def test_a_character_of_two_escapes_is_one() -> None:
    assert Criteria(user_id="ann😀").match_text(r'{"user_id": "ann\ud83d\ude00"')


@pytest.mark.parametrize(
    ("given", "pointers"),
    [
        ({}, [""]),
        ({"user_id": "", "path": ""}, ["/user_id", "/path"]),
        ({"event_id": "x"}, ["/event_id"]),
        ({"from": JULY, "to": JUNE}, ["/to"]),
    ],
)
def test_what_is_wrong_is_said_member_by_member(given: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        Criteria.check(given)
    assert [fault.pointer for fault in caught.value.faults] == pointers
