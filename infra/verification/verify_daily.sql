-- Every row of the daily aggregates that differs from its recount from the events, in one snapshot. Of a closed day any
-- part of daily_users may be missing.
with recomputed_events as materialized (
    select site_id, cast("timestamp" at time zone 'UTC' as date) as date, event_type, path, user_id from events
), recomputed_users as materialized (
    select distinct site_id, date, user_id from recomputed_events where user_id is not null
), recomputed_days as (
    select site_id, date, sum(views) as total_views, sum(users) as unique_users
    from (
        select site_id, date, count(*) filter (where event_type = 'page_view') as views, 0 as users
        from recomputed_events group by site_id, date
        union all
        select site_id, date, 0, count(*) from recomputed_users group by site_id, date
    ) as day
    group by site_id, date
)
select 'daily_stats' as aggregate, site_id, date, 'total_views, unique_users' as key,
    concat_ws(', ', kept.total_views, kept.unique_users) as kept,
    concat_ws(', ', fresh.total_views, fresh.unique_users) as recomputed
from daily_stats as kept full join recomputed_days as fresh using (site_id, date)
where (kept.total_views, kept.unique_users) is distinct from (fresh.total_views, fresh.unique_users)
union all
select 'daily_paths', site_id, date, path, cast(kept.views as text), cast(fresh.views as text)
from daily_paths as kept full join (
    select site_id, date, path, count(*) as views from recomputed_events
    where event_type = 'page_view' group by site_id, date, path
) as fresh using (site_id, date, path)
where kept.views is distinct from fresh.views
union all
select 'daily_users', site_id, date, user_id,
    case when kept.there then 'seen' end, case when fresh.there then 'seen' end
from (select site_id, date, user_id, true as there from daily_users) as kept
full join (select site_id, date, user_id, true as there from recomputed_users) as fresh using (site_id, date, user_id)
left join closed_days using (site_id, date)
where kept.there is distinct from fresh.there and (kept.there or closed_days.site_id is null)
order by 1, 2, 3, 4
