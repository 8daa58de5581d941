-- What is left of visits (visitor, and from when to when in microseconds since 1970), event by event: as new_events in
-- count_events.sql.
select json_agg(json_build_array(
    site_id, visitor, cast(extract(epoch from "timestamp") * 1000000 as bigint), event_id, day,
    case when event_type = 'page_view' then path end,
    case when num_nonnulls({attributes}) > 0 then
        json_build_array({attributes})
    end,
    is_interactive is distinct from false, engaged_ms, engaged_ms is not null and scroll_depth_before is null,
    greatest(scroll_depth - coalesce(scroll_depth_before, 0), 0)
))
from (
    select events.*, local_day("timestamp", time_zone, next_time_zone, rebuilt_until) as day
    from json_array_elements(cast(:spans as json)) as span
    join sites on sites.site_id = :site_id
    join events on events.site_id = :site_id and events.visitor = (span ->> 0) collate "C"
        and "timestamp" between timestamptz 'epoch' + cast(span ->> 1 as bigint) * interval '1 microsecond'
            and timestamptz 'epoch' + cast(span ->> 2 as bigint) * interval '1 microsecond'
    where is_counted
) as event
