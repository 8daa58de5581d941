-- Store a batch (a JSON array, and the minute in which each event was accepted, null where its outcome is
-- counted already) and count what was new of it, once, however often it comes. The batch's sites are locked.
-- Returns how many events were new; for the visits what count_events.sql gives; new events under two ids that are not
-- known to be one visitor; (visitor, previous) of earlier such events that are now, by an event of the previous id; and
-- days that have to be opened first.
with incoming as materialized (
    select event.*, (cast(:minutes as bigint[]))[ordinal] as minute,
        case when is_alone is null then coalesce('u' || user_id, root, 'd' || visitor_id) end collate "C" as visitor,
        filtered is not null as is_filtered
    from rows from (
        json_to_recordset(cast(:events as json)) as (
            site_id text, "timestamp" timestamptz, event_id uuid, event_type text, path text, user_id text,
            visitor_id text, previous_visitor_id text, hostname text, title text, {attribute_types},
            props jsonb, revenue json, engaged_ms integer, scroll_depth smallint, scroll_depth_before smallint,
            interactive boolean, filtered text, is_alone boolean, restored timestamptz
        )
    ) with ordinality as event (
        site_id, "timestamp", event_id, event_type, path, user_id, visitor_id, previous_visitor_id, hostname, title,
        {attributes}, props, revenue, engaged_ms, scroll_depth, scroll_depth_before, interactive, filtered,
        is_alone, restored, ordinal
    )
    left join visitor_links as link on link.site_id = event.site_id and link.visitor = 'd' || visitor_id
), distinct_events as materialized (
    select distinct on (site_id collate "C", "timestamp", event_id, is_filtered) * from incoming
    order by site_id collate "C", "timestamp", event_id, is_filtered, ordinal
), inserted as (
    insert into events (
        site_id, "timestamp", event_id, event_type, path, user_id, visitor, visitor_id, previous_visitor_id, sample,
        is_counted, hostname, title, {attributes}, props, revenue, currency, engaged_ms, scroll_depth,
        scroll_depth_before, is_interactive
    )
    select site_id, "timestamp", event_id, event_type, path, user_id, visitor,
        case when user_id is null then visitor_id end,
        case when user_id is null and previous_visitor_id <> visitor_id then previous_visitor_id end,
        cast(hashtextextended(coalesce(visitor, cast(event_id as text)), 0) & 1048575 as integer), true, hostname, title,
        {attributes}, nullif(props, '{}'),
        cast(revenue ->> 'amount' as numeric), revenue ->> 'currency', engaged_ms, scroll_depth, scroll_depth_before,
        interactive
    from distinct_events where not is_filtered
    on conflict do nothing
    returning site_id, "timestamp", event_id, event_type, path, user_id, visitor, visitor_id, previous_visitor_id,
        hostname, {attributes}, props, engaged_ms, scroll_depth, scroll_depth_before, is_interactive
), changed_sites as (
    update sites set version = version + 1, changed_at = statement_timestamp()
    where site_id in (select site_id from inserted) -- their rows are locked
), new_users as (
    insert into daily_users (site_id, date, user_id)
    select distinct site_id, cast("timestamp" at time zone 'UTC' as date), user_id from inserted
    where user_id is not null
    order by 1, 2, 3
    on conflict do nothing
    returning site_id, date
), viewed_paths as (
    insert into daily_paths as kept (site_id, date, path, views)
    select site_id, cast("timestamp" at time zone 'UTC' as date), path, count(*) from inserted
    where event_type = 'page_view'
    group by 1, 2, 3
    order by 1, 2, 3
    on conflict (site_id, date, path) do update set views = kept.views + excluded.views
), counted_days as (
    insert into daily_stats as kept (site_id, date, total_views, unique_users)
    select site_id, date, sum(views), sum(users)
    from (
        select site_id, cast("timestamp" at time zone 'UTC' as date) as date,
            count(*) filter (where event_type = 'page_view') as views, 0 as users
        from inserted group by 1, 2
        union all
        select site_id, date, 0, count(*) from new_users group by site_id, date
    ) as day
    group by site_id, date
    order by site_id, date
    on conflict (site_id, date) do update set
        total_views = kept.total_views + excluded.total_views,
        unique_users = kept.unique_users + excluded.unique_users,
        updated_at = excluded.updated_at
), set_aside as (
    insert into filtered_events (site_id, "timestamp", event_id, reason, payload, restored_at)
    select site_id, "timestamp", event_id, filtered,
        case when restored is null then cast(payload as text) else cast(cast(payload as jsonb) - 'restored' as text) end,
        restored
    from distinct_events join json_array_elements(cast(:events as json)) with ordinality as one (payload, ordinal)
        using (ordinal)
    where is_filtered and (select bool_or(is_filtered) from incoming) -- reads nothing twice in vain
    order by site_id collate "C", "timestamp", event_id
    on conflict do nothing
    returning site_id, "timestamp", event_id, reason
), outcome as (
    select ordinal, outcome, reason
    from distinct_events join (
        select site_id, "timestamp", event_id, 'stored' as outcome, '' as reason from inserted
        union all
        select site_id, "timestamp", event_id, 'filtered', reason from set_aside
    ) as kept using (site_id, "timestamp", event_id)
    where coalesce(filtered, '') = reason
), counted_outcomes as (
    insert into outcomes as kept (site_id, minute, outcome, reason, events)
    select site_id collate "C", to_timestamp(minute * 60), coalesce(outcome, 'duplicate') collate "C",
        coalesce(reason, '') collate "C", count(*)
    from incoming left join outcome using (ordinal)
    where minute is not null
    group by 1, 2, 3, 4
    order by 1, 2, 3, 4
    on conflict (site_id, minute, outcome, reason) do update set events = kept.events + excluded.events
),
crossing as (
    select json_agg(json_build_array(
        site_id, 'd' || visitor_id, 'd' || previous_visitor_id, cast(extract(epoch from "timestamp") * 1000000 as bigint)
    )) as rows
    from inserted where previous_visitor_id is not null and not exists (
        select from visitor_links as own join visitor_links as previous using (site_id, root)
        where site_id = inserted.site_id and own.visitor = 'd' || inserted.visitor_id and own.continues
            and previous.visitor = 'd' || previous_visitor_id
    )
), awaited as ( -- each once; two events in one half hour are near enough, so its first and its last stand for all
    select json_agg(json_build_array(site_id, visitor, previous)) as rows
    from (
        select distinct site_id, crossings.visitor, previous
        from (
            select site_id, 'd' || visitor_id as previous, min("timestamp") as first, max("timestamp") as last
            from inserted
            where exists (
                select from crossings where crossings.site_id = inserted.site_id and previous = 'd' || visitor_id
            )
            group by site_id, visitor_id, date_bin('30 minutes', "timestamp", timestamptz 'epoch')
        ) as seen join crossings using (site_id, previous)
        where at between first - interval '30 minutes' and last + interval '30 minutes'
    ) as one
),
{count_events}
select (select count(*) from inserted), (select rows from new_events), (select rows from crossing), (select rows from awaited),
    (select rows from closed)
