-- The wish whose turn it is, with its next events, by time; one row without an event where none is left. Sites take turns:
-- it is the oldest wish of the first site after `last_site`, or of the first of all. A site's own are fulfilled in order.
with wish as (
    select id, site_id, reason, start, after from filtered_restores
    order by site_id <= cast(:last_site as text) collate "C", site_id, id
    limit 1
)
select wish.id, wish.site_id, one.at, one.event_id, one.month, one.payload
from wish left join lateral (
    select to_char("timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24":"MI":"SS.US"Z"') as at, event_id,
        cast(date_trunc('month', "timestamp" at time zone 'UTC') as date) as month, payload
    from filtered_events
    where site_id = wish.site_id and reason = wish.reason and restored_at is null
        and "timestamp" >= wish.start and "timestamp" < wish.after
    order by "timestamp", event_id
    limit cast(:most as int)
) as one on true
order by one.at, one.event_id
