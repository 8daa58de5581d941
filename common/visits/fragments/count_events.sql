-- Counts the events of `inserted`, which are in no figure yet, by the dimensions of events (path, hostname, event type,
-- properties). Events without a visitor are counted by all dimensions. rollups.py adds the figures of visits. For that,
-- new_events has the events of visitors.
new as materialized (
    select inserted.*, local_day("timestamp", time_zone, next_time_zone, rebuilt_until) as day,
        event_type = 'page_view' as is_view, engaged_ms is null as is_event,
        engaged_ms is not null and scroll_depth_before is null as is_first_report,
        greatest(scroll_depth - coalesce(scroll_depth_before, 0), 0) as scrolled
    from inserted join sites using (site_id)
), occurrence as ( -- properties apart, because most events have none
    select new.*, dimension, value from new cross join lateral (
{plain_values}
    ) as has (dimension, value)
    union all
    select new.*, 'props.' || name, text from new cross join lateral jsonb_each_text(props) as property (name, text)
    where props is not null
), occurrences as materialized ( -- once for each visitor
    select *, case when visitor is not null then
            cast(md5(concat_ws(' ', length(dimension), length(value), dimension, value, visitor)) as uuid)
        end as key
    from (
        select site_id, day, dimension collate "C" as dimension, value collate "C" as value, visitor,
            count(*) filter (where is_view) as page_views, count(*) filter (where is_event) as events,
            count(*) filter (where not is_event) as reports, sum(engaged_ms) as engaged_ms,
            count(*) filter (where is_first_report) as engaged_views, sum(scrolled) as scrolled
        from occurrence
        where value is not null
        group by 1, 2, 3, 4, 5
    ) as one
), seen as (
    insert into daily_values (site_id, date, key)
    select site_id, day, key from occurrences where key is not null
    order by 1, 2, 3
    on conflict do nothing
    returning site_id, date as day, key
), figures as (
    select site_id, dimension, day, value, sum(page_views) as page_views, sum(events) as events,
        count(seen.key) as visitor_days, sum(reports) as reports, sum(engaged_ms) as engaged_ms,
        sum(engaged_views) as engaged_views, sum(scrolled) as scrolled
    from occurrences left join seen using (site_id, day, key)
    group by site_id, dimension, day, value
    union all
    select site_id, dimension collate "C", day, value collate "C", count(*) filter (where is_view),
        count(*) filter (where is_event), 0, count(*) filter (where not is_event), sum(engaged_ms),
        count(*) filter (where is_first_report), sum(scrolled)
    from new cross join lateral (
        values ('', ''), {attribute_pairs}
    ) as has (dimension, value)
    where visitor is null and value is not null
    group by 1, 2, 3, 4
), counted_values as (
    insert into rollups as kept (
        site_id, dimension, grain, date, value, page_views, events, visits, bounces, duration_ms, visitor_days,
        {engagement}
    )
    select site_id, dimension, grain, date, value, sum(page_views), sum(events), 0, 0, 0, sum(visitor_days),
        {engagement_sums}
    from figures cross join lateral (
        values ('day' collate "C", day), ('month', cast(date_trunc('month', day) as date))
    ) as period (grain, date)
    group by site_id, dimension, grain, date, value
    order by site_id, dimension, grain, date, value
    on conflict (site_id, dimension, grain, date, value) do update set
        page_views = kept.page_views + excluded.page_views,
        events = kept.events + excluded.events,
        visitor_days = kept.visitor_days + excluded.visitor_days,
        {engagement_added}
), counted_quarters as (
    insert into quarter_stats as kept (site_id, at, page_views, events, visits, bounces, duration_ms, {engagement})
    select site_id, date_bin('15 minutes', "timestamp", timestamptz 'epoch'), count(*) filter (where is_view),
        count(*) filter (where is_event), 0, 0, 0, nullif(count(*) filter (where not is_event), 0),
        nullif(sum(engaged_ms), 0), nullif(count(*) filter (where is_first_report), 0), nullif(sum(scrolled), 0)
    from new
    group by 1, 2
    order by 1, 2
    on conflict (site_id, at) do update set
        page_views = kept.page_views + excluded.page_views,
        events = kept.events + excluded.events,
        {engagement_added}
), new_events as (
    select json_agg(json_build_array(
        site_id, visitor, cast(extract(epoch from "timestamp") * 1000000 as bigint), event_id, day,
        case when is_view then path end,
        case when num_nonnulls({attributes}) > 0 then
            json_build_array({attributes})
        end,
        is_interactive is distinct from false, engaged_ms, is_first_report, scrolled
    )) as rows
    from new where visitor is not null
)
