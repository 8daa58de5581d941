-- Keep the places of rejected events that are to be erased, without what they said, and count that outcome: once, however
-- often they come.
with rejection as materialized (
    select site_id, source, reason, to_timestamp(minute * 60) as minute
    from json_to_recordset(cast(:rejections as json)) as one (site_id text, source text, reason text, minute bigint)
), kept_places as (
    insert into rejected_events (site_id, source, reason, detail, payload, minute, replayed_at)
    select site_id, source, reason, 'erased', '', minute, now() from rejection
    order by site_id collate "C", source collate "C"
    on conflict do nothing
    returning site_id, minute
)
insert into outcomes as kept (site_id, minute, outcome, reason, events)
select site_id, minute, 'erased', '', count(*) from kept_places
group by site_id, minute
order by site_id, minute
on conflict (site_id, minute, outcome, reason) do update set events = kept.events + excluded.events
