-- Give what some visitors of a site did in a span of time to others, and count who was seen that day with which value of
-- an event's dimension.
with move as materialized (
    select visitor collate "C" as visitor, root collate "C" as root
    from rows from (
        json_array_elements_text(cast(:visitors as json)), json_array_elements_text(cast(:roots as json))
    ) as one (visitor, root)
), moved as (
    update events set visitor = root, sample = cast(hashtextextended(root, 0) & 1048575 as integer)
    from move, sites
    where sites.site_id = :site_id and events.site_id = :site_id and events.visitor = move.visitor
        and "timestamp" between ((timestamp 'epoch' + cast(:start as bigint) * interval '1 microsecond') at time zone 'UTC')
        and ((timestamp 'epoch' + cast(:end as bigint) * interval '1 microsecond') at time zone 'UTC')
    returning local_day("timestamp", time_zone, next_time_zone, rebuilt_until) as day, path, hostname, event_type, props,
        engaged_ms,
        move.visitor as old, root as new
), occurrences as materialized (
    select distinct day, dimension collate "C" as dimension, value collate "C" as value,
        cast(md5(concat_ws(' ', length(dimension), length(value), dimension, value, old)) as uuid) as old_key,
        cast(md5(concat_ws(' ', length(dimension), length(value), dimension, value, new)) as uuid) as new_key
    from moved cross join lateral (
{event_values}
    ) as has (dimension, value)
    where value is not null
), forgotten as (
    delete from daily_values using occurrences where site_id = :site_id and date = day and key = old_key
    returning day, dimension, value
), seen as (
    insert into daily_values (site_id, date, key)
    select distinct cast(:site_id as text), day, new_key from occurrences order by day, new_key
    on conflict do nothing
    returning date as day, key as new_key
), change as (
    select dimension, grain, date, value, sum(visitors) as visitors
    from (
        select dimension, day, value, -1 as visitors from forgotten
        union all
        select dimension, day, value, 1
        from (select distinct dimension, day, value, new_key from occurrences) as new join seen using (day, new_key)
    ) as one cross join lateral (
        values ('day' collate "C", day), ('month', cast(date_trunc('month', day) as date))
    ) as period (grain, date)
    group by dimension, grain, date, value
    having sum(visitors) <> 0
)
update rollups set visitor_days = visitor_days + change.visitors
from change
where rollups.site_id = :site_id and rollups.dimension = change.dimension and rollups.grain = change.grain
    and rollups.date = change.date and rollups.value = change.value
