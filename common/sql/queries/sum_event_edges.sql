-- What lies at the edges of the range, beyond what is kept of a dimension of events: of that no visits are kept.
select {group} as value, count(*) filter (where event.event_type = 'page_view') as page_views, count(*) as events,
    0 as visits, 0 as bounces, 0 as duration_ms, count(distinct event.visitor) as visitor_days
from events as event
where event.site_id = :site_id and event.is_counted
    and (
        event."timestamp" >= cast(:start as timestamptz) and event."timestamp" < cast(:inner_start as timestamptz)
        or event."timestamp" >= cast(:inner_after as timestamptz) and event."timestamp" < cast(:after as timestamptz)
    )
    {conditions}
group by 1, event."timestamp" < cast(:inner_start as timestamptz)
