"""The SQL fragments of this folder, with their slots filled."""

from common.postgres.sql import fill, load_query
from common.visits.fragments.attributes import ATTRIBUTES
from common.visits.fragments.engagement import ENGAGEMENT

PLAIN_VALUES = load_query(__name__, "plain_values")
EVENT_VALUES = fill(load_query(__name__, "event_values"), plain_values=PLAIN_VALUES)
KNOWN_VISITS = fill(load_query(__name__, "known_visits"), **ATTRIBUTES)
VISITS_OF_DAYS = fill(load_query(__name__, "visits_of_days"), known_visits=KNOWN_VISITS)
COUNT_EVENTS = fill(
    load_query(__name__, "count_events"),
    plain_values=PLAIN_VALUES,
    **ATTRIBUTES,
    **ENGAGEMENT,
)
