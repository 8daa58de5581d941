-- Make a site's figures of a month the sums of those of its days.
insert into rollups (
    site_id, dimension, grain, date, value, page_views, events, visits, bounces, duration_ms, visitor_days, {engagement}
)
select site_id, dimension, 'month', cast(:month as date), value, sum(page_views), sum(events), sum(visits), sum(bounces),
    sum(duration_ms), sum(visitor_days), {engagement_sums}
from rollups
where site_id = :site_id and grain = 'day' and date >= cast(:month as date)
    and date < cast(:month as date) + interval '1 month'
group by site_id, dimension, value
order by site_id, dimension, value
