-- After recount_visits.sql: daily_values and rollups as they follow from the events and visits.
occurrence as materialized (
    select site_id, day, dimension collate "C" as dimension, value collate "C" as value, visitor, is_view
    from local_event cross join lateral (
        values ('path', path), ('hostname', hostname), ('event_type', event_type)
        union all
        select 'props.' || name, text from jsonb_each_text(props) as property (name, text)
    ) as has (dimension, value)
    where value is not null
), recounted_values as (
    select distinct site_id, day as date,
        cast(md5(dimension || chr(31) || value || chr(31) || visitor) as uuid) as key
    from occurrence where visitor is not null
), share as (
    -- what a visitor's events with one value are on one day; event by event where there is no visitor
    select site_id, dimension, day, value, visitor, count(*) filter (where is_view) as page_views, count(*) as events,
        0 as visits, 0 as bounces, 0 as duration_ms
    from occurrence group by site_id, dimension, day, value, visitor
    union all
    select site_id, dimension collate "C", day, value collate "C", visitor, sum(page_views), sum(events),
        sum(visits), sum(bounces), sum(duration_ms)
    from (
        select recounted_visits.*, visit_days.day as on_day, visit_days.page_views as day_views,
            visit_days.events as day_events
        from visit_days join recounted_visits using (site_id, visitor, number)
    ) as visit (
        site_id, visitor, number, start, "end", start_id, start_day, sample, visit_views, visit_events,
        entry, entry_at, exit, exit_at, parts,
        referrer, source, channel, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
        country, region, city, browser, os, device, language, screen, visit_bounces, visit_duration_ms,
        day, page_views, events
    )
    cross join lateral (
        select cast(day = start_day as integer) as visits, cast(day = start_day as integer) * visit_bounces as bounces,
            case when day = start_day then visit_duration_ms else 0 end as duration_ms
    ) as begun
    cross join lateral (
        values ('', ''), ('entry', entry), ('exit', exit), ('referrer', referrer), ('source', source),
            ('channel', channel), ('utm_source', utm_source), ('utm_medium', utm_medium),
            ('utm_campaign', utm_campaign), ('utm_term', utm_term), ('utm_content', utm_content),
            ('country', country), ('region', region), ('city', city), ('browser', browser), ('os', os),
            ('device', device), ('language', language), ('screen', screen)
    ) as has (dimension, value)
    where value is not null
    group by 1, 2, 3, 4, 5
    union all
    select site_id, dimension collate "C", day, value collate "C", null, count(*) filter (where is_view), count(*), 0, 0, 0
    from local_event cross join lateral (
        values ('', ''), ('referrer', referrer), ('source', source), ('channel', channel), ('utm_source', utm_source),
            ('utm_medium', utm_medium), ('utm_campaign', utm_campaign), ('utm_term', utm_term),
            ('utm_content', utm_content), ('country', country), ('region', region), ('city', city),
            ('browser', browser), ('os', os), ('device', device), ('language', language), ('screen', screen)
    ) as has (dimension, value)
    where visitor is null and value is not null
    group by 1, 2, 3, 4
), recounted_days as materialized (
    select site_id, dimension, day, value, sum(page_views) as page_views, sum(events) as events, sum(visits) as visits,
        sum(bounces) as bounces, sum(duration_ms) as duration_ms, count(visitor) as visitor_days
    from share group by site_id, dimension, day, value
), recounted_rollups as (
    select site_id, dimension, 'day' collate "C" as grain, day as date, value, page_views, events, visits, bounces,
        duration_ms, visitor_days
    from recounted_days
    union all
    select site_id, dimension, 'month', cast(date_trunc('month', day) as date), value, sum(page_views), sum(events),
        sum(visits), sum(bounces), sum(duration_ms), sum(visitor_days)
    from recounted_days group by 1, 2, 4, 5
)
