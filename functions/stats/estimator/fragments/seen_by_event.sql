-- Who was seen, and on how many local days, by the events.
seen as (
    select value, visitor, {x} as x
    from (
        select distinct {group} as value, event.visitor, {day} as day
        from events as event
        where event.site_id = :site_id and event."timestamp" >= cast(:start as timestamptz)
            and event."timestamp" < cast(:after as timestamptz) and event.is_counted and event.visitor is not null
            {events_sampled}
            {conditions}
    ) as day
    group by value, visitor
)
