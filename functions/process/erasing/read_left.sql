-- What is left of visits (visitor, and from when to when in microseconds since 1970), added up as far as nothing lies more
-- than 30 minutes apart, a piece for each day: as visit.read_visit reads them. A visit may have a million events.
with left_event as materialized (
    select events.visitor, events."timestamp" as at, event_id,
        local_day(events."timestamp", time_zone, next_time_zone, rebuilt_until) as day,
        case when event_type = 'page_view' then path collate "C" end as page,
        is_interactive is distinct from false as is_interactive,
        engaged_ms, engaged_ms is not null and scroll_depth_before is null as is_first_report,
        greatest(scroll_depth - coalesce(scroll_depth_before, 0), 0) as scrolled,
        events."timestamp" - lag(events."timestamp") over (partition by events.visitor order by events."timestamp")
            > interval '30 minutes' as is_cut,
        {attributes}
    from json_array_elements(cast(:spans as json)) as span
    join sites on sites.site_id = :site_id
    join events on events.site_id = :site_id and events.visitor = (span ->> 0) collate "C"
        and "timestamp" between timestamptz 'epoch' + cast(span ->> 1 as bigint) * interval '1 microsecond'
            and timestamptz 'epoch' + cast(span ->> 2 as bigint) * interval '1 microsecond'
    where is_counted
), event as materialized (
    select *, count(*) filter (where is_cut) over (partition by visitor order by at) as run from left_event
), piece as (
    select visitor, run, day, min(at) as start, max(at) as "end", count(page) as page_views,
        count(*) filter (where engaged_ms is null) as events,
        count(*) filter (where engaged_ms is null and is_interactive) as interactions,
        count(engaged_ms) as reports, coalesce(sum(engaged_ms), 0) as engaged_ms,
        count(*) filter (where is_first_report) as engaged_views,
        coalesce(sum(scrolled) filter (where engaged_ms is not null), 0) as scrolled
    from event group by visitor, run, day
), first_event as (
    select distinct on (visitor, run, day) visitor, run, day, event_id, {attributes} from event
    order by visitor, run, day, at, event_id
), entry as (
    select distinct on (visitor, run, day) visitor, run, day, page, at from event where page is not null
    order by visitor, run, day, at, page
), exit as (
    select distinct on (visitor, run, day) visitor, run, day, page, at from event where page is not null
    order by visitor, run, day, at desc, page desc
)
select json_agg(json_build_array(
    piece.visitor, cast(extract(epoch from start) * 1000000 as bigint),
    cast(extract(epoch from "end") * 1000000 as bigint), first_event.event_id, day, page_views, piece.events,
    interactions, reports, piece.engaged_ms, engaged_views, scrolled,
    entry.page, cast(extract(epoch from entry.at) * 1000000 as bigint),
    exit.page, cast(extract(epoch from exit.at) * 1000000 as bigint), json_build_array(case
        when reports = 0 then json_build_array(day, page_views, piece.events)
        else json_build_array(day, page_views, piece.events, reports, piece.engaged_ms, engaged_views, scrolled)
    end), case when num_nonnulls({attributes}) > 0 then
        json_build_array({attributes})
    end
))
from piece
join first_event using (visitor, run, day)
left join entry using (visitor, run, day)
left join exit using (visitor, run, day)
