-- Visits of which some event passes, also one before or after the range: a visit lasts some days at most.
{name} as materialized (
    select distinct visit.visitor, visit.start
    from active as visit
    join events as event on event.visitor = visit.visitor
        and event."timestamp" >= visit.start and event."timestamp" <= visit."end"
    where event.site_id = :site_id and event.is_counted
        and event."timestamp" >= (select min(start) from active)
        and event."timestamp" <= (select max("end") from active)
        {events_sampled}
        and {passes}
)
