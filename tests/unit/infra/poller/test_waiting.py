"""What a lane has read, and what of it may be handed on."""

from collections.abc import Iterable
from itertools import chain

from common.wire import Entry
from infra.poller.waiting import LEAST_EVENTS, WORTH_CUTTING_EVENTS, Waiting

MOST, BYTES = 5_000, 1 << 20


def entry(number: int, stripe: int | None, count: int = WORTH_CUTTING_EVENTS) -> Entry:
    return Entry(b"[]", count, f"0:{number}-0", stripe)


def wait_for(entries: Iterable[Entry]) -> Waiting:
    waiting = Waiting()
    waiting.add(entries)
    return waiting


def take_all(waiting: Waiting, hands: int) -> list[list[Entry]]:
    """What each of so many hands gets, while none is done."""
    batches = []
    while hands and (batch := waiting.take(hands, MOST, BYTES)):
        batches.append(batch)
        hands -= 1
    return batches


def list_stripes(batches: Iterable[Iterable[Entry]]) -> list[list[int]]:
    return [sorted({one.stripe for one in batch if one.stripe is not None}) for batch in batches]


def test_batches_in_flight_have_no_stripe_in_common_keep_the_order_and_lose_nothing() -> None:
    entries = [entry(number, number % 5, 200) for number in range(40)]
    batches = take_all(wait_for(entries), 3)
    assert len(batches) == 3
    assert sorted(chain.from_iterable(list_stripes(batches))) == [*range(5)]
    assert [sorted(batch, key=entries.index) for batch in batches] == batches
    assert sorted((one for batch in batches for one in batch), key=entries.index) == entries


def test_a_batch_is_a_range_of_stripes_and_a_fair_share() -> None:
    sizes = dict(enumerate((1_050, 989, 1_085, 959, 900, 909, 908, 968)))
    for hands, expected in ((2, [[0, 1, 2, 3], [4, 5, 6, 7]]), (4, [[0, 1], [2, 3], [4, 5], [6, 7]])):
        waiting = wait_for(entry(stripe, stripe, size) for stripe, size in sizes.items())
        assert list_stripes(take_all(waiting, hands)) == expected


def test_what_waits_longest_goes_next_however_much_keeps_coming_for_others() -> None:
    waiting = wait_for(entry(number, number % 3) for number in range(6))
    waiting.add([entry(6, 5, 10)])
    taken: list[Entry] = []
    for number in range(10, 40, 10):
        batch = waiting.take(1, MOST, BYTES)
        waiting.give_back(batch)
        waiting.add(entry(number + more, more % 3) for more in range(10))
        taken += batch
    assert entry(6, 5, 10) in taken


def test_what_has_a_stripe_in_flight_waits_until_that_is_given_back() -> None:
    waiting = wait_for([entry(1, 3)])
    batch = waiting.take(2, MOST, BYTES)
    waiting.add([entry(2, 3), entry(3, 4)])
    assert waiting.take(1, MOST, BYTES) == [entry(3, 4)]
    assert waiting.take(1, MOST, BYTES) == []
    waiting.give_back(batch)
    assert waiting.take(1, MOST, BYTES) == [entry(2, 3)]


def test_few_events_are_one_batch_and_wait_while_another_is_in_flight() -> None:
    few = [entry(1, 3, 5), entry(2, 4, 5)]
    waiting = wait_for(few)
    assert waiting.take(2, MOST, BYTES) == few
    waiting.add([entry(3, 5, LEAST_EVENTS - 1)])
    assert waiting.take(1, MOST, BYTES) == []
    waiting.give_back(few)
    assert waiting.take(2, MOST, BYTES) == [entry(3, 5, LEAST_EVENTS - 1)]


def test_a_stripe_that_is_more_than_a_batch_is_cut_and_the_rest_of_it_waits() -> None:
    waiting = wait_for([entry(number, 3) for number in range(7)])
    batch = waiting.take(2, MOST, BYTES)
    assert (len(batch), waiting.events) == (5, 2_000)
    assert waiting.take(1, MOST, BYTES) == []
    waiting.give_back(batch)
    assert len(waiting.take(2, MOST, BYTES)) == 2


def test_entries_of_an_older_ingest_whose_sites_nobody_knows_are_in_flight_alone() -> None:
    waiting = wait_for([entry(1, 3), entry(2, None), entry(3, 4)])
    batch = waiting.take(2, 2_000, BYTES)
    assert batch == [entry(1, 3), entry(2, None)]
    assert waiting.take(1, MOST, BYTES) == []
    waiting.give_back(batch)
    batch = waiting.take(2, MOST, BYTES)
    waiting.add([entry(4, None)])
    assert waiting.take(1, MOST, BYTES) == []


def test_an_entry_that_says_it_has_no_events_is_handed_on_like_any() -> None:
    waiting = wait_for([entry(1, 0), entry(2, 1), entry(3, 7, 0)])
    assert sorted(one.message_id for batch in take_all(waiting, 2) for one in batch) == ["0:1-0", "0:2-0", "0:3-0"]
    assert (len(waiting), waiting.events, waiting.size) == (0, 0, 0)
