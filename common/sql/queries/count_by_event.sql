-- What each visitor did, by the events.
by_visitor as (
    select {group} as value, event.visitor,
        count(*) filter (where event.event_type = 'page_view') as page_views, count(*) as events,
        0 as visits, 0 as bounces, 0 as duration_ms
    from events as event
    {visit_joined}
    where event.site_id = :site_id and event."timestamp" >= cast(:start as timestamptz)
        and event."timestamp" < cast(:after as timestamptz)
        {events_drawn}
        {conditions}
    group by 1, 2
)
