-- How many events were filtered, and how many of them restored.
select site_id, reason, cast("timestamp" at time zone 'UTC' as date) as day, count(*), count(restored_at)
from filtered_events
group by site_id, reason, day
order by site_id, reason, day
