-- What lies at the edges of the range, beyond the rollup of a dimension of events: that has no visits.
select {group} as value, count(*) filter (where event.event_type = 'page_view') as page_views, count(*) as events,
    0 as visits, 0 as bounces, 0 as duration_ms, count(distinct event.visitor) as visitor_days
from events as event
{edges}
