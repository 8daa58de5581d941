-- Remember events under two ids until something of the previous one comes.
insert into crossings (site_id, visitor, previous, at)
select site_id collate "C", visitor collate "C", previous collate "C",
    timestamptz 'epoch' + cast(at as bigint) * interval '1 microsecond'
from rows from (
    json_array_elements_text(cast(:sites as json)), json_array_elements_text(cast(:visitors as json)),
    json_array_elements_text(cast(:previous as json)), json_array_elements_text(cast(:times as json))
) as one (site_id, visitor, previous, at)
order by 1, 3, 4, 2
on conflict do nothing
