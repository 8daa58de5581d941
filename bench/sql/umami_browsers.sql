-- The browsers with the most visitors.
select browser, count(distinct website_event.session_id) as visitors
from umami.website_event join umami.session using (session_id)
where website_event.website_id = cast(:website as uuid) and event_type = 1
    and website_event.created_at >= cast(:since as timestamptz)
    and website_event.created_at < cast(:until as timestamptz)
group by browser order by visitors desc, browser limit 100
