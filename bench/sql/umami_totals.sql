-- Visitors, visits, views, bounces and time of a range.
select coalesce(sum(views), 0), count(distinct session_id), count(distinct visit_id),
    coalesce(sum(case when views = 1 then 1 else 0 end), 0), coalesce(sum(extract(epoch from last - first)), 0)
from (
    select session_id, visit_id, count(*) as views, min(created_at) as first, max(created_at) as last
    from umami.website_event
    where website_id = cast(:website as uuid) and event_type = 1
        and created_at >= cast(:since as timestamptz) and created_at < cast(:until as timestamptz)
    group by session_id, visit_id
) as visit
