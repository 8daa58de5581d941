"""Cutting a batch by the databases of its sites."""

import json

import pytest

from common.groups.slots import find_slot
from common.wire import Entry
from functions.process.absent_slots import cut, leave_absent

BLOG, SHOP = "blog", "shop"


def entry(*sites: str, knows: bool = True) -> Entry:
    data = json.dumps([{"site_id": site_id} for site_id in sites]).encode()
    return Entry(data, len(sites), "0:1-0", sites=frozenset(sites) if knows else None)


def test_an_entry_of_one_database_is_not_read_again() -> None:
    whole = Entry(b"events", 3, "0:1-0", sites=frozenset([BLOG, SHOP]))
    assert cut([whole], lambda _: "second") == {"second": [whole]}
    assert leave_absent([whole], [], {find_slot(BLOG) ^ 1}) == ([whole], [], frozenset())


@pytest.mark.parametrize("knows", [False, True])
def test_an_entry_of_two_databases_is_taken_apart_and_its_parts_are_not(knows: bool) -> None:
    parts = cut([entry(BLOG, SHOP, BLOG, knows=knows)], lambda site_id: site_id)
    assert {site: [part.message_id for part in own] for site, own in parts.items()} == {
        BLOG: ["0:1-0/0", "0:1-0/2"],
        SHOP: ["0:1-0/1"],
    }
    assert all(part.sites == {site} for site, own in parts.items() for part in own)


def test_what_is_of_an_absent_slot_is_left_and_named() -> None:
    kept, _, left = leave_absent([entry(BLOG, SHOP)], [], {find_slot(SHOP)})
    assert ([json.loads(part.data) for part in kept], left) == ([[{"site_id": BLOG}]], {"0:1-0/1"})
