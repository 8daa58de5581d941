-- Of events under two ids: whether their visits say that the previous id was there in the half hour around. Null where they
-- can't: the previous id is one of several of its visitor, so that a visit may be that of the others.
select crossing.site_id, crossing.visitor, previous, at, case
    when link.root is not null then null
    else coalesce(
        visit."end" >= time - interval '30 minutes', false
    )
end
from (
    select site_id, visitor, previous, cast(at as bigint) as at,
        timestamptz 'epoch' + cast(at as bigint) * interval '1 microsecond' as time
    from rows from (
        json_array_elements_text(cast(:sites as json)), json_array_elements_text(cast(:visitors as json)),
        json_array_elements_text(cast(:previous as json)), json_array_elements_text(cast(:times as json))
    ) as one (site_id, visitor, previous, at)
) as crossing
join sites on sites.site_id = crossing.site_id
left join visitor_links as link on link.site_id = crossing.site_id and link.visitor = previous
left join lateral ( -- in the order of whole keys, as in visits_of_days.sql
    select * from visits
    where (visits.site_id, visits.visitor, start) <= (crossing.site_id, previous, time + interval '30 minutes')
        and start <= time + interval '30 minutes' and start >= time - interval '30 minutes' - longest_visit
        and (visits.site_id, visits.visitor, start)
            >= (crossing.site_id, previous, time - interval '30 minutes' - longest_visit)
    order by visits.site_id desc, visits.visitor desc, start desc limit 1
) as visit on link.root is null
