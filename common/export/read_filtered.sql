-- The same of the events that were set aside.
with page as materialized (
    select * from filtered_events
    where site_id = :site_id and "timestamp" >= cast(:at as timestamptz)
        and ("timestamp", event_id) > (cast(:at as timestamptz), cast(:event_id as uuid))
    order by "timestamp", event_id
    limit cast(:most as integer)
), written as (
    select site_id, event ->> 'event_type' as event_type, {time} as "timestamp", event_id, event ->> 'path' as path,
        event ->> 'user_id' as user_id, cast(null as boolean) as is_alone, event ->> 'visitor_id' as visitor_id,
        event ->> 'previous_visitor_id' as previous_visitor_id, event ->> 'hostname' as hostname,
        event ->> 'title' as title, {attributes}, cast(event -> 'props' as jsonb) as props, cast(event -> 'revenue' as jsonb) as revenue,
        cast(event ->> 'engaged_ms' as integer) as engaged_ms,
        cast(event ->> 'scroll_depth' as integer) as scroll_depth,
        cast(event ->> 'scroll_depth_before' as integer) as scroll_depth_before,
        cast(event ->> 'interactive' as boolean) as interactive, reason as filtered,
        trim(both '"' from cast(to_json(restored_at at time zone 'UTC') as text)) || 'Z' as restored,
        cast(event -> 'crawler' as jsonb) as crawler
    from page cross join lateral (select cast(payload as json) as event) as read
    where cast(:user_id as text) is null or event ->> 'user_id' = :user_id
    order by page."timestamp", event_id
)
select (select string_agg({line}, '') from written), (select count(*) from written), (select count(*) from page), (
    select json_build_array({time}, event_id) from page order by page."timestamp" desc, event_id desc limit 1
)
