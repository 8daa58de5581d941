"""Who is one visitor, against a reference of a few lines."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from common.visits.visit import SiteVisitor
from functions.process.visitor_joins import unite
from functions.process.visitor_links import Link, Member, find, join

ids = st.integers(0, 7).map(lambda number: ("blog", f"d{number}"))
all_links = st.lists(st.tuples(ids, ids).filter(lambda link: link[0] != link[1]), max_size=10)


def group(links: list[Link]) -> dict[SiteVisitor, Member]:
    """The reference: whoever can be walked to."""
    found = {}
    for start in {visitor for link in links for visitor in link}:
        reached = {start}
        for _ in links:
            reached |= {one for link in links if reached & set(link) for one in link}
        continuing = {visitor for visitor, _ in links}
        root = min(reached - continuing) if reached - continuing else min(reached)
        found[start] = Member(root, start in continuing)
    return found


@given(all_links, st.randoms(use_true_random=False))
def test_who_is_one_follows_from_the_links_in_whatever_order_and_portions_they_come(
    links: list[Link], draw: Any
) -> None:
    known: dict[SiteVisitor, Member] = {}
    coming = list(links)
    draw.shuffle(coming)
    while coming:
        size = draw.randint(1, len(coming))
        roots = {find(known, visitor).root for link in coming[:size] for visitor in link}
        # no more than the visitors that these links touch
        known |= join({one: member for one, member in known.items() if member.root in roots}, coming[:size])
        coming = coming[size:]
    assert known == group(links)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4))))
def test_spans_that_are_read_together_cover_what_they_are_made_of(pieces: list[tuple[int, int]]) -> None:
    seconds = 1_000_000
    spans = [(start * seconds, (start + length) * seconds) for start, length in pieces]
    united = unite(spans)
    assert all(any(first <= start and end <= last for first, last in united) for start, end in spans)
    assert all(second[0] - first[1] > seconds for first, second in pairwise(united))
    assert {edge for span in united for edge in span} <= {edge for span in spans for edge in span}


def test_a_chain_goes_by_its_first_id_and_not_by_its_smallest() -> None:
    first, second, third = ("blog", "dz"), ("blog", "da"), ("blog", "db")
    joined = join({}, [(third, second), (second, first)])
    assert joined == {first: Member(first, False), second: Member(first, True), third: Member(first, True)}


def test_what_was_known_of_others_is_kept() -> None:
    first, second, third = ("blog", "dz"), ("blog", "da"), ("blog", "db")
    known = join({}, [(third, second)])
    assert find(known, third).root == second
    assert find(join(known, [(second, first)]), third).root == first
