-- Write who is one visitor, and forget the events under two ids that have told it.
with told as (
    delete from crossings using rows from (
        json_array_elements_text(cast(:told_sites as json)), json_array_elements_text(cast(:told_visitors as json)),
        json_array_elements_text(cast(:told_previous as json))
    ) as one (site_id, visitor, previous)
    where crossings.site_id = one.site_id and crossings.visitor = one.visitor and crossings.previous = one.previous
)
insert into visitor_links (site_id, visitor, root, continues)
select site_id collate "C", visitor collate "C", root collate "C", cast(continues as boolean)
from rows from (
    json_array_elements_text(cast(:sites as json)), json_array_elements_text(cast(:visitors as json)),
    json_array_elements_text(cast(:roots as json)), json_array_elements_text(cast(:continue as json))
) as one (site_id, visitor, root, continues)
order by 1, 2
on conflict (site_id, visitor) do update set root = excluded.root, continues = excluded.continues
