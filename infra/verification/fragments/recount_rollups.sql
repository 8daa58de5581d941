-- Goes after recount_visits.sql. Recounts daily_values and rollups from the events and visits; daily_values without the
-- closed days of which nothing is left there.
occurrence as materialized (
    select site_id, day, 'path' collate "C" as dimension, path as value, visitor, {counted}
    from local_event where path is not null group by visitor, path, day, site_id
    union all
    select site_id, day, 'hostname', hostname, visitor, {counted}
    from local_event where hostname is not null group by visitor, hostname, day, site_id
    union all
    select site_id, day, 'event_type', event_type, visitor, {counted}
    from local_event where event_type is not null group by visitor, event_type, day, site_id
    union all
    select site_id, day, 'props.' || name, text collate "C", visitor, {counted}
    from local_event cross join lateral jsonb_each_text(props) as property (name, text)
    where props is not null and text is not null group by visitor, text, day, name, site_id
), forgotten_day as materialized (
    select site_id, date from closed_days
    where (cast(:site_id as text) is null or site_id = :site_id) and (
        select true from daily_values as kept
        where kept.site_id = closed_days.site_id and kept.date = closed_days.date limit 1
    ) is null
), recounted_values as (
    -- one row for each key, unless two values have one md5
    select site_id, day as date,
        cast(md5(concat_ws(' ', length(dimension), length(value), dimension, value, visitor)) as uuid) as key
    from occurrence
    where visitor is not null and not exists (
        select from forgotten_day
        where forgotten_day.site_id = occurrence.site_id and forgotten_day.date = occurrence.day
    )
), visit_share as materialized (
    -- the part of a visit that falls on one day; is_alone means that the visitor has no other visit that day
    select visit_day.*, count(*) over (partition by sample, day, visitor, site_id) = 1 as is_alone
    from (
        select site_id, day, visitor, sample, page_views, events, reports, engaged_ms, engaged_views, gained as scrolled,
            1 as visits, bounces, duration_ms, entry, exit, {attributes}
        from recounted_visits where parts is null
        union all
        select site_id, split_days.day, visitor, sample, split_days.page_views, split_days.events,
            split_days.reports, split_days.engaged_ms, split_days.engaged_views, split_days.scrolled,
            cast(split_days.day = visit.day as integer), case when split_days.day = visit.day then bounces else 0 end,
            case when split_days.day = visit.day then duration_ms else 0 end, entry, exit, {attributes}
        from split_days join recounted_visits as visit using (number)
    ) as visit_day
    union all
    select site_id, day, null, null, {counted}, 0, 0, 0, null, null, {attributes}, false
    from local_event where visitor is null
    group by site_id, day, {attributes}
), share as not materialized (
    select site_id, dimension collate "C" as dimension, day, value collate "C" as value, page_views, events, visits,
        bounces, duration_ms, {engagement}, is_alone, case when not is_alone then visitor end as one_of_several
    from (
        select visit_share.*, '' as dimension, '' as value from visit_share
        union all
        select visit_share.*, 'entry', entry from visit_share
        union all
        select visit_share.*, 'exit', exit from visit_share
        union all
        select visit_share.*, dimension, value from visit_share cross join lateral (
            values {attribute_pairs}
        ) as has (dimension, value)
        where num_nonnulls({attributes}) > 0
    ) as each
    where value is not null
), recounted_days as materialized (
    -- events and visits have no dimension in common
    select site_id, dimension, day, value, sum(page_views) as page_views, sum(events) as events,
        cast(0 as bigint) as visits, cast(0 as bigint) as bounces, cast(0 as bigint) as duration_ms,
        count(visitor) as visitor_days, {engagement_summed}
    from occurrence group by value, day, dimension, site_id
    union all
    select site_id, dimension, day, value, sum(page_views), sum(events), sum(visits), sum(bounces),
        cast(sum(duration_ms) as bigint), sum(visitors), {engagement_sums}
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
    select site_id, dimension, 'month', month, value, cast(sum(page_views) as bigint), cast(sum(events) as bigint),
        cast(sum(visits) as bigint), cast(sum(bounces) as bigint), cast(sum(duration_ms) as bigint),
        cast(sum(visitor_days) as bigint), {engagement_sums}
    from (select *, cast(date_trunc('month', cast(day as timestamp)) as date) as month from recounted_days) as days
    group by value, month, dimension, site_id
)
