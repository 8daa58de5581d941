-- What lies at the edges of the range, beyond the rollup. A visit counts with its first event.
select {group} as value,
    count(*) filter (where event.event_type = 'page_view') as page_views,
    count(*) filter (where event.engaged_ms is null) as events,
    count(visit.start) filter (where visit.is_first) as visits,
    count(visit.start) filter (where visit.is_first and coalesce(visit.interactions, visit.events) <= 1) as bounces,
    coalesce(sum(visit.duration_ms) filter (where visit.is_first), 0) as duration_ms,
    count(distinct event.visitor) as visitor_days,
    count(event.engaged_ms) as reports, coalesce(sum(event.engaged_ms), 0) as engaged_ms,
    count(*) filter (where event.engaged_ms is not null and event.scroll_depth_before is null) as engaged_views,
    coalesce(sum({scrolled}), 0) as scrolled
from events as event
left join lateral (
    select *, cast(floor(extract(epoch from "end" - start) * 1000) as bigint) as duration_ms,
        start = event."timestamp" and start_id = event.event_id as is_first
    from visits
    where site_id = :site_id and visitor = event.visitor and start <= event."timestamp"
    order by start desc limit 1
) as visit on true
{edges}
