-- What lies at the edges of the range, beyond the rollup of a dimension of events: that has no visits.
select {group} as value, count(*) filter (where event.event_type = 'page_view') as page_views,
    count(*) filter (where event.engaged_ms is null) as events, 0 as visits, 0 as bounces, 0 as duration_ms,
    count(distinct event.visitor) as visitor_days,
    count(event.engaged_ms) as reports, coalesce(sum(event.engaged_ms), 0) as engaged_ms,
    count(*) filter (where event.engaged_ms is not null and event.scroll_depth_before is null) as engaged_views,
    coalesce(sum({scrolled}), 0) as scrolled
from events as event
{edges}
