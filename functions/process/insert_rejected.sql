-- Set events aside, each with its reason, and count that outcome.
with rejection as materialized (
    select site_id, source, reason, detail, payload, to_timestamp(minute * 60) as minute
    from json_to_recordset(cast(:rejections as json)) as one (
        site_id text, source text, reason text, detail text, payload text, minute bigint
    )
), kept_rejections as (
    insert into rejected_events (site_id, source, reason, detail, payload, minute)
    select site_id, source, reason, detail, payload, minute from rejection
    order by site_id collate "C", source collate "C"
    on conflict do nothing
    returning site_id, minute, reason
)
insert into outcomes as kept (site_id, minute, outcome, reason, events)
select site_id, minute, 'rejected', reason, count(*) from kept_rejections
group by site_id, minute, reason
order by site_id, minute, reason
on conflict (site_id, minute, outcome, reason) do update set events = kept.events + excluded.events
