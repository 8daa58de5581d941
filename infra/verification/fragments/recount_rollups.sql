-- Goes after recount_visits.sql. Recounts daily_values and rollups from the events and visits; daily_values without the
-- closed days of which nothing is left there.
occurrence as materialized (
    select site_id, day, dimension collate "C" as dimension, value collate "C" as value, visitor,
        count(*) filter (where is_view) as page_views, count(*) filter (where is_event) as events,
        count(*) filter (where not is_event) as reports, sum(engaged_ms) as engaged_ms,
        count(*) filter (where is_first_report) as engaged_views, sum(gained) as scrolled
    from local_event cross join lateral (
        values ('path', path), ('hostname', hostname), ('event_type', case when is_event then event_type end)
        union all
        select 'props.' || name, text from jsonb_each_text(props) as property (name, text)
    ) as has (dimension, value)
    where value is not null
    group by 1, 2, 3, 4, 5
), forgotten_day as materialized (
    select site_id, date from closed_days
    where (cast(:site_id as text) is null or site_id = :site_id) and (
        select true from daily_values as kept
        where kept.site_id = closed_days.site_id and kept.date = closed_days.date limit 1
    ) is null
), recounted_values as (
    select distinct site_id, day as date,
        cast(md5(concat_ws(' ', length(dimension), length(value), dimension, value, visitor)) as uuid) as key
    from occurrence
    where visitor is not null and not exists (
        select from forgotten_day
        where forgotten_day.site_id = occurrence.site_id and forgotten_day.date = occurrence.day
    )
), visit_share as materialized (
    -- the part of a visit that falls on one day; is_alone means that the visitor has no other visit that day
    select visit_days.site_id, visit_days.day, visit_days.visitor, visit_days.page_views, visit_days.events,
        cast(visit_days.day = visit.day as integer) as visits,
        case when visit_days.day = visit.day then visit.bounces else 0 end as bounces,
        case when visit_days.day = visit.day then visit.duration_ms else 0 end as duration_ms,
        visit_days.reports, visit_days.engaged_ms, visit_days.engaged_views, visit_days.scrolled,
        count(*) over (partition by visit_days.site_id, visit_days.visitor, visit_days.day) = 1 as is_alone,
        entry, exit, {attributes}
    from visit_days join recounted_visits as visit using (number)
    union all
    select site_id, day, null, count(*) filter (where is_view), count(*) filter (where is_event), 0, 0, 0,
        count(*) filter (where not is_event), sum(engaged_ms), count(*) filter (where is_first_report), sum(gained),
        false, null, null,
        {attributes}
    from local_event where visitor is null
    group by site_id, day, {attributes}
), share as not materialized (
    select site_id, dimension collate "C" as dimension, day, value collate "C" as value, page_views, events, visits,
        bounces, duration_ms, {engagement}, is_alone, case when not is_alone then visitor end as one_of_several
    from visit_share cross join lateral (
        values ('', ''), ('entry', entry), ('exit', exit), {attribute_pairs}
    ) as has (dimension, value)
    where value is not null
), recounted_days as materialized (
    select site_id, dimension, day, value, sum(page_views) as page_views, sum(events) as events, sum(visits) as visits,
        sum(bounces) as bounces, sum(duration_ms) as duration_ms, sum(visitors) as visitor_days,
        {engagement_summed}
    from (
        select site_id, dimension, day, value, sum(page_views) as page_views, sum(events) as events, 0 as visits,
            0 as bounces, 0 as duration_ms, count(visitor) as visitors, {engagement_summed}
        from occurrence group by site_id, dimension, day, value
        union all
        select site_id, dimension, day, value, sum(page_views), sum(events), sum(visits), sum(bounces),
            sum(duration_ms), count(*) filter (where is_alone), {engagement_sums}
        from share group by site_id, dimension, day, value
        union all
        select site_id, dimension, day, value, 0, 0, 0, 0, 0, count(*), 0, 0, 0, 0
        from (
            select distinct site_id, dimension, day, value, one_of_several from share where one_of_several is not null
        ) as seen
        group by site_id, dimension, day, value
    ) as figures
    group by site_id, dimension, day, value
), recounted_rollups as (
    select site_id, dimension, 'day' collate "C" as grain, day as date, value, page_views, events, visits, bounces,
        duration_ms, visitor_days, {engagement}
    from recounted_days
    union all
    select site_id, dimension, 'month', cast(date_trunc('month', day) as date), value, sum(page_views), sum(events),
        sum(visits), sum(bounces), sum(duration_ms), sum(visitor_days), {engagement_sums}
    from recounted_days group by 1, 2, 4, 5
)
