-- The properties that a site's events have had: one step in the index each.
with recursive property as (
    (
        select dimension from rollups
        where site_id = :site_id and dimension > 'props.' and dimension < 'props/'
        order by dimension limit 1
    )
    union all
    select (
        select dimension from rollups
        where site_id = :site_id and dimension > property.dimension and dimension < 'props/'
        order by dimension limit 1
    ) from property
    where property.dimension is not null
)
select dimension from property where dimension is not null limit cast(:most as int)
