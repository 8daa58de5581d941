-- What each visitor did, by the events: all of it, and what passes.
by_visitor as (
    select {group} as value, event.visitor,
        count(*) filter (where event.event_type = 'page_view' and {passes}) as page_views,
        count(*) filter (where event.engaged_ms is null and {passes}) as events, 0 as visits, 0 as bounces,
        0 as duration_ms,
        {engagement_and_all},
        0 as all_visits, 0 as all_bounces, 0 as all_duration_ms, bool_or({is_seen}) as is_seen
    from events as event
    {visit_joined}
    where event.site_id = :site_id and event."timestamp" >= cast(:read_start as timestamptz)
        and event."timestamp" < cast(:read_after as timestamptz) and event.is_counted
        {events_sampled}
        {conditions}
    group by 1, 2
)
