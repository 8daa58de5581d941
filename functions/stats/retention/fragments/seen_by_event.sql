-- When visitors were seen, by their events: the number of the period, 0 before the first.
seen as (
    select event.visitor, width_bucket(event."timestamp", cast(:bounds as timestamptz[])) as first_period,
        width_bucket(event."timestamp", cast(:bounds as timestamptz[])) as last_period, {returns} as returns
    from events as event
    {visit_joined}
    where event.site_id = :site_id and event."timestamp" >= cast(:start as timestamptz)
        and event."timestamp" < cast(:after as timestamptz) and event.is_counted and event.visitor is not null
        and {passes}
        {events_sampled}
)
