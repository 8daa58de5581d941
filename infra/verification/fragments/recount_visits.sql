-- The visits of one site, or of all sites (site_id null), recounted from the events alone: all, or those from `since`
-- until `before`. The events of a visitor are put in order, and a new visit starts after a gap of more than 30 minutes.
local_event as materialized (
    -- no column that nothing below reads: each is copied at every step
    select site_id, "timestamp", event_id, visitor, hashtextextended(visitor, 0) as visitor_hash, path, hostname, props,
        is_interactive, engaged_ms, local_day("timestamp", time_zone, next_time_zone, rebuilt_until) as day,
        event_type = 'page_view' as is_view, engaged_ms is null as is_event,
        case when engaged_ms is null then event_type end as event_type,
        engaged_ms is not null and scroll_depth_before is null as is_first_report,
        case when scroll_depth > 0 then greatest(scroll_depth - coalesce(scroll_depth_before, 0), 0) end as gained,
        {attributes}
    from events join sites using (site_id)
    where is_counted and (cast(:site_id as text) is null or site_id = :site_id)
        and (cast(:since as timestamptz) is null or "timestamp" >= :since)
        and (cast(:before as timestamptz) is null or "timestamp" < :before)
), marked as (
    select site_id, "timestamp", event_id, visitor, visitor_hash, path, is_interactive, engaged_ms, day, is_view, is_event,
        is_first_report, gained, {attributes},
        case when lag("timestamp") over visitors_events >= "timestamp" - interval '30 minutes' then 0 else 1 end as starts
    from local_event where visitor is not null
    -- a sort is faster if its first key is a number that tells most rows apart: the ids of many sites begin alike
    window visitors_events as (partition by visitor_hash, visitor, site_id order by "timestamp", event_id)
), numbered as materialized (
    -- The number is unique over all visitors, and visits are joined by it alone. With several columns, the planner may
    -- join by the visitor only, and compare each event of a visitor with each of the visits.
    select marked.*, sum(starts) over (
        order by visitor_hash, visitor, site_id, "timestamp", event_id rows between unbounded preceding and current row
    ) as number
    from marked
), summed as materialized (
    -- counts are integers: the sums of bigints are numeric, which is slow
    select number, min(day) as first_day, max(day) as last_day, max("timestamp") as "end", {counted},
        cast(count(*) filter (where is_event and is_interactive is distinct from false) as integer) as interactions,
        array_agg(path order by "timestamp", path) filter (where is_view) as paths,
        min("timestamp") filter (where is_view) as entry_at, max("timestamp") filter (where is_view) as exit_at
    from numbered group by number
), split_days as materialized (
    -- the days of those few visits that touch several
    select number, day, {counted}
    from numbered where number in (select number from summed where first_day <> last_day)
    group by number, day
), visit_parts as (
    select number, jsonb_agg(
        jsonb_build_array(day, page_views, events) || case when reports = 0 then '[]' else jsonb_build_array(
            reports, coalesce(engaged_ms, 0), engaged_views, coalesce(scrolled, 0)
        ) end order by day
    ) as parts
    from split_days group by number
), recounted_visits as materialized (
    select site_id, visitor, number, "timestamp" as start, "end", event_id as start_id, day,
        cast(visitor_hash & 1048575 as integer) as sample, summed.page_views, summed.events,
        nullif(summed.interactions, summed.events) as interactions,
        case when summed.reports > 0 then summed.reports end as reports,
        case when summed.reports > 0 then coalesce(summed.engaged_ms, 0) end as engaged_ms,
        case when summed.reports > 0 then summed.engaged_views end as engaged_views,
        case when summed.reports > 0 then coalesce(summed.scrolled, 0) end as scrolled, summed.scrolled as gained,
        paths[1] as entry, entry_at, paths[cardinality(paths)] as exit, exit_at, parts,
        {attributes},
        cast(summed.interactions <= 1 as integer) as bounces,
        cast(floor(extract(epoch from "end" - "timestamp") * 1000) as bigint) as duration_ms
    from numbered
    join summed using (number)
    left join visit_parts using (number)
    where starts = 1
)
