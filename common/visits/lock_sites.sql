-- Lock the sites of a batch, in their order, until the transaction ends; their first events make their rows. A row that
-- is there is locked as it is, for `where false` changes nothing: insert_events marks the sites that get new events.
-- Whoever holds a site's row alone writes what is the site's: no two batches deadlock, or read what the other changes.
insert into sites as kept (site_id, time_zone, version, changed_at)
select value collate "C", :time_zone, 1, clock_timestamp()
from json_array_elements_text(cast(:sites as json))
where (now() at time zone :time_zone) is not null -- fails where PostgreSQL does not know it
order by 1
on conflict (site_id) do update set version = kept.version where false
