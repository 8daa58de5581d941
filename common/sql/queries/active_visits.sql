-- Visits that touch the range: those that start in it, and those that are under way when it starts. Each of
-- the latter has an event in the half hour from there.
active as materialized (
    select *, cast(floor(extract(epoch from "end" - start) * 1000) as bigint) as duration_ms
    from visits
    where site_id = :site_id and start >= cast(:start as timestamptz) and start < cast(:after as timestamptz)
        {visits_drawn}
    union all
    select visit.*, cast(floor(extract(epoch from visit."end" - visit.start) * 1000) as bigint)
    from (
        select distinct visitor from events as event
        where site_id = :site_id and visitor is not null and "timestamp" >= cast(:start as timestamptz)
            and "timestamp" < least(cast(:after as timestamptz), cast(:start as timestamptz) + interval '30 minutes')
            {events_drawn}
    ) as present
    cross join lateral (
        select * from visits
        where site_id = :site_id and visitor = present.visitor and start < cast(:start as timestamptz)
        order by start desc limit 1
    ) as visit
    where visit."end" >= cast(:start as timestamptz)
)
