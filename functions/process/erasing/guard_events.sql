-- Remember which events were erased, by a hash of their ids.
insert into erased_events (site_id, key)
select distinct cast(:site_id as text), cast(md5(event_id) as uuid)
from json_to_recordset(cast(:events as json)) as one (event_id text)
on conflict do nothing
