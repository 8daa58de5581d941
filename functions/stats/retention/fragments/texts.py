"""The texts of this folder's SQL. `fill` puts something in the place of each `{name}`."""

from common.postgres.sql import load_query

COUNT_RETURNS = load_query(__name__, "count_returns")
SEEN_BY_EVENT = load_query(__name__, "seen_by_event")
SEEN_BY_VISIT = load_query(__name__, "seen_by_visit")
