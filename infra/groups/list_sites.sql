-- Each site of a table once: a look into the index for each, where there is one that begins with the site.
with recursive found (site_id) as (
    (select site_id from {table} order by site_id limit 1)
    union all
    select (select site_id from {table} where site_id > found.site_id order by site_id limit 1)
    from found where found.site_id is not null
)
select site_id from found where site_id is not null
