-- How many events of a site were set aside in a range, by reason, and how many of them were queued again.
select reason, count(*), count(restored_at)
from filtered_events
where site_id = :site_id
    and "timestamp" >= cast(:start as timestamptz) and "timestamp" < cast(:after as timestamptz)
group by reason
order by count(*) desc, reason
