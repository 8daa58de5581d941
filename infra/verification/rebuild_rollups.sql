-- Rebuild the figures of a site from its events, after forget_figures.sql.
with
{recount_visits}
,
{recount_rollups}
, rebuilt_values as (
    insert into daily_values (site_id, date, key) select site_id, date, key from recounted_values order by 1, 2, 3
)
insert into rollups (
    site_id, dimension, grain, date, value, page_views, events, visits, bounces, duration_ms, visitor_days, {engagement}
)
select site_id, dimension, grain, date, value, page_views, events, visits, bounces, duration_ms, visitor_days,
    {engagement}
from recounted_rollups
order by site_id, dimension, grain, date, value
