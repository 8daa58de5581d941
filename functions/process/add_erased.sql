-- Remember that these (site, key) were erased.
insert into erased_events (site_id, key)
select distinct (one ->> 0) collate "C", cast(one ->> 1 as uuid) from json_array_elements(cast(:keys as json)) as one
order by 1, 2
on conflict do nothing
