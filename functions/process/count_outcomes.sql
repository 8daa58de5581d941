-- Count accepted events that were erased before they were stored: (site, minute) of each.
insert into outcomes as kept (site_id, minute, outcome, reason, events)
select (one ->> 0) collate "C", to_timestamp(cast(one ->> 1 as bigint) * 60), 'erased', '', count(*)
from json_array_elements(cast(:places as json)) as one
group by 1, 2
order by 1, 2
on conflict (site_id, minute, outcome, reason) do update set events = kept.events + excluded.events
