"""The texts of this folder's SQL. `fill` puts something in the place of each `{name}`."""

from common.postgres.sql import load_query

COUNT_JOURNEYS = load_query(__name__, "count_journeys")
