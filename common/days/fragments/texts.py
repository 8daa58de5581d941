"""The SQL fragments of this folder."""

from common.postgres.sql import load_query

SPAN = load_query(__name__, "span")
IS_DUE = load_query(__name__, "is_due")
KEPT_DAYS = load_query(__name__, "kept_days")
