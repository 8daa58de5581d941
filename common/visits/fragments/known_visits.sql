-- The visits in `found` (visit), each once, in the form that read_visit() reads.
known_visits as (
    select json_agg(json_build_array(
        site_id, visitor, cast(extract(epoch from start) * 1000000 as bigint),
        cast(extract(epoch from "end") * 1000000 as bigint), start_id, day, page_views, events,
        entry, cast(extract(epoch from entry_at) * 1000000 as bigint),
        exit, cast(extract(epoch from exit_at) * 1000000 as bigint),
        coalesce(parts, jsonb_build_array(jsonb_build_array(day, page_views, events))),
        case when num_nonnulls({attributes}) > 0 then
            json_build_array({attributes})
        end
    )) as rows
    from (
        select distinct on ((visit).site_id, (visit).visitor, (visit).start) (visit).*,
            local_day((visit).start, time_zone, next_time_zone, rebuilt_until) as day
        from found join sites on sites.site_id = (visit).site_id
    ) as one
)
