-- All visitors' figures together.
counted as (
    select value, cast(sum(page_views) as bigint) as page_views, cast(sum(events) as bigint) as events,
        cast(sum(visits) as bigint) as visits, cast(sum(bounces) as bigint) as bounces,
        cast(sum(duration_ms) as bigint) as duration_ms, count(visitor) filter (where is_seen) as visitors,
        {products} as products
    from by_visitor
    where value is not null
    group by value
    {held}
)
