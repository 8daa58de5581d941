-- Visits that touch what is read: those that start in it, and those that are under way when it starts. Each of
-- the latter has an event in the half hour from there.
active as (
    select {visit_columns}
    from visits as visit
    where visit.site_id = :site_id and visit.start >= cast(:read_start as timestamptz)
        and visit.start < cast(:read_after as timestamptz)
        {visits_sampled}
    union all
    select {visit_columns}
    from (
        select distinct visitor from events as event
        where site_id = :site_id and visitor is not null and "timestamp" >= cast(:read_start as timestamptz)
            and "timestamp" < cast(:half_hour as timestamptz)
            {events_sampled}
    ) as present
    cross join lateral (
        select * from visits
        where site_id = :site_id and visitor = present.visitor and start < cast(:read_start as timestamptz)
        order by start desc limit 1
    ) as visit
    where visit."end" >= cast(:read_start as timestamptz)
)
