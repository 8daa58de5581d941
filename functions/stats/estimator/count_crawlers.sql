-- How many of a site's events that were set aside in a range named which crawler.
select cast(crawler as json) ->> 'name', cast(crawler as json) ->> 'operator', cast(crawler as json) ->> 'purpose',
    sum(events)
from (
    select crawler, count(*) as events
    from (
        select cast(cast(payload as json) -> 'crawler' as text) as crawler
        from filtered_events
        where site_id = :site_id
            and "timestamp" >= cast(:start as timestamptz) and "timestamp" < cast(:after as timestamptz)
            and reason = 'bot' and strpos(payload, '"crawler"') > 0
        offset 0 -- so that a payload is read once, and not each time that something of it is used
    ) as named
    where crawler is not null
    group by crawler
) as counted
group by 1, 2, 3
order by sum(events) desc, 1
limit 100
