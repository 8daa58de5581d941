"""Cutting what was read by site."""

from common.wire import Entry
from infra.poller.shares import WORTH_CUTTING_EVENTS, share_out


def entry(number: int, stripe: int | None, count: int = WORTH_CUTTING_EVENTS) -> Entry:
    return Entry(b"[]", count, f"0:{number}-0", stripe)


def test_shares_have_no_group_in_common_keep_the_order_and_lose_nothing() -> None:
    entries = [entry(number, number % 5) for number in range(40)]
    shares = share_out(entries, 3)
    stripes = [{one.stripe for one in share} for share in shares]
    assert len(shares) == 3
    assert sum(map(len, stripes)) == len(set().union(*stripes)) == 5
    assert [sorted(share, key=entries.index) for share in shares] == shares
    assert sorted((one for share in shares for one in share), key=entries.index) == entries


def test_shares_are_about_alike_in_events() -> None:
    sizes = {0: 5_000, 1: 3_000, 2: 2_000, 3: 1_000, 4: 1_000}
    shares = share_out([entry(stripe, stripe, size) for stripe, size in sizes.items()], 2)
    assert [sum(one.count for one in share) for share in shares] == [6_000, 6_000]


def test_a_share_is_a_range_of_groups_where_that_is_about_as_even() -> None:
    sizes = dict(enumerate((3_050, 1_989, 3_085, 1_959, 1_900, 2_909, 1_908, 2_968)))
    for most, expected in ((2, [[0, 1, 2, 3], [4, 5, 6, 7]]), (4, [[0, 1], [2, 3], [4, 5], [6, 7]])):
        shares = share_out([entry(stripe, stripe, size) for stripe, size in sizes.items()], most)
        assert [[one.stripe for one in share] for share in shares] == expected


def test_no_share_is_empty_where_one_group_has_most() -> None:
    shares = share_out([entry(stripe, stripe, size) for stripe, size in ((0, 10), (1, 10), (2, 5_000))], 3)
    assert sorted(sum(one.count for one in share) for share in shares) == [10, 10, 5_000]


def test_one_group_few_events_and_one_hand_make_one_share() -> None:
    for entries, hands in (
        ([entry(1, 3), entry(2, 3)], 2),
        ([entry(1, 3, 5), entry(2, 4, 5)], 2),
        ([entry(1, 3), entry(2, 4)], 1),
    ):
        assert share_out(entries, hands) == [entries]


def test_entries_of_an_older_ingest_whose_sites_nobody_knows_stay_together() -> None:
    entries = [entry(1, 3), entry(2, None), entry(3, 4)]
    assert share_out(entries, 2) == [entries]


def test_an_entry_that_says_it_has_no_events_is_shared_out_like_any() -> None:
    entries = [entry(1, 0), entry(2, 1), entry(3, 7, 0)]
    assert sorted(one.message_id for share in share_out(entries, 2) for one in share) == ["0:1-0", "0:2-0", "0:3-0"]
