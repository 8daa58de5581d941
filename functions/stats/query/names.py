"""The words of a query: dimensions, metrics, operators, periods, intervals."""

from common.filters.words import DIMENSIONS as DIMENSIONS
from common.filters.words import EVENT_DIMENSIONS as EVENT_DIMENSIONS
from common.filters.words import OPERATORS as OPERATORS
from common.filters.words import PROPERTY as PROPERTY
from common.filters.words import VISIT_DIMENSIONS as VISIT_DIMENSIONS
from common.filters.words import is_dimension as is_dimension
from common.filters.words import is_property as is_property
from common.filters.words import is_text as is_text
from common.filters.words import is_visit_dimension as is_visit_dimension

COUNTS = ("visitors", "visits", "page_views", "events")
RATES = ("bounce_rate", "visit_duration", "views_per_visit", "engaged_time", "scroll_depth")
METRICS = (*COUNTS, *RATES, "revenue")
SORTABLE = (*COUNTS, *RATES)
VISIT_METRICS = ("visits", "bounce_rate", "visit_duration", "views_per_visit")
"""What is counted of visits."""

PERIODS = ("today", "yesterday", "24h", "7d", "30d", "90d", "12m", "month", "year", "all")
INTERVALS = ("minute", "hour", "day", "week", "month", "year")
COMPARISONS = ("previous", "year")
FORMATS = ("json", "csv")
DIRECTIONS = ("asc", "desc")

SUMMARY_METRICS = ("visitors", "visits", "page_views", "bounce_rate", "visit_duration")
SERIES_METRICS = ("visitors", "visits", "page_views")
EVENT_METRICS = ("visitors", "page_views")
