-- From when to when the visits last that touch some local days of a site, in whatever time zone.
with span as (
    select cast(cast(:first as date) as timestamp) at time zone 'UTC' - interval '15 hours' as first,
        cast(cast(:last as date) + 1 as timestamp) at time zone 'UTC' + interval '15 hours' as last
), around as materialized (
    -- whose visit goes on at the beginning had an event in the half hour before it
    select distinct visitor from events, span
    where site_id = :site_id and visitor is not null
        and "timestamp" >= first - interval '30 minutes' and "timestamp" < first
), earlier as (
    select visit.start
    from span, around cross join lateral (
        select start, "end" from visits
        where site_id = :site_id and visits.visitor = around.visitor and start < (select first from span)
        order by start desc limit 1
    ) as visit
    where visit."end" >= first
), since as (
    select least(first, (select min(start) from earlier)) as at from span
)
select cast(since.at as text), cast(greatest(
    last, (select max("end") + interval '1 microsecond' from visits where site_id = :site_id and start >= since.at and start < last)
) as text)
from span, since
