-- Count some local days of a site again, after forget_days.sql.
with
{recount_visits}
,
{recount_rollups}
, rebuilt_values as (
    insert into daily_values (site_id, date, key)
    select distinct site_id, date, key from recounted_values where date between :first and :last
    order by 1, 2, 3
), day as (
    select * from recounted_rollups where grain = 'day' and date between :first and :last
)
insert into rollups as kept (
    site_id, dimension, grain, date, value, page_views, events, visits, bounces, duration_ms, visitor_days, {engagement}
)
select site_id, dimension, period.grain, period.date, value, sum(page_views), sum(events), sum(visits), sum(bounces),
    sum(duration_ms), sum(visitor_days), {engagement_sums}
from day cross join lateral (
    values ('day' collate "C", day.date), ('month', cast(date_trunc('month', day.date) as date))
) as period (grain, date)
group by site_id, dimension, period.grain, period.date, value
order by site_id, dimension, period.grain, period.date, value
on conflict (site_id, dimension, grain, date, value) do update set
    page_views = kept.page_views + excluded.page_views,
    events = kept.events + excluded.events,
    visits = kept.visits + excluded.visits,
    bounces = kept.bounces + excluded.bounces,
    duration_ms = kept.duration_ms + excluded.duration_ms,
    visitor_days = kept.visitor_days + excluded.visitor_days,
    {engagement_added}
