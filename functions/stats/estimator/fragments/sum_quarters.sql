-- The site's rollup by the quarter hour.
select {group} as value, page_views, events, visits, bounces, duration_ms, 0 as visitor_days, reports,
    engaged_ms, engaged_views, scrolled
from quarter_stats
where site_id = :site_id and at >= cast(:inner_start as timestamptz) and at < cast(:inner_after as timestamptz)
