"""Makes the visits again of which some events are deleted, from those that remain."""

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from common.postgres.driver import Connection
from common.postgres.sql import fill, load_query
from common.visits.fragments.attributes import ATTRIBUTES
from common.visits.visit import SiteVisitor, Visit, merge, read_visit
from common.visits.writer import read_days, write

READ_LEFT = fill(load_query(__name__, "read_left"), **ATTRIBUTES)

Touched = Sequence[tuple[str, int, str]]
"""Of each deleted event its visitor, its time in microseconds since 1970, and its local day."""
_Visits = dict[SiteVisitor, list[Visit]]


def recount_visits(connection: Connection, site_id: str, touched: Touched) -> None:
    """Write the visits of these events anew, with the figures of visits. The caller has locked the site's row."""
    if not touched:
        return
    times: dict[SiteVisitor, list[int]] = defaultdict(list)
    for visitor, at, _ in sorted(touched):
        times[site_id, visitor].append(at)
    days = {(site_id, visitor, day) for visitor, _, day in touched}
    broken = _find_broken(read_days(connection, days), times)
    # whether a visitor has other visits on the days of a broken one matters as well
    days |= {(*visitor, part.day) for visitor, visits in broken.items() for visit in visits for part in visit.parts}
    known = read_days(connection, days)
    broken = _find_broken(known, times)
    pieces = _read_left(connection, site_id, broken)
    after: _Visits = {}
    for key, visits in known.items():
        gone = {id(visit) for visit in broken[key]}
        after[key] = [visit for visit in visits if id(visit) not in gone] + merge(pieces.get(key, []))
    write(connection, known, after)


def _find_broken(known: Mapping[SiteVisitor, Sequence[Visit]], times: Mapping[SiteVisitor, Sequence[int]]) -> _Visits:
    """The visits that had any of these events; the times of each visitor are in order."""
    return {
        visitor: [visit for visit in visits if _is_within(times.get(visitor, []), visit)]
        for visitor, visits in known.items()
    }


def _is_within(times: Sequence[int], visit: Visit) -> bool:
    first = bisect_left(times, visit.start)
    return first < len(times) and times[first] <= visit.end


def _read_left(connection: Connection, site_id: str, broken: Mapping[SiteVisitor, Sequence[Visit]]) -> _Visits:
    spans: list[Any] = [
        (visitor, visit.start, visit.end) for (_, visitor), visits in broken.items() for visit in visits
    ]
    [[rows]] = connection.run(READ_LEFT, site_id=site_id, spans=json.dumps(spans)) or []
    pieces: _Visits = defaultdict(list)
    for visitor, *piece in rows or ():
        pieces[site_id, visitor].append(read_visit(piece))
    return pieces
