-- Every row of the daily aggregates of one site, or of all sites (site_id null), that differs from its recount from the
-- events, in one snapshot. Of a closed day any part of daily_users may be missing.
with recounted_events as materialized (
    select site_id, cast("timestamp" at time zone 'UTC' as date) as date, event_type = 'page_view' as is_view, path, user_id
    from events where cast(:site_id as text) is null or site_id = :site_id
), recounted_users as materialized (
    select site_id, date, user_id from recounted_events where user_id is not null group by user_id, date, site_id
), recounted_paths as materialized (
    select site_id, date, path, count(*) filter (where is_view) as views from recounted_events group by path, date, site_id
), recounted_days as (
    select site_id, date, total_views, coalesce(unique_users, 0) as unique_users
    from (select site_id, date, cast(sum(views) as bigint) as total_views from recounted_paths group by date, site_id) as viewed
    left join (select site_id, date, count(*) as unique_users from recounted_users group by date, site_id) as used
    using (site_id, date)
)
select 'daily_stats' as aggregate, site_id, date, 'total_views, unique_users' as key,
    concat_ws(', ', kept.total_views, kept.unique_users) as kept,
    concat_ws(', ', fresh.total_views, fresh.unique_users) as recomputed
from (select * from daily_stats where cast(:site_id as text) is null or site_id = :site_id) as kept
full join recounted_days as fresh using (site_id, date)
where (kept.total_views, kept.unique_users) is distinct from (fresh.total_views, fresh.unique_users)
union all
select 'daily_paths', site_id, date, path, cast(kept.views as text), cast(fresh.views as text)
from (select * from daily_paths where cast(:site_id as text) is null or site_id = :site_id) as kept
full join (select * from recounted_paths where views > 0) as fresh using (site_id, date, path)
where kept.views is distinct from fresh.views
union all
select 'daily_users', site_id, date, user_id,
    case when kept.there then 'seen' end, case when fresh.there then 'seen' end
from (
    select site_id, date, user_id, true as there from daily_users
    where cast(:site_id as text) is null or site_id = :site_id
) as kept
full join (select site_id, date, user_id, true as there from recounted_users) as fresh using (site_id, date, user_id)
left join closed_days using (site_id, date)
where kept.there is distinct from fresh.there and (kept.there or closed_days.site_id is null)
