-- Take a site's figures of some local days out of its rollups. Closed days stay closed.
with forgotten_values as (
    delete from daily_values where site_id = :site_id and date between :first and :last
), closed as (
    update closed_days set rebuilt_until = null, rebuilt_at = null
    where site_id = :site_id and date between :first and :last and rebuilt_until is not null
), forgotten as (
    delete from rollups where site_id = :site_id and grain = 'day' and date between :first and :last
    returning dimension, date, value, page_views, events, visits, bounces, duration_ms, visitor_days,
        {engagement}
), month as (
    select dimension, cast(date_trunc('month', date) as date) as date, value, sum(page_views) as page_views,
        sum(events) as events, sum(visits) as visits, sum(bounces) as bounces, sum(duration_ms) as duration_ms,
        sum(visitor_days) as visitor_days, {engagement_summed}
    from forgotten group by 1, 2, 3
)
update rollups as kept set
    page_views = kept.page_views - month.page_views,
    events = kept.events - month.events,
    visits = kept.visits - month.visits,
    bounces = kept.bounces - month.bounces,
    duration_ms = kept.duration_ms - month.duration_ms,
    visitor_days = kept.visitor_days - month.visitor_days,
    {engagement_taken}
from month
where kept.site_id = :site_id and kept.grain = 'month' and kept.dimension = month.dimension
    and kept.date = month.date and kept.value = month.value
