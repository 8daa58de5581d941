"""What goals and segments stand for, put into filters that name them."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from common.errors import Forbidden, InvalidInput
from common.filters.conditions import Condition, Filter, Junction, OfVisit, parse_filters
from common.goals.goal import Goal
from common.segments.segment import Segment
from functions.stats.query.definitions import MAX_ALL_PATTERN_BYTES, Definitions
from tests.unit.functions.stats.estimator.asking import ask

SIGNUP = Condition("event_type", "is", ("signup",))
GERMAN = {"dimension": "country", "operator": "is", "value": "DE"}


def named(kind: str, operator: str, *names: str) -> dict[str, Any]:
    return {"dimension": kind, "operator": operator, "value": list(names)}


def parse(*conditions: Any) -> Filter | None:
    filters, faults = parse_filters(json.dumps(conditions))
    assert faults == []
    return filters


class Kept:
    """A site with some goals and segments, which counts how often it is read."""

    reads = 0

    def read_goals(self, site_id: str) -> Sequence[Goal]:
        self.reads += 1
        return [Goal("signup", event="signup"), Goal("long", path="*" * 900), Goal("longer", path="?" * 900)]

    def read_segments(self, site_id: str) -> Sequence[Segment]:
        self.reads += 1
        return [
            Segment("germans", json.dumps([GERMAN])),
            Segment("undecided", json.dumps([GERMAN, named("goal", "has_not", "signup")])),
            Segment("stale", json.dumps([named("goal", "is", "gone")])),
            Segment("of-a-later-version", '[{"new": 1}]'),
        ]


def expand(*conditions: Any) -> Filter | None:
    return Definitions("blog", Kept()).expand(parse(*conditions))


def test_a_filter_without_names_is_left_alone_and_nothing_is_read_for_it() -> None:
    kept, filters = Kept(), parse(GERMAN)
    assert Definitions("blog", kept).expand(filters) is filters
    assert kept.reads == 0


def test_a_goal_stands_for_its_events_or_for_the_visits_with_some_or_without() -> None:
    assert expand(named("goal", "is", "signup")) == Junction("and", (SIGNUP,))
    assert expand(named("goal", "has", "signup")) == Junction("and", (OfVisit(SIGNUP, has=True),))
    assert expand(named("goal", "has_not", "signup")) == Junction("and", (OfVisit(SIGNUP, has=False),))


def test_a_segment_stands_for_its_conditions_and_for_what_these_name() -> None:
    german = Condition("country", "is", ("DE",))
    undecided = Junction("and", (german, OfVisit(SIGNUP, has=False)))
    assert expand(named("segment", "is", "undecided")) == Junction("and", (undecided,))
    both = Junction("or", (Junction("and", (german,)), undecided))
    assert expand({"or": [named("segment", "is", "germans", "undecided")]}) == Junction(
        "and", (Junction("or", (both,)),)
    )


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("goal", "gone", "it has long, longer, signup"),
        ("segment", "gone", "it has germans, stale, undecided"),
        ("segment", "stale", "no goal 'gone'"),
        ("segment", "of-a-later-version", "no segment"),
    ],
)
def test_a_name_that_stands_for_nothing_is_refused_and_a_link_that_has_it_shows_nothing(
    kind: str, name: str, said: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        expand(named(kind, "is", name))
    assert said in raised.value.faults[0].detail
    with pytest.raises(Forbidden):
        _ = Definitions("blog", Kept(), parse(named(kind, "is", name))).forced


def test_a_query_keeps_its_filters_as_they_were_written_beside_what_they_stand_for() -> None:
    query = ask("summary", filters=parse(named("goal", "is", "signup")))
    held = Definitions("blog", Kept(), parse(GERMAN)).hold(query)
    german = Junction("and", (Condition("country", "is", ("DE",)),))
    assert held.filters == Junction("and", (german, Junction("and", (SIGNUP,))))
    assert held.written == Junction("and", (german, query.filters or german))
    assert Definitions("blog", Kept()).hold(ask("summary")).written is None


def test_what_names_stand_for_is_bounded_as_a_whole() -> None:
    long = {"or": [named("goal", "has", "long", "longer") for _ in range(3)]}
    assert MAX_ALL_PATTERN_BYTES < 6 * 900
    with pytest.raises(InvalidInput) as raised:
        Definitions("blog", Kept()).hold(ask("summary", filters=parse(long)))
    assert f"{MAX_ALL_PATTERN_BYTES:,} bytes" in raised.value.faults[0].detail
