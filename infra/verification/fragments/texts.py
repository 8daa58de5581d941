"""The SQL fragments of this folder, with their slots filled."""

from common.postgres.sql import fill, load_query
from common.visits.fragments.attributes import ATTRIBUTES

RECOUNT_VISITS = fill(load_query(__name__, "recount_visits"), **ATTRIBUTES)
RECOUNT_VISITORS = load_query(__name__, "recount_visitors")
RECOUNT_QUARTERS = load_query(__name__, "recount_quarters")
RECOUNT_ROLLUPS = fill(load_query(__name__, "recount_rollups"), **ATTRIBUTES)
