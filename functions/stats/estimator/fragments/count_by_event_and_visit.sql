-- What each visitor did, by the events with their visits: all of it, and what passes.
by_visit as (
    select {group} as value, event.visitor, visit.start,
        count(*) filter (where event.event_type = 'page_view' and {passes}) as page_views,
        count(*) filter (where {passes}) as events,
        count(*) filter (where event.event_type = 'page_view') as all_page_views, count(*) as all_events,
        bool_or({is_start}) as is_start, min(visit.events) as size, min(visit.duration_ms) as duration_ms
    from events as event
    {visit_joined}
    where event.site_id = :site_id and event."timestamp" >= cast(:start as timestamptz)
        and event."timestamp" < cast(:after as timestamptz) and event.is_counted
        {events_sampled}
        {conditions}
    group by 1, 2, 3
), by_visitor as (
    select value, visitor, sum(page_views) as page_views, sum(events) as events,
        count(*) filter (where is_start and events > 0) as visits,
        count(*) filter (where is_start and events > 0 and size = 1) as bounces,
        coalesce(sum(duration_ms) filter (where is_start and events > 0), 0) as duration_ms,
        sum(all_page_views) as all_page_views, sum(all_events) as all_events,
        count(*) filter (where is_start) as all_visits,
        count(*) filter (where is_start and size = 1) as all_bounces,
        coalesce(sum(duration_ms) filter (where is_start), 0) as all_duration_ms, sum(events) > 0 as is_seen
    from by_visit
    group by value, visitor
)
