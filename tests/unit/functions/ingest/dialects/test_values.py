"""Other trackers' values within the bounds of ours."""

from collections import Counter
from typing import Any

import pytest

from common.errors import Fault
from functions.ingest.dialects.values import (
    derive_id,
    find_forwarded,
    read_name,
    read_page,
    read_props,
    read_revenue,
    read_text,
)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("a", "a"),
        ("", None),
        ("\0", None),
        ("a\ud800b", "ab"),
        (7, "7"),
        (1.5, "1.5"),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_a_text_is_what_says_something_and_can_be_stored(given: Any, text: str | None) -> None:
    assert read_text(given) == text


def test_a_name_is_cut_between_two_characters_and_the_loss_is_noted() -> None:
    losses: list[Fault] = []
    assert read_name("é" * 33, losses) == "é" * 32
    assert [loss.pointer for loss in losses] == ["/event_type"]
    assert read_name("é" * 32, losses) == "é" * 32
    assert len(losses) == 1


def test_inner_objects_become_names_with_dots_and_lists_become_json() -> None:
    losses: list[Fault] = []
    given = {"a": {"b": {"c": 1}, "d": []}, "e": [1, "é"], "f": None, "g": "", "h": True, "": "x"}
    assert read_props(given, losses) == {"a.b.c": 1, "e": '[1,"é"]', "h": True}
    assert losses == []


def test_properties_past_the_bounds_are_cut_and_the_loss_is_noted_once() -> None:
    losses: list[Fault] = []
    props = read_props({f"{number}{'n' * 70}": "v" * 2_000 for number in range(40)}, losses)
    assert (len(props), set(map(len, props)), set(map(len, props.values()))) == (30, {64}, {1_000})
    assert [loss.pointer for loss in losses] == ["/props"]


@pytest.mark.parametrize(("given", "kept"), [(2.0**60, "1.152921504606847e+18"), (10**2_000, None), (2**64, 2**64)])
def test_numbers_that_a_property_does_not_hold_are_texts_or_nothing(given: float, kept: Any) -> None:
    assert read_props({"n": given}, []).get("n") == kept


@pytest.mark.parametrize(
    ("amount", "currency", "read"),
    [
        (1, "EUR", True),
        ("1.50", " eur ", True),
        (1e300, "EUR", False),
        (1, "XYZ", False),
        (None, "EUR", False),
        (1, 7, False),
    ],
)
def test_revenue_that_cant_be_read_is_a_loss(amount: Any, currency: Any, read: bool) -> None:
    losses: list[Fault] = []
    assert (read_revenue(amount, currency, losses) is not None) is read
    assert bool(losses) is not read


def test_nothing_earned_is_no_loss() -> None:
    losses: list[Fault] = []
    assert (read_revenue(None, None, losses), losses) == (None, [])


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ("https://a.example/b?c=d", {"url": "https://a.example/b?c=d"}),
        ("HTTP://a.example", {"url": "HTTP://a.example"}),
        ("app://localhost/cart?x=1", {"path": "/cart?x=1"}),
        ("app://localhost", {"path": "/"}),
        ("/b", {"path": "/b"}),
        ("b", {"path": "/b"}),
        ("/b?next=https://a.example/", {"path": "/b?next=https://a.example/"}),
    ],
)
def test_a_page_that_is_not_on_the_web_has_a_path_alone(given: str, page: dict[str, str]) -> None:
    assert read_page(given) == page


def test_equal_contents_of_a_request_have_ids_of_their_own_which_are_the_same_again() -> None:
    contents = [{"a": 1}, {"a": 1}, {"a": 2}]
    first, again = ([derive_id(one, seen) for one in contents] for seen in (Counter[str](), Counter[str]()))
    assert first == again
    assert len(set(first)) == 3


@pytest.mark.parametrize(
    ("hops", "address"),
    [("203.0.113.9, 10.0.0.1", "203.0.113.9"), ("unknown, 2001:db8::1", "2001:db8::1"), ("", None), ("x", None)],
)
def test_the_first_address_of_a_way_is_the_visitors(hops: str, address: str | None) -> None:
    assert find_forwarded(hops) == address
