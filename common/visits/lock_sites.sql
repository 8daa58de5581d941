-- Lock the rows of the sites of a batch, in order, until the transaction ends. A new site gets a row. An existing row is
-- locked but not changed, because of `where false`. insert_events marks the sites that get new events. Only the holder
-- of the lock writes the data of the site, so batches neither deadlock nor read what another batch is changing.
insert into sites as kept (site_id, time_zone, version, changed_at)
select value collate "C", :time_zone, 1, clock_timestamp()
from json_array_elements_text(cast(:sites as json))
where (now() at time zone :time_zone) is not null -- fails where PostgreSQL does not know it
order by 1
on conflict (site_id) do update set version = kept.version where false
