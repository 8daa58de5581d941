-- What is imported of whole days. A rate is of the rows of which both its parts are known.
imported as (
    select {group} as value, cast(sum(visitors) as bigint) as visitors, cast(sum(visits) as bigint) as visits,
        cast(sum(page_views) as bigint) as page_views, cast(sum(events) as bigint) as events,
        cast(sum(bounces) as bigint) as bounces, cast(sum(duration_ms) as bigint) as duration_ms,
        cast(sum(bounces) filter (where visits is not null) as bigint) as bounce_rate_of,
        cast(sum(visits) filter (where bounces is not null) as bigint) as bounce_rate_by,
        cast(sum(duration_ms) filter (where visits is not null) as bigint) as visit_duration_of,
        cast(sum(visits) filter (where duration_ms is not null) as bigint) as visit_duration_by,
        cast(sum(page_views) filter (where visits is not null) as bigint) as views_per_visit_of,
        cast(sum(visits) filter (where page_views is not null) as bigint) as views_per_visit_by
    from imported_figures
    where site_id = :site_id and dimension = :imported {restriction}
        and date >= cast(:imported_first as date) and date < cast(:imported_after as date)
    group by 1
)
