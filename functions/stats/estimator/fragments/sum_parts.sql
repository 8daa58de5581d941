-- The parts of a rollup together: whole months, days, quarter hours, and the edges of the range.
{name} as (
    select value, cast(sum(page_views) as bigint) as page_views, cast(sum(events) as bigint) as events,
        cast(sum(visits) as bigint) as visits, cast(sum(bounces) as bigint) as bounces,
        cast(sum(duration_ms) as bigint) as duration_ms, cast(sum(visitor_days) as bigint) as visitor_days,
        cast(sum(reports) as bigint) as reports, cast(sum(engaged_ms) as bigint) as engaged_ms,
        cast(sum(engaged_views) as bigint) as engaged_views, cast(sum(scrolled) as bigint) as scrolled,
        cast(sum(events) + coalesce(sum(reports), 0) as bigint) as occurrences
    from (
        {parts}
    ) as part
    where value is not null
    group by value
)
