"""The texts of this folder's SQL. `fill` puts something in the place of each `{name}`."""

from common.postgres.sql import fill, load_query

_SCROLLED = "greatest(event.scroll_depth - coalesce(event.scroll_depth_before, 0), 0)"
"""How much further a page was scrolled since the report before, in percent."""
_ENGAGEMENT_AND_ALL = fill(load_query(__name__, "engagement_and_all"), scrolled=_SCROLLED)

ACTIVE_VISITS = load_query(__name__, "active_visits")
COUNT_BY_EVENT = fill(load_query(__name__, "count_by_event"), engagement_and_all=_ENGAGEMENT_AND_ALL)
COUNT_BY_EVENT_AND_VISIT = fill(
    load_query(__name__, "count_by_event_and_visit"), engagement_and_all=_ENGAGEMENT_AND_ALL
)
COUNT_BY_VISIT = load_query(__name__, "count_by_visit")
DRAW_REVENUE = load_query(__name__, "draw_revenue")
EDGES = load_query(__name__, "edges")
FIND_REACHING = load_query(__name__, "find_reaching")
JOIN_ACTIVE = load_query(__name__, "join_active")
JOIN_VISIT = load_query(__name__, "join_visit")
READ_FIGURES = load_query(__name__, "read_figures")
READ_REVENUE = load_query(__name__, "read_revenue")
SEEN_BY_EVENT = load_query(__name__, "seen_by_event")
SEEN_BY_VISIT = load_query(__name__, "seen_by_visit")
SEEN_BY_VISIT_DAY = load_query(__name__, "seen_by_visit_day")
SPREAD_BUCKETS = load_query(__name__, "spread_buckets")
SUBTRACT = load_query(__name__, "subtract")
SUM_EDGE_DAYS = load_query(__name__, "sum_edge_days")
SUM_EDGES = fill(load_query(__name__, "sum_edges"), scrolled=_SCROLLED)
SUM_EVENT_EDGES = fill(load_query(__name__, "sum_event_edges"), scrolled=_SCROLLED)
SUM_IMPORTED = load_query(__name__, "sum_imported")
SUM_PARTS = load_query(__name__, "sum_parts")
SUM_QUARTERS = load_query(__name__, "sum_quarters")
SUM_ROLLUPS = load_query(__name__, "sum_rollups")
SUM_SEEN = load_query(__name__, "sum_seen")
SUM_VISITORS = load_query(__name__, "sum_visitors")
