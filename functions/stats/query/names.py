"""The words of a query beside those of its filters: metrics, periods, intervals."""

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
