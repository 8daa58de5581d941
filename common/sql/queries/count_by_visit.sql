-- What each visitor did, by the visits alone.
by_visitor as (
    select {group} as value, visit.visitor, 0 as page_views, 0 as events,
        count(*) filter (where {is_start}) as visits,
        count(*) filter (where {is_start} and visit.events = 1) as bounces,
        coalesce(sum(visit.duration_ms) filter (where {is_start}), 0) as duration_ms
    from active as visit
    {spread}
    where true
        {conditions}
    group by 1, 2
)
