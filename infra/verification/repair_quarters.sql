-- Make a site's quarter hours of a step again from its events.
with
{recount_visits}
,
{recount_quarters}
insert into quarter_stats (site_id, at, page_views, events, visits, bounces, duration_ms, {engagement})
select site_id, at, page_views, events, visits, bounces, duration_ms, {engagement}
from recounted_quarters
where at >= cast(:first as timestamptz) and at < cast(:until as timestamptz)
order by 1, 2
