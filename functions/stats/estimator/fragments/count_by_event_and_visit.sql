-- What each visitor did, by the events with their visits: all of it, and what passes.
by_visit as (
    select {group} as value, event.visitor, visit.start,
        count(*) filter (where event.event_type = 'page_view' and {passes}) as page_views,
        count(*) filter (where event.engaged_ms is null and {passes}) as events,
        {engagement_and_all},
        bool_or({is_seen}) as is_seen, bool_or({is_start}) as is_start,
        bool_or({is_control_start}) as is_control_start, min(visit.interactions) as interactions,
        min(visit.duration_ms) as duration_ms
    from events as event
    {visit_joined}
    where event.site_id = :site_id and event."timestamp" >= cast(:read_start as timestamptz)
        and event."timestamp" < cast(:read_after as timestamptz) and event.is_counted
        {events_sampled}
        {conditions}
    group by 1, 2, 3
), by_visitor as (
    select value, visitor, sum(page_views) as page_views, sum(events) as events,
        count(*) filter (where is_start and is_seen) as visits,
        count(*) filter (where is_start and is_seen and interactions <= 1) as bounces,
        coalesce(sum(duration_ms) filter (where is_start and is_seen), 0) as duration_ms,
        sum(reports) as reports, sum(engaged_ms) as engaged_ms, sum(engaged_views) as engaged_views,
        sum(scrolled) as scrolled,
        sum(all_page_views) as all_page_views, sum(all_events) as all_events,
        sum(all_reports) as all_reports, sum(all_engaged_ms) as all_engaged_ms,
        sum(all_engaged_views) as all_engaged_views, sum(all_scrolled) as all_scrolled,
        sum(all_occurrences) as all_occurrences, count(*) filter (where is_control_start) as all_visits,
        count(*) filter (where is_control_start and interactions <= 1) as all_bounces,
        coalesce(sum(duration_ms) filter (where is_control_start), 0) as all_duration_ms, bool_or(is_seen) as is_seen
    from by_visit
    group by value, visitor
)
