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
    group by visitor, 4, 2, 3, 1
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
        count(*) over (partition by visit_days.visitor, visit_days.day, visit_days.site_id) = 1 as is_alone,
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
    -- events and visits have no dimension in common; sums are numeric, and summing those up is slow
    select site_id, dimension, day, value, cast(sum(page_views) as bigint) as page_views,
        cast(sum(events) as bigint) as events, cast(0 as bigint) as visits, cast(0 as bigint) as bounces,
        cast(0 as bigint) as duration_ms, count(visitor) as visitor_days, {engagement_summed}
    from occurrence group by value, day, dimension, site_id
    union all
    select site_id, dimension, day, value, cast(sum(page_views) as bigint), cast(sum(events) as bigint),
        cast(sum(visits) as bigint), cast(sum(bounces) as bigint), cast(sum(duration_ms) as bigint),
        cast(sum(visitors) as bigint), {engagement_sums}
    from (
        select site_id, dimension, day, value, page_views, events, visits, bounces, duration_ms,
            cast(is_alone as integer) as visitors, {engagement}
        from share
        union all
        select distinct on (site_id, dimension, day, value, one_of_several)
            site_id, dimension, day, value, 0, 0, 0, 0, 0, 1, null, null, null, null
        from share where one_of_several is not null
    ) as figures
    group by day, value, dimension, site_id
), recounted_rollups as (
    select site_id, dimension, 'day' collate "C" as grain, day as date, value, page_views, events, visits, bounces,
        duration_ms, visitor_days, {engagement}
    from recounted_days
    union all
    select site_id, dimension, 'month', cast(date_trunc('month', day) as date), value, sum(page_views), sum(events),
        sum(visits), sum(bounces), sum(duration_ms), sum(visitor_days), {engagement_sums}
    from recounted_days group by 1, 2, 4, 5
)
