-- Give events that came under derived ids the visitors that visitor_links names.
with joined_event as (
    select raw_event.site_id, raw_event."timestamp", raw_event.event_id,
        coalesce(root, 'd' || raw_event.visitor_id) as visitor
    from events as raw_event
    left join visitor_links as link on link.site_id = raw_event.site_id and link.visitor = 'd' || raw_event.visitor_id
    where raw_event.site_id = :site_id and raw_event.visitor_id is not null
)
update events set visitor = joined_event.visitor,
    sample = cast(hashtextextended(joined_event.visitor, 0) & 1048575 as integer)
from joined_event
where events.site_id = :site_id and events.site_id = joined_event.site_id
    and events."timestamp" = joined_event."timestamp" and events.event_id = joined_event.event_id
    and (events.visitor, events.sample) is distinct from
        (joined_event.visitor, cast(hashtextextended(joined_event.visitor, 0) & 1048575 as integer))
