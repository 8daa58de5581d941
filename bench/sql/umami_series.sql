-- Views and visitors of each day.
select date_trunc('day', created_at at time zone :zone) as day, count(*), count(distinct session_id)
from umami.website_event
where website_id = cast(:website as uuid) and event_type = 1
    and created_at >= cast(:since as timestamptz) and created_at < cast(:until as timestamptz)
group by 1 order by 1
