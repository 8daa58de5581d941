-- The next step of a change: until when, and the first and last local day, in either zone, that it touches. It has at
-- most so many events or is one UTC day. No row: all events are done.
with site as materialized (
    select site_id, time_zone, next_time_zone, rebuilt_until from sites where site_id = :site_id
), first as (
    select min(events."timestamp") as at
    from events, site where events.site_id = :site_id and events."timestamp" >= rebuilt_until
), enough as (
    select events."timestamp" as at
    from events, site where events.site_id = :site_id and events."timestamp" >= rebuilt_until
    order by events."timestamp" offset cast(:most as integer) limit 1
), step as (
    select first.at as first, greatest(
        date_trunc('day', first.at, 'UTC') + interval '1 day', date_trunc('day', enough.at, 'UTC')
    ) as until
    from first left join enough on true
    where first.at is not null
), bounds as (
    select first, case when exists (select from enough) then until else 'infinity' end as until, (
        select max(events."timestamp") from events where events.site_id = :site_id
            and (events."timestamp" < until or not exists (select from enough))
    ) as last
    from step
)
select cast(until as text), cast(least(first at time zone time_zone, first at time zone next_time_zone) as date),
    cast(greatest(last at time zone time_zone, last at time zone next_time_zone) as date)
from bounds, site
