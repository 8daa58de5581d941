-- Goes after recount_rollups.sql. Every row of rollups and daily_values that differs from its recount from the events.
-- Of a closed day any part of daily_values may be missing.
select 'rollups' as aggregate, site_id, date, concat_ws(' ', grain, dimension, value) as key,
    concat_ws(', ', kept.page_views, kept.events, kept.visits, kept.bounces, kept.duration_ms, kept.visitor_days,
        {engagement_kept}) as kept,
    concat_ws(', ', fresh.page_views, fresh.events, fresh.visits, fresh.bounces, fresh.duration_ms, fresh.visitor_days,
        {engagement_fresh}) as recomputed
from (select * from rollups where cast(:site_id as text) is null or site_id = :site_id) as kept
full join recounted_rollups as fresh using (site_id, dimension, grain, date, value)
where (kept.page_views, kept.events, kept.visits, kept.bounces, kept.duration_ms, kept.visitor_days,
    {engagement_kept})
    is distinct from
    (fresh.page_views, fresh.events, fresh.visits, fresh.bounces, fresh.duration_ms, fresh.visitor_days,
    {engagement_fresh})
union all
select 'daily_values', site_id, date, cast(key as text), case when kept.there then 'seen' end,
    case when fresh.there then 'seen' end
from (
    select site_id, date, key, true as there from daily_values
    where cast(:site_id as text) is null or site_id = :site_id
) as kept
full join (select site_id, date, key, true as there from recounted_values) as fresh using (site_id, date, key)
left join closed_days using (site_id, date)
where kept.there is distinct from fresh.there and (kept.there or closed_days.site_id is null)
