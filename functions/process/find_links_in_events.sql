-- Of events under two ids: whether there is an event of the previous id in the half hour around.
select crossing.site_id, crossing.visitor, previous, at, case
    when link.root <> previous then exists ( -- by the index events_continued
        select from events
        where events.site_id = crossing.site_id and visitor_id = substr(previous, 2)
            and "timestamp" between first and last and events.visitor <> 'd' || visitor_id
        offset 0
    )
    else exists (
        select from events
        where events.site_id = crossing.site_id and visitor_id = substr(previous, 2)
            and "timestamp" between first and last
        offset 0
    )
end
from (
    select site_id, visitor, previous, at, time - interval '30 minutes' as first, time + interval '30 minutes' as last
    from rows from (
        json_array_elements_text(cast(:sites as json)), json_array_elements_text(cast(:visitors as json)),
        json_array_elements_text(cast(:previous as json)), json_array_elements_text(cast(:times as json))
    ) as one (site_id, visitor, previous, time_at)
    cross join lateral (select cast(time_at as bigint)) as whole (at)
    cross join lateral (select timestamptz 'epoch' + at * interval '1 microsecond') as instant (time)
) as crossing
join visitor_links as link on link.site_id = crossing.site_id and link.visitor = previous
