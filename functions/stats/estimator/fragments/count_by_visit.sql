-- What each visitor did, by the visits alone: all of it, and what passes.
by_visitor as (
    select value, visitor, 0 as page_views, 0 as events,
        count(*) filter (where is_start and passes) as visits,
        count(*) filter (where is_start and passes and interactions <= 1) as bounces,
        coalesce(sum(duration_ms) filter (where is_start and passes), 0) as duration_ms,
        0 as reports, 0 as engaged_ms, 0 as engaged_views, 0 as scrolled,
        0 as all_page_views, 0 as all_events, 0 as all_reports, 0 as all_engaged_ms, 0 as all_engaged_views,
        0 as all_scrolled, 0 as all_occurrences, count(*) filter (where is_control_start) as all_visits,
        count(*) filter (where is_control_start and interactions <= 1) as all_bounces,
        coalesce(sum(duration_ms) filter (where is_control_start), 0) as all_duration_ms, bool_or(passes) as is_seen
    from (
        select {group} as value, visit.visitor, {is_start} as is_start, {is_control_start} as is_control_start,
            {passes} as passes, visit.interactions, visit.duration_ms
        from active as visit
        {spread}
        where true
            {conditions}
    ) as one
    group by value, visitor
)
