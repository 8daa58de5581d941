-- The referrers with the most visitors.
select referrer_domain, count(distinct session_id) as visitors
from umami.website_event
where website_id = cast(:website as uuid) and event_type = 1 and referrer_domain <> ''
    and created_at >= cast(:since as timestamptz) and created_at < cast(:until as timestamptz)
group by referrer_domain order by visitors desc, referrer_domain limit 100
