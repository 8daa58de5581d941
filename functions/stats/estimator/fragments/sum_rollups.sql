-- The rollup of a dimension by the local day and month: whole months inside the range, days at its edges.
select {group} as value, page_views, events, visits, bounces, duration_ms, visitor_days, reports, engaged_ms,
    engaged_views, scrolled
from rollups
where site_id = :site_id and dimension = {dimension} {restriction} and grain = 'day'
    and date >= cast(:first_day as date) and date < cast(:first_month as date)
union all
select {group}, page_views, events, visits, bounces, duration_ms, visitor_days, reports, engaged_ms,
    engaged_views, scrolled
from rollups
where site_id = :site_id and dimension = {dimension} {restriction} and grain = 'month'
    and date >= cast(:first_month as date) and date < cast(:after_month as date)
union all
select {group}, page_views, events, visits, bounces, duration_ms, visitor_days, reports, engaged_ms,
    engaged_views, scrolled
from rollups
where site_id = :site_id and dimension = {dimension} {restriction} and grain = 'day'
    and date >= cast(:after_month as date) and date < cast(:after_day as date)
