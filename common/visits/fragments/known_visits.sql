-- The visits in `found` (visit), each once, in the form that read_visit() reads; or that they are too many: the
-- search ends with :most_visits rows of it (null: never), or their texts are longer than those of so many visits usually
-- are.
bounded as materialized (
    select * from found limit cast(:most_visits as bigint)
), amount as materialized (
    select coalesce(
        count(*) >= cast(:most_visits as bigint)
        or sum(octet_length(concat(entry, exit, parts, {attributes}))) > 400 * cast(:most_visits as bigint), false
    ) as is_too_much
    from (select (visit).* from bounded) as one
), known_visits as (
    select case when (select is_too_much from amount) then json '"too many"' else json_agg(json_build_array(
        site_id, visitor, cast(extract(epoch from start) * 1000000 as bigint),
        cast(extract(epoch from "end") * 1000000 as bigint), start_id, day, page_views, events,
        coalesce(interactions, events), coalesce(reports, 0), coalesce(engaged_ms, 0), coalesce(engaged_views, 0),
        coalesce(scrolled, 0), entry, cast(extract(epoch from entry_at) * 1000000 as bigint),
        exit, cast(extract(epoch from exit_at) * 1000000 as bigint),
        coalesce(parts, jsonb_build_array(jsonb_build_array(
            day, page_views, events, coalesce(reports, 0), coalesce(engaged_ms, 0), coalesce(engaged_views, 0),
            coalesce(scrolled, 0)
        ))),
        case when num_nonnulls({attributes}) > 0 then
            json_build_array({attributes})
        end
    )) end as rows
    from (
        select distinct on ((visit).site_id, (visit).visitor, (visit).start) (visit).*,
            local_day((visit).start, time_zone, next_time_zone, rebuilt_until) as day
        from bounded join sites on sites.site_id = (visit).site_id
        where not (select is_too_much from amount)
    ) as one
)
