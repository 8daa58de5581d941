-- Store a batch (a JSON array, and the minute in which each event was accepted, null where its outcome is
-- counted already) and count what was new of it, once, however often it comes.
-- Every insert is ordered by its key, and each table waits for the one before it (events, users, paths,
-- days, outcomes: the counts of what was written), so that no two batches can deadlock.
with incoming as materialized (
    select event.*, (cast(:minutes as bigint[]))[ordinal] as minute
    from rows from (
        json_to_recordset(cast(:events as json)) as (
            site_id text, "timestamp" timestamptz, event_id uuid, event_type text, path text, user_id text
        )
    ) with ordinality as event (site_id, "timestamp", event_id, event_type, path, user_id, ordinal)
), distinct_events as materialized (
    select distinct on (site_id collate "C", "timestamp", event_id) * from incoming
    order by site_id collate "C", "timestamp", event_id, ordinal
), inserted as (
    insert into events (site_id, "timestamp", event_id, event_type, path, user_id)
    select site_id, "timestamp", event_id, event_type, path, user_id from distinct_events
    on conflict do nothing
    returning site_id, "timestamp", event_id, cast("timestamp" at time zone 'UTC' as date) as date,
        event_type, path, user_id
), new_users as (
    insert into daily_users (site_id, date, user_id)
    select distinct site_id, date, user_id from inserted where user_id is not null
    order by site_id, date, user_id
    on conflict do nothing
    returning site_id, date
), viewed_paths as (
    insert into daily_paths as kept (site_id, date, path, views)
    select site_id, date, path, count(*) from inserted
    where event_type = 'page_view' and (select count(*) from new_users) >= 0
    group by site_id, date, path
    order by site_id, date, path
    on conflict (site_id, date, path) do update set views = kept.views + excluded.views
    returning 1
), counted_days as (
    insert into daily_stats as kept (site_id, date, total_views, unique_users)
    select site_id, date, sum(views), sum(users)
    from (
        select site_id, date, count(*) filter (where event_type = 'page_view') as views, 0 as users
        from inserted group by site_id, date
        union all
        select site_id, date, 0, count(*) from new_users group by site_id, date
    ) as day
    where (select count(*) from viewed_paths) >= 0
    group by site_id, date
    order by site_id, date
    on conflict (site_id, date) do update set
        total_views = kept.total_views + excluded.total_views,
        unique_users = kept.unique_users + excluded.unique_users,
        updated_at = now()
    returning 1
), stored as (
    select ordinal from distinct_events join inserted using (site_id, "timestamp", event_id)
), counted_outcomes as (
    insert into outcomes as kept (site_id, minute, outcome, events)
    select site_id, to_timestamp(minute * 60), outcome, count(*)
    from (
        select site_id collate "C" as site_id, minute,
            case when stored.ordinal is null then 'duplicate' else 'stored' end as outcome
        from incoming left join stored using (ordinal)
        where minute is not null
    ) as event
    where (select count(*) from counted_days) >= 0
    group by site_id, minute, outcome
    order by site_id, minute, outcome
    on conflict (site_id, minute, outcome, reason) do update set events = kept.events + excluded.events
    returning 1
)
select (select count(*) from inserted), (select count(*) from counted_outcomes)
