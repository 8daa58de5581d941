-- How many of the events that were set aside named which crawler.
select site_id, crawler ->> 'name', crawler ->> 'operator', crawler ->> 'purpose', count(*)
from filtered_events, lateral (select cast(payload as json) -> 'crawler' as crawler) as read
where reason = 'bot' and crawler is not null and (cast(:site_id as text) is null or site_id = :site_id)
group by 1, 2, 3, 4
order by 1, count(*) desc, 2
