-- The rollup of a dimension by the local day: the days of which the range has a part.
select {group} as value, page_views, events, visits, bounces, duration_ms, visitor_days, reports, engaged_ms,
    engaged_views, scrolled
from rollups
where site_id = :site_id and dimension = {dimension} {restriction} and grain = 'day'
    and (
        date >= cast(:read_first_day as date) and date < cast(:first_day as date)
        or date >= cast(:after_day as date) and date < cast(:read_after_day as date)
    )
