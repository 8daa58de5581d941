-- The paths with the most visitors.
select url_path, count(distinct session_id) as visitors, count(*) as views
from umami.website_event
where website_id = cast(:website as uuid) and event_type = 1
    and created_at >= cast(:since as timestamptz) and created_at < cast(:until as timestamptz)
group by url_path order by visitors desc, url_path limit 100
