-- Put back who was seen with what on a day of a site, by a bounded number of its events, in their order. Events of one
-- moment go together. Returns how many they were, and when the last was.
with part as materialized (
    select "timestamp", visitor, user_id, path, hostname, event_type, props, engaged_ms, is_counted
    from events
    where site_id = :site_id and "timestamp" > cast(:since as timestamptz) and "timestamp" < cast(:until as timestamptz)
    order by "timestamp"
    fetch first cast(:most as bigint) rows with ties
), rebuilt_users as (
    insert into daily_users (site_id, date, user_id)
    select distinct cast(:site_id as text), cast(:date as date), user_id
    from part
    where user_id is not null and cast("timestamp" at time zone 'UTC' as date) = cast(:date as date)
    order by user_id
    on conflict do nothing
), rebuilt_values as (
    insert into daily_values (site_id, date, key)
    select distinct cast(:site_id as text), cast(:date as date),
        cast(md5(concat_ws(' ', length(dimension), length(value), dimension, value, visitor)) as uuid)
    from part join sites on site_id = :site_id cross join lateral (
{event_values}
    ) as has (dimension, value)
    where is_counted and visitor is not null and value is not null
        and local_day("timestamp", time_zone, next_time_zone, rebuilt_until) = cast(:date as date)
    order by 3
    on conflict do nothing
)
select count(*), cast(max("timestamp") as text) from part
