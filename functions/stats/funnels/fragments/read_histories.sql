-- Of each visitor the events that matter to a funnel, in their order: microseconds since the range began, the number of the
-- visit, and a bit for each step that the event passes, one more for the exclusion. A visit ends where half an hour without
-- anything begins: reports of engagement, and events that do not pass the filters, keep it going.
with {visits}seen as (
    select event.visitor, event."timestamp" as at, event.event_id,
        event.engaged_ms is null and {passes} as is_asked,
        {steps} as steps,
        {value} as value,
        event."timestamp" - lag(event."timestamp") over (partition by event.visitor order by event."timestamp")
            > interval '30 minutes' as starts_visit
    from events as event
    {visit_joined}
    where event.site_id = :site_id and event."timestamp" >= cast(:start as timestamptz)
        and event."timestamp" < cast(:after as timestamptz) and event.is_counted and event.visitor is not null
        {events_sampled}
        {identified}
), placed as (
    select *, count(*) filter (where starts_visit) over (partition by visitor order by at) as visit
    from seen
)
select
    string_agg(
        concat(
            cast(extract(epoch from at - cast(:start as timestamptz)) * 1000000 as bigint), ' ', visit, ' ', steps
        ), ',' order by at, event_id
    ),
    {values}
from placed
where is_asked {relevant}
group by visitor
having bit_or(steps) & cast(:needed as int) <> 0
