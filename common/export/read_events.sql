-- A page of a site's events in the order of their keys: its lines, how many they are, how many were looked
-- at, and the key of the last of these. `user_id`: only those of one user (null: all).
with page as materialized (
    select * from events
    where site_id = :site_id and "timestamp" >= cast(:at as timestamptz)
        and ("timestamp", event_id) > (cast(:at as timestamptz), cast(:event_id as uuid))
    order by "timestamp", event_id
    limit cast(:most as integer)
), written as (
    select site_id, event_type, {time} as "timestamp", event_id, path, user_id,
        case when is_counted and visitor is null and user_id is not null then true end as is_alone,
        visitor_id, previous_visitor_id, hostname, title, {attributes}, props,
        case when revenue is not null then jsonb_build_object('amount', cast(revenue as text), 'currency', currency) end as revenue,
        engaged_ms, scroll_depth, scroll_depth_before, is_interactive as interactive, cast(null as text) as filtered,
        cast(null as text) as restored, cast(null as jsonb) as crawler
    from page
    where cast(:user_id as text) is null or user_id = :user_id
    order by page."timestamp", event_id
)
select (select string_agg({line}, '') from written), (select count(*) from written), (select count(*) from page), (
    select json_build_array({time}, event_id) from page order by page."timestamp" desc, event_id desc limit 1
)
