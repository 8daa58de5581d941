-- How many events with revenue have a visit that would have to be looked up.
select count(*) as sales from events as event
where event.site_id = :site_id and event."timestamp" >= cast(:start as timestamptz)
    and event."timestamp" < cast(:after as timestamptz) and event.is_counted and event.revenue is not null
    and event.visitor is not null
