-- How many of a site's events that were set aside in a range named which crawler.
select crawler ->> 'name', crawler ->> 'operator', crawler ->> 'purpose', count(*)
from filtered_events, lateral (select cast(payload as json) -> 'crawler' as crawler) as read
where site_id = :site_id
    and "timestamp" >= cast(:start as timestamptz) and "timestamp" < cast(:after as timestamptz)
    and reason = 'bot' and crawler is not null
group by 1, 2, 3
order by count(*) desc, 1
limit 100
