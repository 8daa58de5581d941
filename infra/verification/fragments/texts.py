"""The SQL fragments of this folder, with their slots filled."""

from common.postgres.sql import fill, load_query
from common.visits.fragments.attributes import ATTRIBUTES
from common.visits.fragments.engagement import ENGAGEMENT

COUNTED = {"counted": load_query(__name__, "counted_events").rstrip()}
RECOUNT_VISITS = fill(load_query(__name__, "recount_visits"), **COUNTED, **ATTRIBUTES)
RECOUNT_VISITORS = load_query(__name__, "recount_visitors")
RECOUNT_QUARTERS = fill(load_query(__name__, "recount_quarters"), **COUNTED)
RECOUNT_ROLLUPS = fill(load_query(__name__, "recount_rollups"), **COUNTED, **ATTRIBUTES, **ENGAGEMENT)
DIFFERING_VISITS = fill(load_query(__name__, "differing_visits"), **ATTRIBUTES, **ENGAGEMENT)
DIFFERING_ROLLUPS = fill(load_query(__name__, "differing_rollups"), **ENGAGEMENT)
