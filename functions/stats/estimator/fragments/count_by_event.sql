-- What each visitor did, by the events: all of it, and what passes.
by_visitor as (
    select {group} as value, event.visitor,
        count(*) filter (where event.event_type = 'page_view' and {passes}) as page_views,
        count(*) filter (where event.engaged_ms is null and {passes}) as events, 0 as visits, 0 as bounces,
        0 as duration_ms,
        count(*) filter (where event.engaged_ms is not null and {passes}) as reports,
        coalesce(sum(event.engaged_ms) filter (where {passes}), 0) as engaged_ms,
        count(*) filter (where event.engaged_ms is not null and event.scroll_depth_before is null and {passes})
            as engaged_views,
        coalesce(sum({scrolled}) filter (where {passes}), 0) as scrolled,
        count(*) filter (where event.event_type = 'page_view') as all_page_views,
        count(*) filter (where event.engaged_ms is null) as all_events,
        count(event.engaged_ms) as all_reports, coalesce(sum(event.engaged_ms), 0) as all_engaged_ms,
        count(*) filter (where event.engaged_ms is not null and event.scroll_depth_before is null) as all_engaged_views,
        coalesce(sum({scrolled}), 0) as all_scrolled, count(*) as all_occurrences,
        0 as all_visits, 0 as all_bounces, 0 as all_duration_ms, bool_or({passes}) as is_seen
    from events as event
    {visit_joined}
    where event.site_id = :site_id and event."timestamp" >= cast(:start as timestamptz)
        and event."timestamp" < cast(:after as timestamptz) and event.is_counted
        {events_sampled}
        {conditions}
    group by 1, 2
)
