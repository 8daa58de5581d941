-- Make a site's daily_stats, daily_paths and daily_users of a step again from its events.
with recounted_events as materialized (
    select site_id, cast("timestamp" at time zone 'UTC' as date) as date, event_type, path, user_id
    from events
    where site_id = :site_id and "timestamp" >= cast(:first as timestamptz) and "timestamp" < cast(:until as timestamptz)
), repaired_users as (
    insert into daily_users (site_id, date, user_id)
    select distinct site_id, date, user_id from recounted_events where user_id is not null order by 1, 2, 3
), repaired_paths as (
    insert into daily_paths (site_id, date, path, views)
    select site_id, date, path, count(*) from recounted_events
    where event_type = 'page_view' group by 1, 2, 3 order by 1, 2, 3
)
insert into daily_stats (site_id, date, total_views, unique_users)
select site_id, date, count(*) filter (where event_type = 'page_view'), count(distinct user_id)
from recounted_events group by 1, 2 order by 1, 2
